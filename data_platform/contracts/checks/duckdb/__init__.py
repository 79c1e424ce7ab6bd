"""Checks, run by DuckDB: planned together, in as few scans as possible.

What belongs in this package: everything that knows DuckDB. What does not: what a rule asks (``contracts.rules``) and
what a result is (``checks.results``). ``executor`` is its face, ``session`` the locked DuckDB that user SQL runs in.
Nothing is imported here.
"""
