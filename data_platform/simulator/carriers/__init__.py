"""The carriers' drops: two files a carrier and day, each carrier in a format of its own.

What belongs in this package: which files there are on a day, what is in them, and how badly. What does not: the
parcels themselves (``shop/parcels.py``).
"""
