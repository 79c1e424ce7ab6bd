"""The shop's catalogue: TMDb's daily top 100, as a checked CSV a day and as products. Owner: team movies.

What belongs here: everything that only the movies team changes. What does not: what a second domain would use too.
"""
