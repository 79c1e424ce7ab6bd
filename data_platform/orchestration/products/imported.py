"""Products of other repositories, and of other platforms on the same store, as external assets of this one.

What belongs here: what Dagster knows of them, and the sensor that reports what they published. What does not: their
contracts' files (``products.imported``), and reading their tables, which is as for any input.

Another instance's events are not ours, so what is followed is the table's log in the store: each change of a
partition's rows is reported once, whoever made it, as a materialization of the external asset. Consumers then run as
after any other input. Dagster keeps a materialization of a partition that is none of the asset's (rows without a day),
and makes nothing anew for it.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import dagster as dg

from data_platform.contracts.model import Contract
from data_platform.contracts.references import CONTRACT_FILE
from data_platform.contracts.registry.versions import newest
from data_platform.contracts.service_levels import sunset
from data_platform.markdown import escaped
from data_platform.orchestration.defaults import platform_definitions
from data_platform.orchestration.products.asset import owners_of, partitions_of
from data_platform.orchestration.resources import ObjectStoreResource
from data_platform.products.catalogue import loaded
from data_platform.products.imported import Imported, imported_in
from data_platform.redaction import redact
from data_platform.storage.delta.following import Published, Seen, published_since
from data_platform.storage.delta.log import has_checkpoint, has_entry
from data_platform.storage.errors import StorageError
from data_platform.storage.objects.store import ObjectStore

SENSOR: Final = "imported_products"
TABLE: Final = "table_id"
VERSION: Final = "table_version"
REGISTERED: Final = "registered_version"
_SECONDS: Final = 2
"""Less than the five of Dagster's loop of sensors, in each turn of which the sensor then has a tick."""

WAITS_SECONDS: Final = 25.0
"""So long a tick without news asks the tables for their next versions: questions cost a hundredth of a tick. It is well
below the minute that Dagster gives a sensor, and holds one of the threads for sensors (``dagster.yaml``)."""

_PAUSE_SECONDS: Final = 0.5
_REGISTRY_EVERY: Final = 2
"""The registry is asked in one tick of so many: once a minute, where nothing happens."""
NO_VALUE: Final = "__HIVE_DEFAULT_PARTITION__"
"""The partition of rows without a value of the partition column, as Hive, Spark and Delta's folders call it."""


@dataclass(frozen=True)
class _Followed:
    """A product of another repository.

    Attributes:
        key: ``domain/name_vN``.
        column: The column that its partitions are of; ``None``: it has none.
        dynamic: The name of its partitions, where they are added as they come.
    """

    key: str
    column: str | None
    dynamic: str | None


def imported_definitions(domains: Path, waits: float = WAITS_SECONDS) -> dg.Definitions:
    """The external assets of a folder of domains, and the sensor that follows them.

    Args:
        domains: The folder of all domains.
        waits: How many seconds a tick of the sensor waits for news.

    Raises:
        ValueError: An ``imported.yaml`` cannot be read.
        UnreadableContractError: A contract cannot be.
    """
    keys = list(imported_in(domains))
    specs = [_spec(domains / key, key) for key in keys]
    sensor = follow_imported([_followed(domains / key, key) for key in keys], waits)
    return dg.Definitions.merge(dg.Definitions(assets=specs, sensors=[sensor]), platform_definitions())


def follow_imported(products: Sequence[_Followed], waits: float) -> dg.SensorDefinition:
    """The sensor that reports what was published of products, and once what the registry says of them anew.

    Args:
        products: The products.
        waits: How many seconds a tick waits for news.
    """

    @dg.sensor(
        name=SENSOR,
        minimum_interval_seconds=_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Reports what other repositories' products published, so that products here follow.",
    )
    def follow(context: dg.SensorEvaluationContext, store: ObjectStoreResource) -> dg.SensorResult:
        opened = store.open()
        cursor = _cursor(context.cursor)
        seen = _seen(cursor)
        unreadable = set(cursor.get("unreadable", []))
        next_versions = {
            product.key: seen[product.key].version + 1 if product.key in seen else 0 for product in products
        }
        _wait_for_news(opened, {key: at for key, at in next_versions.items() if key not in unreadable}, waits)
        registered: dict[str, str] = dict(cursor.get("registered", {}))
        ticks = int(cursor.get("ticks", 0))
        told: list[dg.AssetMaterialization] = []
        notices: list[dg.AssetObservation] = []
        new: dict[str, list[str]] = {}
        unreadable.clear()
        for product in products:  # each by itself: one that cannot be read hides no other
            try:
                published = _published(context, opened, product, seen.get(product.key))
                if published is not None:
                    told += _untold(context.instance, opened, product, published)
                    seen[product.key] = Seen(published.table, published.version)
                    if product.dynamic is not None:
                        new.setdefault(product.dynamic, []).extend(_keys(published, product.column))
                if ticks % _REGISTRY_EVERY == 0:
                    notices += _notices(opened, [product.key], registered)
            except StorageError as error:
                unreadable.add(product.key)
                context.log.warning(f"{product.key} cannot be followed: {redact(str(error))}")
        tables = {key: {"id": at.table, "version": at.version} for key, at in seen.items()}
        known = {
            "tables": tables,
            "registered": registered,
            "ticks": (ticks + 1) % _REGISTRY_EVERY,
            "unreadable": sorted(unreadable),  # not waited for: there it is news only once it can be read
        }
        return dg.SensorResult(
            asset_events=[*told, *notices],
            cursor=json.dumps(known),
            dynamic_partitions_requests=[
                dg.AddDynamicPartitionsRequest(name, keys) for name, keys in new.items() if keys
            ],
        )

    return follow


def _wait_for_news(store: ObjectStore, next_versions: Mapping[str, int], seconds: float) -> None:
    """Wait until a table has the version that is its next one, or for so long.

    Args:
        store: The store.
        next_versions: The version of each table that would be news: of one that was never seen, the first one.
        seconds: The longest to wait.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for key, version in next_versions.items():
            # A store that fails is told of by the look that follows.
            with suppress(StorageError):
                # The first entries of a table that is old were perhaps cleaned up; then it has a checkpoint.
                if has_entry(store, key, version) or (version == 0 and has_checkpoint(store, key)):
                    return
        time.sleep(_PAUSE_SECONDS)


def _cursor(text: str | None) -> dict[str, Any]:
    try:
        cursor = json.loads(text or "{}")
    except ValueError:
        cursor = {}
    return cursor if isinstance(cursor, dict) else {}


def _spec(folder: Path, key: str) -> dg.AssetSpec:
    file, imported = folder / CONTRACT_FILE, Imported.read(folder)
    contract = loaded(file, file.stat().st_mtime_ns)
    purpose = contract.description.purpose if contract.description else None
    return dg.AssetSpec(
        key.split("/"),
        description=escaped(f"Made by another repository. {purpose or ''}".strip()),
        group_name=key.partition("/")[0],
        owners=owners_of(contract),
        kinds={"deltalake"},
        metadata={"contract": contract.id, "contract_version": imported.version},
        partitions_def=partitions_of(imported.partitions),
    )


def _seen(cursor: Mapping[str, Any]) -> dict[str, Seen]:
    """How far each product's table was followed; of a cursor of an older version, tables have no id."""
    older = {key: Seen(None, int(version)) for key, version in dict(cursor.get("versions", {})).items()}
    return older | {key: Seen(at["id"], int(at["version"])) for key, at in dict(cursor.get("tables", {})).items()}


def _followed(folder: Path, key: str) -> _Followed:
    spec = Imported.read(folder).partitions
    file = folder / CONTRACT_FILE
    parted = loaded(file, file.stat().st_mtime_ns).schemas[0].partition_key
    column = parted[0].column if spec is not None and parted else None
    return _Followed(key, column, spec.name if spec is not None and spec.type == "dynamic" else None)


def _published(
    context: dg.SensorEvaluationContext, store: ObjectStore, product: _Followed, since: Seen | None
) -> Published | None:
    published = published_since(store, product.key, since)
    columns = published.columns if published is not None and published.partitions else (product.column,)
    if product.column is not None and product.column not in columns:
        context.log.warning(
            f"{product.key} is not partitioned by {product.column} any more, as its contract says, but by "
            f"{list(columns)}: its changes are reported as those of the whole table, and make no partition of a "
            "product anew. Its owner has to publish it as its contract says."
        )
    return published


def _untold(
    instance: dg.DagsterInstance, store: ObjectStore, product: _Followed, published: Published
) -> Iterator[dg.AssetMaterialization]:
    for partition, version in _by_key(published, product.column):
        # A tick that was killed had perhaps told some of it, and did not store its cursor.
        if _was_told(instance, product.key, partition, published, version):
            continue
        info = published.infos.get(version)
        metadata: dict[str, Any] = {
            TABLE: published.table,
            VERSION: version,
            "uri": dg.MetadataValue.path(store.uri(product.key)),
        }
        if info is not None:
            metadata["published_at"] = dg.MetadataValue.timestamp(info.at)
            if isinstance(said := info.metadata.get("contract_version"), str):
                metadata["contract_version"] = said
        yield dg.AssetMaterialization(product.key.split("/"), partition=partition, metadata=metadata)


def _by_key(published: Published, column: str | None) -> list[tuple[str | None, int]]:
    """The last version that changed each of the asset's partitions; ``None``: the whole."""
    where = published.columns.index(column) if column in published.columns else None
    last: dict[str | None, int] = {}
    for values, version in published.partitions.items():
        key = None if where is None else values[where] or NO_VALUE
        last[key] = max(version, last.get(key, -1))
    return sorted(last.items(), key=lambda item: item[0] or "")


def _keys(published: Published, column: str | None) -> list[str]:
    """The partitions that changed and can be asked for; those told before too, of a tick that was killed."""
    return [key for key, _ in _by_key(published, column) if key is not None and key != NO_VALUE]


def _was_told(
    instance: dg.DagsterInstance, key: str, partition: str | None, published: Published, version: int
) -> bool:
    """Whether this instance was told of a version of a partition, or of a later one, of this very table."""
    records = instance.fetch_materializations(
        dg.AssetRecordsFilter(
            asset_key=dg.AssetKey(key.split("/")), asset_partitions=None if partition is None else [partition]
        ),
        limit=1,
    ).records
    event = records[0].asset_materialization if records else None
    if event is None or TABLE not in event.metadata or VERSION not in event.metadata:
        return False
    table, told = event.metadata[TABLE].value, int(str(event.metadata[VERSION].value))
    # A version beyond the newest is of a past that is no more: the table was put back.
    return table == published.table and version <= told <= published.version


def _notices(store: ObjectStore, keys: Sequence[str], told: dict[str, str]) -> Iterator[dg.AssetObservation]:
    """What the registry says of products that it did not say before: new versions, and ends that are announced."""
    for key, record in sorted(newest(store, products=keys).by_product.items()):
        if told.get(key) != record.digest:
            told[key] = record.digest
            yield dg.AssetObservation(
                key.split("/"), description=_notice(record.contract), metadata={REGISTERED: record.version}
            )


def _notice(contract: Contract) -> str:
    end, instead = sunset(contract), contract.custom.replaced_by
    words = [f"version {contract.version_text} is registered, {contract.status}"]
    words += [f"it ends on {end:%Y-%m-%d}"] if end else []
    words += [f"move to {instead}"] if instead else []
    return "; ".join(words)
