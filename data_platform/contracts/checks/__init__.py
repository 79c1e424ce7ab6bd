"""A contract's rules as checks, and the executor that runs them on a batch.

What belongs here: what is checked (``rules``, ``model``), making it from a contract (``compiling``), running it with
DuckDB (``run``), what came out (``results``), and the one locked-down DuckDB for SQL that others wrote
(``duckdb.session``). What does not: an orchestrator, and what follows from a result.

``data_platform.contracts.checks.run.check`` is the one call.
"""
