"""One module a kind of rule; a module that is put here is found by itself (``registry``).

What belongs in this package: all that is known of a kind: what it promises and of which values, of which key of a
contract it comes, how it is asked for and judged, what follows from it, what can be wrong with how it is written, how
other formats say it, and samples, which the shared tests try. What does not: what several kinds are written with.
"""
