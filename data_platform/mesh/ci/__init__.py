"""A pull request's question: may this change be merged?

What belongs here: what changed against the base (``gathering``), the rules that judge it (``linted``, ``judged``,
``consumed``), the verdict, and one module a format of the answer. What does not: the rules' own knowledge of contracts,
lineage and products, which ``register``, ``diff``, ``impact`` and ``lint`` share, and options and colours (``cli.ci``).
"""
