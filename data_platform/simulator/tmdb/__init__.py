"""The TMDb-compatible feed: a made-up catalogue behind an API that answers, and fails, as TMDb's v3 does.

What belongs in this package: everything that knows TMDb's shapes and codes. What does not: other feeds of the shop,
which are siblings of this package and read films from `catalogue`. Nothing is imported here.
"""
