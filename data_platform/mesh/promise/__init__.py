"""What the batches that a product published allow to be promised: tighter rules, confirmed guesses, service levels.

What belongs here: reading the history (``history``, ``publications``), rules from distributions (``bounds``), and what
of them a contract lacks (``proposing``, ``levels``), put into its text (``promising``). What does not: how a guess is
written (``contracts.guesses``), options and output (``cli.promise``).
"""
