"""Documents that other programs read, whatever they are about: JUnit XML, Markdown within GitHub's limit.

What belongs here: how such a document is written. What does not: what is in it (``ci``, ``checking``).
"""
