"""What changed between two versions of a contract, how bad it is, and for whom.

What belongs here: comparing contracts, the one table of kinds of change and modes, the version that a change demands,
and trying the new rules on data. What does not: where contracts come from (files, git, the registry), who reads the
product (``lineage``, ``mesh``), and what follows from a break (``mesh.life``). Importing this package imports
nothing else:

- ``compatibility.compare.compare`` lists every change, ``changes`` says what a change is;
- ``compatibility.table`` says for each kind of change whom it breaks, and why; ``modes`` reads it;
- ``compatibility.judge.judge`` answers whether a version may follow the earlier ones;
- ``compatibility.replay.replay`` tries what cannot be decided, on data.
"""
