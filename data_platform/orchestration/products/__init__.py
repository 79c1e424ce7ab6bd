"""Data products as Dagster assets: the component, the asset and its checks, one run of it, and when it is run.

What belongs in this package: everything of a product that Dagster is told or asks. What does not: what makes and
publishes a batch (``data_platform.products``). Nothing is imported here.
"""
