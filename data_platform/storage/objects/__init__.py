"""Objects at one store URL: an S3, a folder or memory.

What belongs in this package: the URL, the options of its clients, and objects as bytes. What does not: what the bytes
mean (``storage.formats``, ``storage.delta``). Nothing is imported here.
"""
