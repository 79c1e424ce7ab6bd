"""Limits that hold from outside: a command that runs what somebody wrote is a process of its own, and is ended.

What belongs here: what is being worked on and until when (``board``), how much memory a process may take (``memory``),
and the process that watches (``supervisor``). What does not: DuckDB's own limits
(``contracts.checks.duckdb.session``), which hold between rows only: one call of ``levenshtein`` on two long texts hears
no interrupt, and a list of long texts is not counted.

Nothing here imports anything of the platform's but the names of settings, so that watching costs little.
"""
