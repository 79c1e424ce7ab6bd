"""From a contract to checks: ``contract`` begins, ``quality`` has the quality rules, ``promises`` what spans tables.

What belongs in this package: which check each rule of a contract becomes. What does not: running checks
(``checks.duckdb``). Nothing is imported here.
"""
