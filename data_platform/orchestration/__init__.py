"""All of the platform that knows Dagster: what the core does, as assets, checks, resources, sensors and IO managers.

What belongs in this package: adapting the core to Dagster, one folder for each part of it (``products``,
``ingestion``, ``io``). What does not: anything that could be done without Dagster (``products``, ``ingestion``,
``storage``), any domain, and running Dagster on a laptop (``laptop``). Nothing below imports it. Nothing is imported
here.
"""
