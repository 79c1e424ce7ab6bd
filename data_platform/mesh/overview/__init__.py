"""Looking at products: all at a glance, one in full, its neighbours, and whether they are well.

What belongs here: what is shown. What does not: anything that is refused or written.
"""
