"""Tables of databases, by SQLAlchemy: Postgres, MySQL and MariaDB, SQLite. Nothing is imported here.

- ``engine``: from an address to a transaction that sees one state; ``types``: a database's types as ours;
- ``table``: a table's marks by day, and its rows as Parquet.
"""
