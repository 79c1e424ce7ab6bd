"""The shop's orders: customers, orders and order lines from the order system's database. Owner: team sales.

What belongs here: everything that only the sales team changes. What does not: what a second domain would use too.
"""
