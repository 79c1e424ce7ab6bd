"""The versions of a product's table that somebody may go back to, as they are listed.

What belongs here: what is said of each. What does not: going back (``mesh.life.rolling_back``), and how Delta keeps
versions (``storage.delta.history``).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from data_platform.mesh.errors import Refused
from data_platform.products.folder import Product
from data_platform.storage.delta.compaction import MODE
from data_platform.storage.delta.history import VersionInfo, versions
from data_platform.storage.delta.rollback import ROLLED_BACK_TO
from data_platform.storage.errors import MissingTable
from data_platform.storage.objects.store import ObjectStore

_MOST_READ: Final = 400
"""How many commits are looked at for those of one partition."""


@dataclass(frozen=True)
class Candidate:
    """A version that somebody may go back to.

    Attributes:
        version: Its number.
        at: When it was made, UTC.
        mode: How, see ``storage.delta.history``.
        partitions: The partitions that it wrote.
        rows: How many rows it wrote.
        run_id: The run that published it.
        contract_version: By which version of the contract.
        by: Who made it and why, in words.
    """

    version: int
    at: datetime
    mode: str
    partitions: tuple[str, ...]
    rows: int
    run_id: str | None
    contract_version: str | None
    by: str


def candidates(store: ObjectStore, product: Product, partition: str = "", *, limit: int = 20) -> list[Candidate]:
    """The versions that somebody may go back to, the newest first: of a partition those that are about it.

    Raises:
        Refused: The product was never published, or has no partitions.
        StorageError: The store failed.
    """
    if partition and product.partition_column is None:
        raise Refused([f"{product.key} has no partitions: leave --partition out"])
    try:
        infos = versions(store, product.key, limit=_MOST_READ if partition else limit)
    except MissingTable as error:
        raise Refused([f"{product.key} was never published, so there is nothing to go back to"]) from error
    # A compaction has the rows of the version before it, which is listed.
    infos = [info for info in infos if info.mode != MODE]
    about = [info for info in infos if not partition or not info.partitions or partition in info.partitions]
    return [_candidate(info) for info in about[:limit]]


def _candidate(info: VersionInfo) -> Candidate:
    said = info.metadata
    by = f"run {str(said['run_id'])[:8]}" if "run_id" in said else ""
    if ROLLED_BACK_TO in said:
        why = f": {said['why']}" if said.get("why") else ""
        by = f"to version {said[ROLLED_BACK_TO]}, by {said.get('rolled_back_by', 'somebody')}{why}"
    run, contract = said.get("run_id"), said.get("contract_version")
    return Candidate(
        info.version,
        info.at,
        info.mode,
        info.partitions,
        info.rows,
        str(run) if run else None,
        str(contract) if contract else None,
        by,
    )
