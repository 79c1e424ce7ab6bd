"""The registry in the store: which versions of a contract were promised, and what became of the product since.

What belongs here: immutable versions, events and subscriptions as objects below ``_registry/<domain>/<product>/``, and
reading them back. What does not: whether a version may be registered or a product retired (``mesh``), and how two
contracts compare (``contracts.compatibility``).

::

    _registry/sales/orders_v1/versions/000001.json     a version: its number, text, digest, who, when, git commit
    _registry/sales/orders_v1/events/000001.json       deprecated, retired, subscribed, unsubscribed, reads, owned

Objects are numbered, and each is put only where there is none: of several writers that want the same number one wins,
and the others look again. So there is one order, that of the numbers, whatever the writers' clocks say.
"""
