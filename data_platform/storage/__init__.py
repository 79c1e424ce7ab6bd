"""Where data rests: a store at one URL (S3, a folder, memory), Delta tables and files in it, Dagster's IO managers.

What belongs in this package: reading and writing, atomically, with errors that say what to do. What does not: what a
product promises (``contracts``), which data exist (``domains``), and starting a store (``laptop``). Only
``resources``, ``io_managers``, ``table_io_manager``, ``file_io_managers``, ``io_contexts`` and ``output_metadata``
import Dagster. Nothing is imported here.
"""
