"""A data mesh on Dagster: domains own pipelines and publish data products.

Nothing is imported here, so that a light part (the command line, the object store) starts without the heavy ones.
"""
