"""Frames and files: what a frame may be, which types its columns have, and the files that people expect as files.

What belongs in this package: turning values into bytes and back, the same bytes for the same values. What does not:
where they lie (``storage.objects``), tables (``storage.delta``). Nothing is imported here.
"""
