"""The shop's campaigns: what the ad platform says that they are and cost. Owner: team marketing.

What belongs here: everything that only the marketing team changes. What does not: what a second domain would use too.
"""
