"""The one world behind every feed of the shop: its customers, campaigns, orders and parcels, by seed and day.

What belongs in this package: facts, each a function of its key alone, so that feeds agree and keys join across domains.
What does not: how a feed tells them (``orders``, ``ads``, ``carriers``), its dirt of format, and HTTP.
Nothing in it is real: addresses are of example.com, telephone numbers of the ranges that are kept for fiction.
"""
