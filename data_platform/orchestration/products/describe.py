"""What Dagster shows of a product: its definition's metadata, and that of each materialization.

What belongs here: from contract, lineage and publication to metadata. What does not: the asset itself (``asset``).
"""

from datetime import timedelta
from typing import Any, Final

import dagster as dg

from data_platform.contracts import service_levels as sla
from data_platform.contracts.checks.results import Report, Status
from data_platform.contracts.elements import Property
from data_platform.lineage.model import Use
from data_platform.markdown import escaped
from data_platform.orchestration.io.contexts import PARTITION_EXPR
from data_platform.orchestration.io.metadata import COLUMN_SCHEMA, ROW_COUNT, describe, preview
from data_platform.products.catalogue import columns_of
from data_platform.products.edges import product_edges, tables_of
from data_platform.products.folder import Product
from data_platform.products.masking import masked
from data_platform.products.publish import Publication
from data_platform.products.schema import arrow_type
from data_platform.storage.objects.store import ObjectStore
from data_platform.storage.objects.url import encode_segment

COLUMN_LINEAGE: Final = "dagster/column_lineage"
SUPERSEDED: Final = (
    "what this run made was left out: newer rows, made of newer inputs meanwhile or put back by a roll-back, are there"
)
_PREVIEW_ROWS: Final = 5


def definition_metadata(product: Product, registered: str | None = None) -> dict[str, object]:
    """What the asset's page says before anything was made.

    Args:
        product: The product.
        registered: How its contract stands to the registry, in words, if that is known.
    """
    metadata: dict[str, object] = {
        COLUMN_SCHEMA: table_schema(product),
        COLUMN_LINEAGE: column_lineage(product),
        "contract": product.contract.id,
        "contract_version": product.contract.version_text,
        "publish_mode": product.publish_mode.value,
    }
    if product.partition_column:
        metadata[PARTITION_EXPR] = product.partition_column
    if product.contract.custom.replaced_by:
        metadata["replaced_by"] = product.contract.custom.replaced_by
    if registered:
        metadata["registered"] = registered
    return metadata


def table_schema(product: Product) -> dg.TableSchema:
    """The contract's columns with their promises."""
    columns = [
        dg.TableColumn(
            column.column,
            str(arrow_type(column)),
            description=escaped(column.description) if column.description else None,
            constraints=dg.TableColumnConstraints(
                nullable=not (column.required or column.primary_key), unique=column.unique, other=_promises(column)
            ),
            tags=_column_tags(column),
        )
        for column in product.schema.properties
    ]
    key = [f"primary key: {', '.join(product.primary_key)}"] if product.primary_key else []
    return dg.TableSchema(columns, constraints=dg.TableConstraints(other=key))


def column_lineage(product: Product) -> dg.TableColumnLineage:
    """What each column is made of: parsed out of SQL; for Python every column of the inputs that it declared."""
    known = {upstream.key: columns_of(upstream.contract) for upstream in product.inputs if upstream.contract}
    tables = tables_of(product.source, product.spec.inputs, known)
    edges = product_edges(product.key, product.source, tables, runner=product.spec.runner is not None)
    names = [column.column for column in product.schema.properties]
    dependencies: dict[str, list[dg.TableColumnDep]] = {name: [] for name in names}
    for edge in edges:
        if Use.SELECT in edge.uses:
            dep = dg.TableColumnDep(edge.producer.product.split("."), edge.producer.name)
            for name in names if edge.target is None else [edge.target]:
                dependencies.setdefault(name, []).append(dep)
    return dg.TableColumnLineage(dependencies)


def fresh_window(product: Product) -> timedelta | None:
    """How old the newest publication may be: the promised frequency and, on top, the promised latency."""
    return sla.fresh_window(product.contract)


def publication_metadata(store: ObjectStore, product: Product, publication: Publication) -> dict[str, Any]:
    """What a materialization says of the batch that it published."""
    commit = publication.commit
    uri, size, version = store.uri(product.key), 0, {}
    if publication.partition and product.partition_column:
        uri = f"{uri}/{product.partition_column}={encode_segment(publication.partition)}"
    if commit is not None:
        size, version = commit.size_bytes, {"table_version": commit.version}
    return {
        **describe(uri, size, version),
        ROW_COUNT: dg.MetadataValue.int(publication.batch.num_rows),
        "preview": dg.MetadataValue.md(preview(masked(product, publication.batch.slice(0, _PREVIEW_ROWS)))),
        "contract_version": product.contract.version_text,
        "checks": dg.MetadataValue.json(compact(publication.report)),
        **({"superseded": SUPERSEDED} if publication.superseded else {}),
        **({"quarantined_rows": publication.rejected} if publication.rejected else {}),
        **({"quarantine": dg.MetadataValue.path(publication.quarantine)} if publication.quarantine else {}),
    }


def compact(report: Report) -> dict[str, object]:
    """The results of all rules in few words: how many, and the names of those that did not pass."""
    return {
        "passed": sum(result.status is Status.PASSED for result in report.results),
        "failed": {result.check.name: result.failing for result in report.failures},
        "not_evaluated": [result.check.name for result in report.not_evaluated],
    }


def _promises(column: Property) -> list[str]:
    options = [f"{name}: {value}" for name, value in column.logical_type_options.items()]
    return [*options, *([f"one of {len(column.enum)} values"] if column.enum else [])]


def _column_tags(column: Property) -> dict[str, str]:
    tags = dict.fromkeys((tag for tag in column.tags if tag), "")
    return {**tags, "classification": column.classification} if column.classification else tags
