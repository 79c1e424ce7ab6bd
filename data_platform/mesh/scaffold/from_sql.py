"""A new product from one SELECT.

What belongs here: inputs by parsing, types by running the query on empty tables, meaning by following columns back.
What does not: the rules of null (``nulls``) and of keys (``keys``), and the texts (``assemble``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import dedent
from typing import Final

import pyarrow as pa
from sqlglot import exp

from data_platform.contracts.document import Document
from data_platform.contracts.drafting import ColumnDraft, TableDraft
from data_platform.contracts.exchange.types import table_type
from data_platform.contracts.findings import Position
from data_platform.contracts.reading import contract as contract_of
from data_platform.contracts.source import UNNAMED
from data_platform.lineage.model import DIALECT, Output, Reading, Select
from data_platform.lineage.qualified import qualified
from data_platform.lineage.reading import read_columns
from data_platform.lineage.select import read_select
from data_platform.mesh.errors import MeshError
from data_platform.mesh.scaffold.assemble import Draft
from data_platform.mesh.scaffold.inherit import EXAMPLE_DAY, inherited
from data_platform.mesh.scaffold.keys import Keys
from data_platform.mesh.scaffold.nulls import Nulls
from data_platform.mesh.scaffold.options import Options
from data_platform.mesh.scaffold.place import Place
from data_platform.mesh.scaffold.upstream import Upstream, given_inputs, upstream_of
from data_platform.products.declared_inputs import Input
from data_platform.products.folder import Product
from data_platform.products.sources import PARTITION, SQL_FILE, Source
from data_platform.products.spec import ProductSpec
from data_platform.products.sql_transform import run_sql
from data_platform.products.transform import limits_of

_LONGEST: Final = 160


@dataclass(frozen=True)
class _Query:
    """A query, read.

    Attributes:
        select: Its text, parsed.
        upstreams: Its inputs, by the name that it has for them.
        reading: What it does with their columns.
        schema: The columns of its result.
    """

    select: Select
    upstreams: Mapping[str, Upstream]
    reading: Reading
    schema: pa.Schema


def draft_from_sql(place: Place, sql: str, options: Options, file: str = SQL_FILE) -> Draft:
    """A product that a query makes.

    Args:
        place: Where it goes.
        sql: One SELECT, in DuckDB's dialect; tables are ``domain.product_v1``.
        options: What else is said of it.
        file: What errors call the text.

    Raises:
        InvalidSelect: It is not one SELECT over what is there; with line and column.
        MeshError: An input is not there or nothing says what it has; a type that no table can hold.
        TransformError: DuckDB refuses the query.
    """
    query = _read(place, sql, options, file)
    partition = _partition(query, options)
    if PARTITION in query.select.parameters and partition is None:
        raise MeshError(
            f"the query asks for ${PARTITION}, but no column of its result is the day that is made: select the day of "
            f"a daily input, or add CAST(${PARTITION} AS DATE) AS day"
        )
    table, notes = _table(query, partition)
    read = {name: _columns(query, name) for name in query.upstreams}
    return Draft(place, table, query.upstreams, read, SQL_FILE, dedent(sql).strip() + "\n", notes)


def _read(place: Place, sql: str, options: Options, file: str) -> _Query:
    select = read_select(sql, file=file)
    given = given_inputs(options.inputs)
    upstreams = {}
    for table in select.inputs:
        key = table.product.replace(".", "/", 1)
        try:
            upstreams[table.product] = upstream_of(place, key, given.get(key), options.store)
        except MeshError as error:
            raise MeshError(f"{file}:{table.line}:{table.column}: {error}") from error
    if unused := given.keys() - {upstream.key for upstream in upstreams.values()}:
        raise MeshError(f"--input names {', '.join(sorted(unused))}, which the query does not read; leave it out")
    if not upstreams:
        raise MeshError("the query reads no product: name at least one, as FROM domain.product_v1")
    schemas = {name: dict.fromkeys(upstream.schema.names) for name, upstream in upstreams.items()}
    reading = read_columns(select, schemas)
    return _Query(select, upstreams, reading, _result(place, select, upstreams, file))


def _result(place: Place, select: Select, upstreams: Mapping[str, Upstream], file: str) -> pa.Schema:
    """The columns of the query's result, by running it on empty tables, where and as a product's query is run."""
    tables = {name: upstream.schema.empty_table() for name, upstream in upstreams.items()}
    names = {table.product: Position(table.line, table.column) for table in select.inputs}
    folder = place.folder
    source = Source(folder / file, "sql", select.sql, "", names, 1, PARTITION in select.parameters)
    inputs = tuple(Input(name, upstream.key, (), "all", 0, None, None) for name, upstream in upstreams.items())
    product = Product(folder, contract_of(Document(UNNAMED, {}, {})), source, ProductSpec(), inputs, ())
    return run_sql(product, tables, EXAMPLE_DAY.isoformat(), limits_of(product)).schema


def _columns(query: _Query, name: str) -> tuple[str, ...]:
    """The columns that the query reads of an input; of one whose rows it only counts, the first."""
    return tuple(query.reading.columns.get(name, {})) or (query.upstreams[name].schema.names[0],)


def _partition(query: _Query, options: Options) -> str | None:
    """The column that holds the day being made, if the product is to be made by days."""
    days = [out.name for out in query.reading.outputs if _is_day(query, out)]
    if options.partitions == "none":
        return None
    if not days and options.partitions == "daily":
        raise MeshError(
            "the product cannot be made by days: no column of its result is the day of a daily input; select one, or "
            f"add CAST(${PARTITION} AS DATE) AS day"
        )
    return days[0] if days else None


def _is_day(query: _Query, out: Output) -> bool:
    """Whether an output is the partition column of a daily input, as it is or cast, or made of ``$partition_key``."""
    kind = query.schema.field(out.name).type
    if not (pa.types.is_date(kind) or pa.types.is_string(kind)):
        return False
    if not out.sources:
        at = [output.name.lower() for output in query.reading.outputs].index(out.name.lower())
        shown = query.select.tree.selects[at : at + 1] if not query.select.tree.is_star else []
        return any(
            parameter.name == PARTITION
            for projection in shown
            for parameter in projection.find_all(exp.Parameter, exp.Placeholder)
        )
    days = {(name, upstream.partition) for name, upstream in query.upstreams.items() if upstream.daily}
    named = out.name in {upstream.partition for upstream in query.upstreams.values()}
    return all((source.product, source.column) in days and (source.copied or named) for source in out.sources)


def _table(query: _Query, partition: str | None) -> tuple[TableDraft, tuple[str, ...]]:
    upstreams = query.upstreams
    schemas = {name: dict.fromkeys(upstream.schema.names) for name, upstream in upstreams.items()}
    resolved = qualified(query.select, schemas)
    required = {
        name: {
            column.lower()
            for column, definition in upstream.properties.items()
            if definition.required or definition.primary_key
        }
        for name, upstream in upstreams.items()
    }
    nulls, scope = Nulls(resolved, required), resolved.root
    key_numbers = Keys(
        resolved, {n: [c.lower() for c in upstream.primary_key] for n, upstream in upstreams.items()}
    ).of(scope)
    outs = query.reading.outputs
    never = {out.name: nulls.never(scope, at) for at, out in enumerate(outs)}
    if partition is not None and _from_parameter(outs, partition):
        never[partition] = True
    key = [outs[at].name for at in sorted(key_numbers or ())]
    notes = []
    if nullable := [name for name in key if not never[name]]:
        notes.append(
            f"a row is told by {', '.join(key)}, but {', '.join(nullable)} may be null, so no primary key is promised: "
            f"add WHERE {nullable[0]} IS NOT NULL, or mark the key yourself"
        )
        key = []
    elif not key:
        notes.append("nothing tells what identifies a row: set primaryKey and required in the contract")
    if key and partition is not None and never[partition]:
        key = [partition, *(name for name in key if name != partition)]
    columns = tuple(_column(query, at, never[out.name]) for at, out in enumerate(outs))
    return TableDraft(columns, tuple(key), partition=partition), tuple(notes)


def _from_parameter(outs: tuple[Output, ...], partition: str) -> bool:
    return any(out.name == partition and not out.sources for out in outs)


def _column(query: _Query, at: int, required: bool) -> ColumnDraft:
    out = query.reading.outputs[at]
    try:
        kind = table_type(query.schema.field(out.name).type)
    except ValueError as error:
        raise MeshError(f"the column {out.name} of the result {error}") from error
    sources = [(query.upstreams[source.product].properties.get(source.column), source.copied) for source in out.sources]
    return inherited(ColumnDraft(out.name, kind, _computed(query, at), required), sources, counts=_counts(query, at))


def _projection(query: _Query, at: int) -> exp.Expr | None:
    """The expression of an output as it is written, where each is written."""
    tree = query.select.tree
    shown = tree.selects
    return shown[at] if len(shown) == len(query.reading.outputs) and not tree.is_star else None


def _computed(query: _Query, at: int) -> str:
    """What an output is made by, for a column that nobody described."""
    shown = _projection(query, at)
    if shown is None or isinstance(shown.unalias(), exp.Column):
        return ""
    text = shown.unalias().sql(dialect=DIALECT)
    return f"Computed: {text if len(text) <= _LONGEST else text[:_LONGEST] + '…'}"


def _counts(query: _Query, at: int) -> bool:
    """Whether an output is a mere count, which tells nothing of the values that are counted."""
    shown = _projection(query, at)
    value = shown.unalias() if shown is not None else None
    value = value.this if isinstance(value, exp.Filter) else value
    return isinstance(value, exp.Count | exp.ApproxDistinct)
