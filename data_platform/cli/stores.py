"""Which store a verb speaks to: the one that is set, else that of the stack that runs on this machine.

What belongs here: choosing and opening. What does not: what is in a store.
"""

import os
from collections.abc import Callable
from typing import TypeVar

from data_platform.cli.deferred import deferred
from data_platform.contracts.registry.errors import RegistryError
from data_platform.laptop.errors import LaptopError
from data_platform.mesh.errors import MeshError
from data_platform.project import state_folder
from data_platform.settings import STORE_VARIABLE
from data_platform.storage.errors import StorageError

with deferred():
    from data_platform.laptop import environment
    from data_platform.storage.objects import fail_fast
    from data_platform.storage.objects import store as objects_store

T = TypeVar("T")


def open_store(*, impatient: bool = False) -> "objects_store.ObjectStore":
    """Open ``$DATA_PLATFORM_STORE`` or, where that is not set, the store of the stack of the state folder.

    Args:
        impatient: Whether to give up within seconds rather than to try again where the store does not answer.

    Raises:
        MeshError: Neither is there; the message says what to do.
        InvalidLocation: The URL that is set is not accepted.
    """
    url = os.environ.get(STORE_VARIABLE)
    if not url:
        try:
            url = environment.adopt(state_folder())
        except LaptopError as error:
            raise MeshError(f"there is no store to ask. {error} Or set {STORE_VARIABLE} to a store's URL.") from None
    return objects_store.ObjectStore.open(
        url, fail_fast.FailFastS3Options() if impatient and url.startswith("s3://") else None
    )


def looked_up(look: "Callable[[objects_store.ObjectStore | None], T]") -> "tuple[T, str]":
    """Ask something that is better answered with the registry, and can be answered without it.

    Args:
        look: Answers, given the store, or ``None``: without.

    Returns:
        The answer, and why the registry was not looked at; empty: it was.
    """
    try:
        store = open_store(impatient=True)
    except (MeshError, StorageError) as error:
        return look(None), str(error)
    try:
        return look(store), ""
    except RegistryError:  # it answers, and what it says is wrong: somebody has to know
        raise
    except StorageError as error:
        return look(None), str(error)
