"""Errors of the registry.

What belongs here: the exception tree. What does not: the store's own failures (``storage.errors``).

::

    StorageError
    └── RegistryError
        ├── UnreadableEntry     an object in the registry that is none of ours, or was changed by hand
        │   └── DeletedEntry    ... or was deleted, while later ones are there
        ├── InvalidName         a product, person, consumer or column that cannot be written down (also a ValueError)
        └── Overtaken           another writer was first: look again
"""
# ruff: noqa: N818 - the names say what is wrong, as in `except Overtaken`

from data_platform.storage.errors import StorageError


class RegistryError(StorageError):
    """Anything that is wrong with the registry itself."""


class UnreadableEntry(RegistryError):
    """An object in the registry that cannot be read as one of its entries; the message names it."""

    permanent = True


class DeletedEntry(UnreadableEntry):
    """An entry that later ones follow, and that is not there any more."""


class InvalidName(RegistryError, ValueError):
    """A name that cannot be written into the registry."""

    permanent = True


class Overtaken(RegistryError):
    """Another writer has added an entry since the log was read."""
