"""The life of a product: registered, deprecated, retired, and read from outside the platform.

What belongs here: what is refused and why, and what is written. What does not: how the registry keeps it
(``contracts.registry``).
"""
