"""Promises of a contract that a query does not see to: columns that may be null, keys that may repeat.

What belongs here: what the text of a query shows of nulls and keys, beside what the contract promises. What does not:
names and types (``transforms``), and the rules of null and of keys (``scaffold.nulls``, ``scaffold.keys``).

Rows may keep what the query does not see to, so these are doubts.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from data_platform.contracts.findings import Finding, Severity
from data_platform.lineage.model import Output
from data_platform.lineage.qualified import qualified
from data_platform.mesh.scaffold.keys import Keys
from data_platform.mesh.scaffold.nulls import Nulls
from data_platform.products.catalogue import columns_of
from data_platform.products.declared_inputs import Input
from data_platform.products.folder import Product

_RULE: Final = "transform"


def doubtful_promises(product: Product, outputs: Sequence[str]) -> Iterator[Finding]:
    """Find required columns that a query takes from optional ones, and keys that are not those of its groups.

    Args:
        product: A product with a SQL transform that reads what is there.
        outputs: The columns of its result, in order.
    """
    schemas = {
        upstream.name: dict.fromkeys(columns_of(upstream.contract) if upstream.contract else upstream.columns)
        for upstream in product.inputs
    }
    doubtful = _from_optional(product, schemas)
    grouped = any(product.source.select.tree.args.get(part) for part in ("group", "distinct"))
    if not doubtful and not grouped:
        return
    query = qualified(product.source.select, schemas)
    nulls = Nulls(query, {upstream.name: _required(upstream) for upstream in product.inputs})
    for name, source in doubtful.items():
        if not nulls.never(query.root, list(outputs).index(name)):
            column = next(column for column in product.schema.properties if column.column == name)
            message = f"{name} is required, and the query takes it from {source}, which may be null"
            fix = f"add WHERE … IS NOT NULL or coalesce, or take required off {name}"
            yield product.contract.document.finding(_RULE, Severity.WARNING, column.path, message, fix)
    numbers = Keys(query, {upstream.name: _key(upstream) for upstream in product.inputs}).of(query.root)
    rows = {outputs[number] for number in numbers or () if number < len(outputs)}
    key = set(product.primary_key)
    if grouped and key and not rows <= key:
        told_apart, promised = (", ".join(sorted(names)) for names in (rows, key))
        message = f"the query's rows are told apart by {told_apart}, and the primary key is {promised}"
        fix = "group by the key, or make the key what tells rows apart"
        yield product.contract.document.finding(_RULE, Severity.WARNING, product.schema.path, message, fix)


def _from_optional(product: Product, schemas: Mapping[str, Mapping[str, None]]) -> dict[str, str]:
    """Required columns that are copies of one that may be null, with what they are copied from."""
    needed = {column.column for column in product.schema.properties if column.required or column.primary_key}
    outputs = product.source.reading(schemas).outputs
    sources = {output.name: _optional_source(product, output) for output in outputs if output.name in needed}
    return {name: source for name, source in sources.items() if source is not None}


def _optional_source(product: Product, output: Output) -> str | None:
    """The one column that an output is a copy of, if that may be null by its own contract."""
    if len(output.sources) != 1 or not output.sources[0].copied:
        return None
    source = output.sources[0]
    upstream = next((upstream for upstream in product.inputs if upstream.name == source.product), None)
    if upstream is None or upstream.contract is None or source.column.lower() in _required(upstream):
        return None
    return f"{upstream.key}.{source.column}"


def _required(upstream: Input) -> set[str]:
    if upstream.contract is None:
        return set()
    columns = upstream.contract.schemas[0].properties
    return {column.column.lower() for column in columns if column.required or column.primary_key}


def _key(upstream: Input) -> list[str]:
    if upstream.contract is None:
        return []
    return [column.column.lower() for column in upstream.contract.schemas[0].primary_key]
