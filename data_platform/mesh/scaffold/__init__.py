"""New products, written for their owner: the folder, a test, and where it is the first of its domain, the domain.

What belongs here: from a query, a file, a Python stub or the version before to files that lint without a finding and
materialize at once. What does not: options of the command (``cli.author``), what a contract is
(``contracts.drafting``), Dagster.

- ``place``: where the product goes, and what its name must be;
- ``plan``: the files to be written, and writing them;
- ``from_sql``, ``from_data``, ``from_python``, ``next_version``: the four ways to one;
- ``upstream``, ``nulls``, ``keys``: what is known of inputs, and what follows for what a query makes of them;
- ``profile``: what a file's values look like;
- ``domain``: a new domain; ``example``, ``testing_text``: the test.
"""
