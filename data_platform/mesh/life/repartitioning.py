"""A product's table partitioned as its contract says by now.

What belongs here: what the contract wants, which columns were renamed, and what is refused. What does not: writing the
table anew (``storage.delta.repartition``), and telling Dagster (``laptop.restated``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from data_platform.contracts.model import Contract
from data_platform.contracts.registry.versions import digest, readable
from data_platform.mesh.errors import MeshError, Refused
from data_platform.mesh.files.revision import at_revision
from data_platform.products.errors import UnregisteredError
from data_platform.products.folder import Product
from data_platform.products.guard import see_registered
from data_platform.products.layout import layout_of, renamed_columns
from data_platform.products.names import next_of
from data_platform.products.schema import arrow_type
from data_platform.storage.delta import open_table
from data_platform.storage.delta.commit import data_files
from data_platform.storage.delta.evolution import table_schema
from data_platform.storage.delta.history import versions
from data_platform.storage.delta.repartition import MODE, Repartitioning
from data_platform.storage.delta.schema import delta_type
from data_platform.storage.delta.table import partitions as partitions_of
from data_platform.storage.errors import InvalidFrame, MissingTable, MissingVersion, Unsupported
from data_platform.storage.objects.store import ObjectStore


@dataclass(frozen=True)
class Repartitioned:
    """What came of it.

    Attributes:
        product: ``domain/name``.
        before: The table's partition columns.
        after: Those that it has now, or would.
        renamed: Columns with another name by now: the old name to the new one.
        rows: How many rows were written anew, or would be.
        from_version: The version that was read; it can still be.
        done: Whether a commit was made.
        version: Its version.
        again: Whether the table was so already, and nothing was published since it was made so.
        partitions: The keys that there are now, where Dagster does not know them: they are others than before.
    """

    product: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    renamed: dict[str, str] = field(default_factory=dict)
    rows: int = 0
    from_version: int = 0
    done: bool = False
    version: int | None = None
    again: bool = False
    partitions: tuple[str, ...] = ()

    @property
    def same_keys(self) -> bool:
        """Whether the partitions have the keys that they had: their column has another name, no more."""
        return [self.renamed.get(name, name) for name in self.before] == list(self.after)


def repartition(
    store: ObjectStore, product: Product, *, base: str = "", by: str, dry_run: bool = False
) -> Repartitioned:
    """Have a product's table partitioned as its contract says.

    Args:
        store: Where products are.
        product: The product.
        base: A git revision with the contract of before, to see which column was renamed; empty: the newest commit.
        by: Who wants it; the commit says so.
        dry_run: Whether to write nothing.

    Raises:
        Refused: It cannot be done, with the way out.
        MeshError: ``base`` is no revision.
        StorageError: The store failed; nothing was changed, unless it is ``Unverified``.
    """
    try:
        table = open_table(store, product.key)
    except MissingTable as error:
        never = f"{product.key} was never published: its first run partitions it as the contract says"
        raise Refused([never]) from error
    names, wanted = table_schema(table).names, layout_of(product)
    actual = tuple(table.metadata().partition_columns)
    rows = sum(file.rows for file in data_files(table, product.key))
    done = Repartitioned(product.key, actual, wanted, {}, rows, table.version())
    if actual == wanted:
        (newest,) = versions(store, product.key, limit=1)
        done = replace(done, rows=0, again=newest.mode == MODE)
        return replace(done, partitions=_keys(store, product)) if done.again and _moved(newest.metadata) else done
    renamed = renamed_columns(product, names, _earlier(store, product, base)) if set(wanted) - set(names) else {}
    _see(product, table_schema(table).names, wanted, renamed)
    about = {
        "product": product.key,
        "contract": product.contract.id,
        "contract_version": product.contract.version_text,
        "contract_digest": digest(product.contract),
        "repartitioned_by": by,
    }
    work = Repartitioning(store, product.key, wanted, renamed, about)
    try:
        see_registered(store, product)
        _see_types(product, work)
        done = replace(done, renamed=renamed)
        if dry_run:
            return done
        commit = work.run()
    except (InvalidFrame, Unsupported, UnregisteredError) as error:
        raise Refused([str(error)]) from error
    except MissingVersion as error:
        raise Refused([f"{error} Its log has to be whole."]) from error
    done = replace(done, done=not commit.repeated, version=commit.version)
    return done if done.same_keys else replace(done, partitions=_keys(store, product))


def _moved(metadata: object) -> bool:
    """Whether a commit of ours gave the partitions other keys."""
    if not isinstance(metadata, dict):
        return False
    renamed, before = metadata.get("renamed") or {}, metadata.get("partitioned_by_before") or []
    return [renamed.get(name, name) for name in before] != metadata.get("partitioned_by")


def _keys(store: ObjectStore, product: Product) -> tuple[str, ...]:
    column = product.partition_column
    if column is None:
        return ()
    return tuple(sorted(str(part[column]) for part in partitions_of(open_table(store, product.key)) if column in part))


def _earlier(store: ObjectStore, product: Product, base: str) -> list[Contract]:
    """Earlier contracts of a product: of a git revision, then those that are registered, the newest first."""
    domains, known = product.folder.parent.parent, []
    try:
        with at_revision(domains, base or "HEAD", only=[product.key]) as checkout:
            if (contract := checkout.contracts.get(product.key)) is not None:
                known.append(contract)
    except MeshError:
        if base:
            raise
    return [*known, *(entry.contract for entry in reversed(readable(store, product.key)[0]))]


def _see(product: Product, table: Sequence[str], wanted: Sequence[str], renamed: dict[str, str]) -> None:
    """See that the columns are there that the contract partitions by."""
    missing = [name for name in wanted if name not in table and name not in renamed.values()]
    if not missing:
        return
    ways = (
        "if it was renamed and has the same values, give the property the id that it had "
        f"({_ids(product, missing)}) and name the revision of before by --base; if its values are new, make the next "
        f"version beside it: data-platform new {next_of(product.key)} --next-version"
    )
    raise Refused([f"the table of {product.key} has no column {', '.join(missing)}, only {', '.join(table)}: {ways}"])


def _ids(product: Product, names: Sequence[str]) -> str:
    ids = {column.column: column.id for column in product.schema.properties}
    return ", ".join(f"{name}: {ids[name] or 'none yet'}" for name in names)


def _see_types(product: Product, work: Repartitioning) -> None:
    """See that a partition column is of the type that the contract says: its values stay as they are."""
    table = work.see()
    schema = work.schema(table)
    for column in product.schema.partition_key:
        have, want = schema.field(column.column).type, delta_type(arrow_type(column))
        if have != want:
            msg = f"{work.uri}: column {column.column!r} is {have}, the contract says {want}, and no value is changed."
            raise InvalidFrame(f"{msg} Make the next version of the product with the new type.", uri=work.uri)


def spoken(done: Repartitioned) -> str:
    """What was done, in a sentence."""
    before, after = (", ".join(columns) or "nothing" for columns in (done.before, done.after))
    if done.before == done.after:
        return f"{done.product} is partitioned by {after} already."
    also = "".join(f", {old} renamed to {new}" for old, new in done.renamed.items())
    what = f"by {after}, not {before}{also}"
    if not done.done:
        return f"{done.product} would be partitioned {what}: {done.rows:,} rows written anew, no value changed."
    return (
        f"{done.product} is partitioned {what}, as version {done.version}: {done.rows:,} rows were written anew, and "
        f"every column holds what it did. Version {done.from_version} can still be read."
    )
