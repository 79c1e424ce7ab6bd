"""The platform on one machine: what `make run` starts, waits for, fills once, serves and stops.

What belongs here: processes, ports, the embedded S3, the state folder, and the conversation with Dagster's own API.
What does not: anything of a domain, the storage code that pipelines use, and the command line (`data_platform.cli`).
"""
