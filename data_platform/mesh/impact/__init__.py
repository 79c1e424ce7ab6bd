"""Who reads which columns of whom, and what a change of a product means for each of them.

What belongs here: the graph made from the files, who is affected and why, and that in words. What does not: the walk
itself (``lineage.impact``), and what changed between two contracts (``contracts.compatibility``).
"""
