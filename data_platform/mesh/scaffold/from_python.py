"""A new product in Python: a typed function that runs, to be filled.

What belongs here: the stub, and the columns that it passes on. What does not: what it is to do.
"""

from collections.abc import Mapping

from data_platform.contracts.drafting import ColumnDraft, TableDraft
from data_platform.contracts.exchange.types import table_type
from data_platform.contracts.suggest import did_you_mean
from data_platform.mesh.errors import MeshError
from data_platform.mesh.scaffold.assemble import Draft
from data_platform.mesh.scaffold.inherit import inherited
from data_platform.mesh.scaffold.options import Options
from data_platform.mesh.scaffold.place import Place
from data_platform.mesh.scaffold.upstream import Upstream, given_inputs, upstream_of
from data_platform.products.sources import PYTHON_FILE


def draft_from_python(place: Place, options: Options) -> Draft:
    """A product whose function passes the columns of its first input on, until somebody writes more.

    Args:
        place: Where it goes.
        options: What else is said of it; at least one input.

    Raises:
        MeshError: No input, an input or column that is not there, two inputs of one name.
    """
    given = given_inputs(options.inputs)
    if not given:
        raise MeshError(
            "a function needs an input: add --input sales/orders_v1:day,order_id (or, to start from a file, use --from)"
        )
    upstreams: dict[str, Upstream] = {}
    read: dict[str, tuple[str, ...]] = {}
    for key, given_input in given.items():
        upstream = upstream_of(place, key, given_input, options.store)
        name = given_input.name or key.partition("/")[2].rpartition("_v")[0] or key.partition("/")[2]
        if name in upstreams:
            raise MeshError(f"two inputs are called {name}; give one another name: --input other={key}")
        columns = tuple(given_input.columns) or tuple(upstream.schema.names)
        if missing := [column for column in columns if column not in upstream.schema.names]:
            raise MeshError(f"{key} has no column {missing[0]!r}: {did_you_mean(missing[0], upstream.schema.names)}")
        upstreams[name], read[name] = upstream, columns
    first = next(iter(upstreams))
    table = _table(upstreams[first], read[first], options)
    notes = [f"the function passes {first} on as it is: write what it is to do, then mend the contract's columns"]
    if not table.key:
        notes.append("nothing tells what identifies a row: set primaryKey and required in the contract")
    return Draft(place, table, upstreams, read, PYTHON_FILE, _stub(place, upstreams, table), tuple(notes))


def _table(upstream: Upstream, columns: tuple[str, ...], options: Options) -> TableDraft:
    drafts = []
    for name in columns:
        source = upstream.properties.get(name)
        try:
            kind = table_type(upstream.schema.field(name).type)
        except ValueError as error:
            raise MeshError(f"the column {name} of {upstream.key} {error}") from error
        required = bool(source and (source.required or source.primary_key))
        drafts.append(inherited(ColumnDraft(name, kind, "", required), [(source, True)], counts=False))
    daily = upstream.daily and upstream.partition in columns and options.partitions != "none"
    if options.partitions == "daily" and not daily:
        raise MeshError(f"the product cannot be made by days: it does not read the day of {upstream.key}")
    partition = upstream.partition if daily else None
    key = upstream.primary_key if set(upstream.primary_key) <= set(columns) else ()
    if key and partition is not None:
        key = (partition, *(column for column in key if column != partition))
    return TableDraft(tuple(drafts), key, partition=partition)


def _stub(place: Place, upstreams: Mapping[str, Upstream], table: TableDraft) -> str:
    first, *others = upstreams
    arguments = ", ".join(f"{name}: pl.DataFrame" for name in upstreams)
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    returned = f"    return {first}.select({columns})"
    if len(returned) > 120:  # noqa: PLR2004 - the line length
        inner = "".join(f'        "{column.name}",\n' for column in table.columns)
        returned = f"    return {first}.select(\n{inner}    )"
    unused = [f"    del {', '.join(others)}  # not used yet"] if others else []
    made_of = ", ".join(upstream.key for upstream in upstreams.values())
    return "\n".join(
        [
            f'"""{place.table.replace("_", " ").capitalize()}, made of {made_of}."""',
            "",
            "import polars as pl",
            "",
            "",
            f"def {place.table}({arguments}) -> pl.DataFrame:",
            f'    """The rows of {first} as they are; {_types(table)}."""',
            *unused,
            returned,
            "",
        ]
    )


def _types(table: TableDraft) -> str:
    return f"{len(table.columns)} columns, {'one day at a time' if table.partition else 'the whole table'}"
