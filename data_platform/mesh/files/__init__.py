"""The products of all domains as their files have them: now, at a git revision, and what differs.

What belongs here: reading, finding and comparing files. What does not: what follows from them for anybody.
"""
