"""Which columns hold personal data, judged by their names and by the values at hand.

What belongs here: the judgement (``judging``), single kinds of values (``kinds``), and words (``words``). What does
not: what follows from it: a classification, a warning, or that a value is written nowhere.

It errs on the side of caution, and it is a guess: it misses what looks like nothing in particular. So nothing relies on
it alone; what is written down of data at all is decided by how many rows share a value (``mesh.scaffold.profile``).
"""
