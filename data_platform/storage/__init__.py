"""Where data rests: a store at one URL (an S3, a folder, memory), files and Delta tables in it.

What belongs in this package: reading and writing, atomically, with errors that say what to do: ``objects``,
``formats``, ``delta``. What does not: what a product promises (``contracts``), which data exist (``domains``),
Dagster's resources and IO managers (``orchestration``), and starting a store (``laptop``). Nothing is imported here.
"""
