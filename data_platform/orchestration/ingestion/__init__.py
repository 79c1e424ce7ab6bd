"""Raw data coming in, as Dagster assets: the assets, the sensors that ask again, and the past days of a first start.

What belongs in this package: what the ingestion of every domain shares and Dagster has to know. What does not: talking
to a source and keeping what came (``data_platform.ingestion``). Nothing is imported here.
"""
