"""What kinds of rules write their SQL with.

What belongs in this package: names, values and keys as DuckDB's SQL, and values inside values. What does not: any kind
of rule, and DuckDB itself: nothing here loads it, nor pyarrow before a value's type is asked for.
"""
