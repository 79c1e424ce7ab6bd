"""What can go wrong with other tools' forms.

What belongs here: the one error. What does not: errors of contracts (``contracts.errors``).
"""


class ExchangeError(ValueError):
    """A form that is not known, not installed, or a file that is not of the form; says where, and what to do."""
