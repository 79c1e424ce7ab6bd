"""The shop's outside world, for the laptop: one web application into which every feed of the shop is mounted.

What belongs in this package: made-up sources that behave like the real ones, faults included. What does not: anything
that the platform needs in production; nothing outside this package, its tests and the command line imports it.
Nothing is imported here, so that the settings can be read without starting a web framework.
"""
