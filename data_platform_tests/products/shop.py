"""A small throw-away mesh: two domains with a few products, written to a folder and loaded like the real one.

What belongs here: the folders as text, and loading and running them. What does not: tests.
"""

import importlib
import sys
import textwrap
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import dagster as dg
import pyarrow as pa

from data_platform.orchestration.resources import ObjectStoreResource
from data_platform.products.folder import Product, read_product
from data_platform.storage.delta import read_table, replace_partitions, replace_table
from data_platform.storage.objects.store import ObjectStore

ORDERS_COLUMNS = """\
- {name: order_id, logicalType: integer, primaryKey: true, required: true, description: The number.}
- {name: day, logicalType: date, required: true, partitioned: true, description: The day.}
- name: total
  logicalType: number
  physicalType: "DECIMAL(10, 2)"
  required: true
  description: What was paid.
  logicalTypeOptions: {minimum: 0}
- {name: email, logicalType: string, classification: personal, description: Who.}
"""


def contract(  # noqa: PLR0913 - a contract has many parts
    key: str,
    columns: str,
    *,
    version: str | None = None,
    status: str = "active",
    mode: str | None = None,
    custom: Mapping[str, Any] | None = None,
    extra: str = "",
    quality: str = "",
) -> str:
    """A contract's text."""
    domain, name = key.split("/")
    custom = {**({"publishMode": mode} if mode else {}), **(custom or {})}
    lines = [
        "apiVersion: v3.1.0",
        "kind: DataContract",
        f"id: urn:{domain}:{name.rpartition('_v')[0] or name}",
        f"name: {name}",
        f"version: {version or (name.rpartition('_v')[2] if '_v' in name else '1') + '.0.0'}",
        f"status: {status}",
        f"domain: {domain}",
        f"dataProduct: {name}",
        "description: {purpose: To be tested., usage: Tests., limitations: Made up.}",
        f"team: {{name: {domain}-team}}",
        "schema:",
        f"  - name: {name.rpartition('_v')[0] or name}",
        "    physicalType: table",
        "    description: One row each.",
        "    properties:",
        textwrap.indent(columns, "      ").rstrip(),
    ]
    if quality:
        lines += ["    quality:", textwrap.indent(quality, "      ").rstrip()]
    if custom:
        lines += ["customProperties:", *(f"  - {{property: dataPlatform.{k}, value: {v}}}" for k, v in custom.items())]
    return "\n".join([*lines, extra.strip(), ""])


@dataclass(frozen=True)
class Shop:
    """The folder of the domains, as a package of its own."""

    root: Path
    package: str

    @property
    def domains(self) -> Path:
        return self.root / self.package / "domains"

    def write(self, path: str, text: str) -> Path:
        """Write a file below the domains; the domain's package is made with it."""
        file = self.domains / path
        file.parent.mkdir(parents=True, exist_ok=True)
        (self.domains / path.split("/", maxsplit=1)[0] / "__init__.py").touch()
        file.write_text(textwrap.dedent(text))
        return file

    def product(
        self, key: str, columns: str, *, sql: str | None = None, python: str | None = None, defs: str = "", **more: Any
    ) -> Path:
        """Write a product's folder."""
        self.write(f"{key}/contract.odcs.yaml", contract(key, columns, **more))
        attributes = f"attributes:\n{textwrap.indent(textwrap.dedent(defs).strip(), '  ')}\n" if defs.strip() else ""
        self.write(f"{key}/defs.yaml", f"type: data_platform.DataProduct\n{attributes}")
        if sql is not None:
            self.write(f"{key}/transform.sql", sql)
        if python is not None:
            self.write(f"{key}/transform.py", python)
        return self.domains / key

    def read(self, key: str) -> Product:
        return read_product(self.domains / key)

    def definitions(self, domain: str) -> dg.Definitions:
        """A domain's definitions as its own code location loads them."""
        (self.root / self.package / "__init__.py").touch()
        (self.domains / "__init__.py").touch()
        importlib.invalidate_caches()
        module = importlib.import_module(f"{self.package}.domains.{domain}")
        with warnings.catch_warnings():
            # Dagster 1.13 reads every defs.yaml by a function that pydantic calls deprecated.
            warnings.filterwarnings("ignore", message=".*parse_obj_as.* is deprecated")
            tree = dg.ComponentTree.from_module(defs_module=module, project_root=self.root)
            return tree.build_defs(self.domains / domain)  # of the whole, it describes all that Dagster has: 250 ms


@contextmanager
def new_shop(folder: Path) -> Iterator[Shop]:
    """A mesh without products, importable while it is used."""
    package = f"shop_{uuid4().hex[:8]}"
    (folder / package / "domains").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(
        f'[tool.dg.project]\ndefs_module = "{package}.domains"\nregistry_modules = ["data_platform"]\n'
    )
    sys.path.insert(0, str(folder))
    try:
        yield Shop(folder, package)
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.split(".")[0] == package]:
            del sys.modules[name]


@dataclass(frozen=True)
class Platform:
    """A mesh on a store, with an instance of its own."""

    shop: Shop
    store: ObjectStore
    instance: dg.DagsterInstance
    resource: ObjectStoreResource

    def put(
        self, key: str, rows: Sequence[Mapping[str, Any]] | pa.Table, partition: tuple[str, str] | None = None
    ) -> None:
        """Write an asset's table as its ingestion would."""
        table = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(list(rows))
        if partition:
            replace_partitions(self.store, key, table, [dict([partition])])
        else:
            replace_table(self.store, key, table)

    def rows(self, key: str) -> list[dict[str, Any]]:
        """What readers see."""
        table = read_table(self.store, key)
        rows: list[dict[str, Any]] = table.sort_by([(table.column_names[0], "ascending")]).to_pylist()
        return rows

    def definitions(self, domain: str) -> dg.Definitions:
        """A domain's definitions with the store that its products need."""
        own = dg.Definitions(resources={"store": self.resource}, executor=dg.in_process_executor)
        return dg.Definitions.merge(self.shop.definitions(domain), own)

    def run(
        self, key: str, partition: str | None = None, tags: Mapping[str, str] | None = None
    ) -> dg.ExecuteInProcessResult:
        """Materialize a product in this process."""
        return (
            self.definitions(key.split("/", maxsplit=1)[0])
            .resolve_implicit_global_asset_job_def()
            .execute_in_process(
                asset_selection=[dg.AssetKey(key.split("/"))],
                partition_key=partition,
                instance=self.instance,
                raise_on_error=False,
                tags=tags,
            )
        )

    def run_range(self, key: str, first: str, last: str) -> dg.ExecuteInProcessResult:
        """Materialize the partitions of a range in one run, as a backfill does."""
        return self.run(
            key, tags={"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
        )


def checks_of(result: dg.ExecuteInProcessResult) -> dict[str, bool]:
    """Which checks the run recorded, and whether they passed."""
    return {one.check_name: one.passed for one in result.get_asset_check_evaluations()}


def failure_of(result: dg.ExecuteInProcessResult) -> str:
    """The first failed step's message."""
    (event, *_) = (e for e in result.all_events if e.event_type_value == "STEP_FAILURE")
    data = event.step_failure_data
    return f"{data.user_failure_data.description if data.user_failure_data else ''} {data.error}"


def metadata_of(result: dg.ExecuteInProcessResult) -> dict[str | None, dict[str, Any]]:
    """The metadata of the run's materializations, by partition."""
    return {
        event.materialization.partition: {name: value.value for name, value in event.materialization.metadata.items()}
        for event in result.get_asset_materialization_events()
    }
