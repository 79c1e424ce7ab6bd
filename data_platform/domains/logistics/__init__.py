"""The shop's shipments: what the carriers report of parcels and their scans. Owner: team logistics.

What belongs here: everything that only the logistics team changes. What does not: what a second domain would use too.
"""
