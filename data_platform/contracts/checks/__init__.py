"""A contract's rules as checks, and the executor that runs them on a batch.

What belongs here: what a check is (``model``), making checks from a contract (``compiling``), running them with DuckDB
(``run``), what came out (``results``), and the one locked-down DuckDB for SQL that others wrote (``duckdb.session``).
What does not: what is promised (``contracts.rules``), an orchestrator, and what follows from a result.

``data_platform.contracts.checks.run.check`` is the one call.
"""
