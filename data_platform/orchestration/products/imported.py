"""Products of other repositories, and of other platforms on the same store, as external assets of this one.

What belongs here: what Dagster knows of them, and the sensor that reports what they published. What does not: their
contracts' files (``products.imported``), and reading their tables, which is as for any input.

Another instance's events are not ours, so what is followed is the table's log in the store: each version is reported
once, partition by partition, as a materialization of the external asset. Consumers then run as after any other input.
"""

import json
from collections.abc import Iterator, Sequence
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
from data_platform.storage.delta.following import WHOLE, published_since
from data_platform.storage.errors import StorageError
from data_platform.storage.objects.store import ObjectStore

SENSOR: Final = "imported_products"
VERSION: Final = "table_version"
REGISTERED: Final = "registered_version"
_SECONDS: Final = 5
_REGISTRY_EVERY: Final = 12
"""The registry is asked in one tick of so many."""


def imported_definitions(domains: Path) -> dg.Definitions:
    """The external assets of a folder of domains, and the sensor that follows them.

    Args:
        domains: The folder of all domains.

    Raises:
        ValueError: An ``imported.yaml`` cannot be read.
        UnreadableContractError: A contract cannot be.
    """
    keys = list(imported_in(domains))
    specs = [_spec(domains / key, key) for key in keys]
    return dg.Definitions.merge(dg.Definitions(assets=specs, sensors=[follow_imported(keys)]), platform_definitions())


def follow_imported(keys: Sequence[str]) -> dg.SensorDefinition:
    """The sensor that reports what was published of products, and once what the registry says of them anew.

    Args:
        keys: The products.
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
        seen: dict[str, int] = dict(cursor.get("versions", {}))
        registered: dict[str, str] = dict(cursor.get("registered", {}))
        ticks = int(cursor.get("ticks", 0))
        events: list[dg.AssetMaterialization | dg.AssetObservation] = []
        for key in keys:  # each by itself: one that cannot be read hides no other
            try:
                events += _published(context.instance, opened, key, seen)
                if ticks % _REGISTRY_EVERY == 0:
                    events += _notices(opened, [key], registered)
            except StorageError as error:
                context.log.warning(f"{key} cannot be followed: {redact(str(error))}")
        known = {"versions": seen, "registered": registered, "ticks": (ticks + 1) % _REGISTRY_EVERY}
        return dg.SensorResult(asset_events=events, cursor=json.dumps(known))

    return follow


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


def _published(
    instance: dg.DagsterInstance, store: ObjectStore, key: str, seen: dict[str, int]
) -> Iterator[dg.AssetMaterialization]:
    published = published_since(store, key, seen.get(key))
    if published is None:
        return
    for partition, version in sorted(published.partitions.items()):
        # A tick that was killed had perhaps told some of it, and did not store its cursor.
        if _told(instance, key, partition) >= version:
            continue
        info = published.infos.get(version)
        metadata: dict[str, Any] = {VERSION: version, "uri": dg.MetadataValue.path(store.uri(key))}
        if info is not None:
            metadata["published_at"] = dg.MetadataValue.timestamp(info.at)
            if isinstance(said := info.metadata.get("contract_version"), str):
                metadata["contract_version"] = said
        yield dg.AssetMaterialization(key.split("/"), partition=partition or None, metadata=metadata)
    seen[key] = published.version


def _told(instance: dg.DagsterInstance, key: str, partition: str) -> int:
    """The last version of a partition that this instance was told of; -1: none."""
    records = instance.fetch_materializations(
        dg.AssetRecordsFilter(
            asset_key=dg.AssetKey(key.split("/")), asset_partitions=None if partition == WHOLE else [partition]
        ),
        limit=1,
    ).records
    said = (
        records[0].asset_materialization.metadata.get(VERSION) if records and records[0].asset_materialization else None
    )
    return int(str(said.value)) if said is not None else -1


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
