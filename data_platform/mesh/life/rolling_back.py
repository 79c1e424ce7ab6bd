"""Back to an earlier version of a product: for a batch that kept its contract, and is wrong all the same.

What belongs here: which version and partitions somebody means, whether they may be seen again, and the record of who
went back, and why. What does not: the commit (``storage.delta.rollback``), the judgement of rows
(``products.earlier``), and telling Dagster (``laptop.restated``).

The commit is the record: it names who, why, from and to. The event in the registry, of a product that is registered,
comes after it, so that a roll-back that did not happen is never told.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from data_platform.contracts.checks.results import Result
from data_platform.contracts.registry import events as log
from data_platform.contracts.registry.deciding import retried
from data_platform.contracts.registry.events import EventKind
from data_platform.contracts.registry.names import LONGEST_TEXT, line
from data_platform.contracts.registry.versions import digest, head_of, newest
from data_platform.contracts.suggest import counted
from data_platform.mesh.errors import MeshError, Refused
from data_platform.products.earlier import GROWING, judged
from data_platform.products.errors import UnregisteredError
from data_platform.products.folder import Product
from data_platform.products.guard import see_registered
from data_platform.storage.delta import open_table
from data_platform.storage.delta.compaction import MODE as COMPACTION
from data_platform.storage.delta.history import open_version, version_at, versions
from data_platform.storage.delta.rollback import roll_back as commit_roll_back
from data_platform.storage.delta.table import partitions as partitions_of
from data_platform.storage.delta.version_difference import Difference, difference
from data_platform.storage.errors import (
    InvalidFrame,
    MissingPartition,
    MissingTable,
    MissingVersion,
    StorageError,
    Unsupported,
)
from data_platform.storage.objects.store import ObjectStore

_NUMBER: Final = re.compile(r"\d{1,18}")
_MOST_NAMED: Final = 20
_MOST_READ: Final = 400


@dataclass(frozen=True)
class RolledBack:
    """What came of a roll-back.

    Attributes:
        product: ``domain/name``.
        partitions: The partitions whose rows changed, or would; empty for a table without.
        gone: Those of them that came after the version and are not there any more.
        from_version: The version that readers saw.
        to_version: The version whose rows they see now.
        to_at: When that was made.
        rows_out: Rows that were taken out, or would be.
        rows_back: Rows that were put back.
        done: Whether a commit was made; else it was only asked what it would do, or readers see these rows already.
        version: The version that the commit made; ``None``: there was none.
        again: Whether readers see these rows already, by a roll-back.
        warnings: What did not go with it.
    """

    product: str
    partitions: tuple[str, ...]
    gone: tuple[str, ...]
    from_version: int
    to_version: int
    to_at: datetime
    rows_out: int
    rows_back: int
    done: bool = False
    version: int | None = None
    again: bool = False
    warnings: tuple[str, ...] = ()


def roll_back(  # noqa: PLR0913 - who goes back where, and why
    store: ObjectStore,
    product: Product,
    to: str,
    *,
    partition: str = "",
    span: str = "",
    by: str,
    why: str = "",
    dry_run: bool = False,
) -> RolledBack:
    """Make readers see the rows of an earlier version again.

    Args:
        store: Where products are.
        product: The product.
        to: A version's number, or a time as ISO 8601 has it; without a zone it is UTC.
        partition: Only this partition.
        span: Only these: ``2026-11-01..2026-11-07``.
        by: Who wants it.
        why: And why.
        dry_run: Whether to write nothing.

    Raises:
        Refused: It may not be done; with all reasons.
        MeshError: ``to`` or ``span`` is none.
        StorageError: The store failed.
    """
    because = line(why, "reason", longest=LONGEST_TEXT) if why.strip() else ""
    with_partitions = bool(partition or span)
    if with_partitions and product.partition_column is None:
        raise Refused([f"{product.key} has no partitions: leave --partition and --range out"])
    if with_partitions and product.publish_mode in GROWING:
        mode = product.publish_mode.value
        what = f"{product.key} is published by {mode}: its table grows by batches, and one version of it is one whole"
        raise Refused([f"{what}; leave --partition and --range out"])
    try:
        see_registered(store, product)
        version, at = _version(store, product, to)
        chosen = _chosen(store, product, version, partition, span) if with_partitions else None
        changes = difference(store, product.key, version, chosen)
        _see_contract(store, product, changes, at)
        done = _planned(product, changes, at)
        if not changes:
            return replace(done, again=_was_rolled_back(store, product, chosen))
        if dry_run:
            return done
        about = {
            "product": product.key,
            "contract": product.contract.id,
            "contract_version": product.contract.version_text,
            "contract_digest": digest(product.contract),
            "rolled_back_by": by,
            **({"why": because} if because else {}),
        }
        commit = commit_roll_back(store, product.key, version, partitions=chosen, metadata=about)
    except UnregisteredError as error:
        raise Refused([str(error)]) from error
    except MissingVersion as error:
        raise Refused([f"{error} data-platform rollback {product.key} lists the versions."]) from error
    except MissingTable as error:
        raise Refused([f"{product.key} was never published, so there is nothing to go back to"]) from error
    except (MissingPartition, InvalidFrame, Unsupported) as error:
        raise Refused([str(error)]) from error
    done = replace(done, done=not commit.repeated, version=commit.version)
    return replace(done, warnings=tuple(_recorded(store, product, done, by, because)))


def _version(store: ObjectStore, product: Product, to: str) -> tuple[int, datetime]:
    """The version that somebody means, and when it was made."""
    text = to.strip()
    if _NUMBER.fullmatch(text):
        version = int(text)
        open_version(store, product.key, version)
    else:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            shown = "a version's number, or a time such as 2026-11-22T14:30 (UTC)"
            raise MeshError(f"--to {to!r} is neither: write {shown}") from None
        version = version_at(store, product.key, moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    (info,) = versions(store, product.key, limit=1, before=version + 1)
    return version, info.at


def _chosen(store: ObjectStore, product: Product, version: int, partition: str, span: str) -> list[str]:
    """The partitions that somebody means, of those that there are now or were then."""
    if partition:
        return [partition]
    first, dots, last = (part.strip() for part in span.partition(".."))
    if not dots or not first or not last or first > last:
        raise MeshError(f"{span!r} is no range: write the first and the last, as in 2026-11-01..2026-11-07")
    tables = (open_table(store, product.key), open_version(store, product.key, version))
    there = {str(part.get(product.partition_column or "")) for table in tables for part in partitions_of(table)}
    chosen = sorted(part for part in there if first <= part <= last)
    if not chosen:
        raise Refused([f"{product.key} has no partition from {first} to {last}"])
    return chosen


def _see_contract(store: ObjectStore, product: Product, changes: Difference, at: datetime) -> None:
    """See that the earlier rows keep the contract that holds now."""
    parts = [part for part in changes.partitions if part not in changes.gone]
    by_partition = product.partition_column is not None and product.publish_mode not in GROWING
    if by_partition and not parts:
        return
    broken = judged(store, product, changes.to_version, parts if by_partition else None, at=at).broken
    if broken:
        raise Refused(_reasons(product, changes.to_version, broken))


def _reasons(product: Product, version: int, broken: dict[str, tuple[Result, ...]]) -> Iterator[str]:
    for part, results in list(broken.items())[:_MOST_NAMED]:
        rules = "; ".join(f"{result.check.name}: {_said(result)}" for result in results[:_MOST_NAMED])
        where = f"{part} of {product.key}" if part else product.key
        yield (
            f"the rows of {where} in version {version} break the contract that holds now "
            f"({product.contract.version_text}): {rules}"
        )


def _said(result: Result) -> str:
    return result.reason or (f"{result.failing:,} of {result.total:,} rows" if result.failing else "broken")


def _planned(product: Product, changes: Difference, at: datetime) -> RolledBack:
    is_parted = product.partition_column is not None
    return RolledBack(
        product.key,
        changes.partitions if is_parted else (),
        changes.gone if is_parted else (),
        changes.version,
        changes.to_version,
        at,
        changes.rows_removed,
        changes.rows_added,
    )


def _was_rolled_back(store: ObjectStore, product: Product, chosen: Sequence[str] | None) -> bool:
    """Whether what was last done to the rows is a roll-back: then Dagster may have to be told of it again."""
    infos = [info for info in versions(store, product.key, limit=_MOST_READ) if info.mode != COMPACTION]
    about = [info for info in infos if chosen is None or not info.partitions or set(chosen) & set(info.partitions)]
    return bool(about) and about[0].mode == "roll_back"


def _recorded(store: ObjectStore, product: Product, done: RolledBack, by: str, why: str) -> Iterator[str]:
    """Write the event down, of a product that is registered; what goes wrong with it is told."""

    def attempt() -> None:
        registered = newest(store, products=[product.key]).by_product.get(product.key)
        if registered is None:
            return
        known = log.events(store, product.key)
        details: dict[str, object] = {
            "from": done.from_version,
            "to": done.to_version,
            "version": done.version,
            "partitions": list(done.partitions[:_MOST_NAMED]),
            "partition_count": len(done.partitions),
            **({"why": why} if why else {}),
        }
        head = head_of(registered)
        log.add(store, product.key, EventKind.ROLLED_BACK, by=by, after=len(known), details=details, registered=head)

    try:
        retried(attempt)
    except StorageError as error:
        yield f"the registry has no event of it: {error} The table's version {done.version} says who, when and why."


def spoken(done: RolledBack) -> str:
    """What a roll-back did, in a sentence."""
    where = f"{counted(len(done.partitions), 'partition')} of {done.product}" if done.partitions else done.product
    if len(done.partitions) == 1:
        where = f"{done.partitions[0]} of {done.product}"
    at = f"version {done.to_version} ({done.to_at:%Y-%m-%d %H:%M:%S} UTC)"
    if done.rows_out == done.rows_back == 0 and not done.partitions and done.version is None:
        return f"{done.product}: readers see the rows of {at} already."
    rows = f"{done.rows_back:,} rows put back, {done.rows_out:,} taken out"
    if not done.done:
        return f"{where} would be as in {at}: {rows}."
    return f"{where}: readers see {at} again, as version {done.version}: {rows}."
