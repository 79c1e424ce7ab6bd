"""The ad platform: a daily CSV of what the campaigns cost, restated for some days after, and the list of campaigns.

What belongs in this package: the platform's files and their dirt. What does not: the campaigns themselves (``shop``).
"""
