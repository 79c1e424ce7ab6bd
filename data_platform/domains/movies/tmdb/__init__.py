"""The client of TMDb's API v3: requests, retries, and the reading of its answers.

What belongs here: what is true of TMDb whoever calls it. What does not: files, partitions and Dagster.
Source of formats and codes: TMDb's API reference (developer.themoviedb.org).
"""
