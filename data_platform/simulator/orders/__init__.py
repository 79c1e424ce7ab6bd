"""The order database of the shop: the world's customers and orders as rows that change.

What belongs in this package: tables, and bringing a database to the state of a moment. What does not: what happens in
the world (``shop``), and reading the database, which is the sales domain's business.
"""
