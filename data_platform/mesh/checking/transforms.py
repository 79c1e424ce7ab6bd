"""Whether a transform can keep its contract, seen before it runs on any data.

What belongs here: the names, types, nulls and keys of a transform's result, by what its inputs are declared to be, put
beside the contract. What does not: whether the parts of a folder agree (``products``), and data (``trying``).

A query is run by DuckDB on tables without rows, where and as it is run on full ones; where nothing says the types of an
input (a raw asset of the own domain), its columns are followed by its text alone. A Python function is called with
frames without rows; what it gives then need not be what it gives of rows, so that it is doubted, never refused.
"""

import contextlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from data_platform.contracts.elements import Property
from data_platform.contracts.findings import Finding, Position, Severity
from data_platform.contracts.properties import ExtraColumns
from data_platform.contracts.stored_types import type_for_table
from data_platform.contracts.suggest import closest
from data_platform.contracts.types.arrow import of_arrow
from data_platform.contracts.types.holding import may_hold, overlaps
from data_platform.contracts.types.model import ColumnType
from data_platform.contracts.types.reading import UnknownTypeError, parse
from data_platform.contracts.types.writing import written
from data_platform.lineage.errors import InvalidSelect
from data_platform.mesh.checking.promises import doubtful_promises
from data_platform.mesh.scaffold.inherit import EXAMPLE_DAY
from data_platform.products.errors import ProductError
from data_platform.products.folder import Product
from data_platform.products.schema import arrow_schema
from data_platform.products.transform import limits_of

_RULE: Final = "transform"
_JSON: Final = frozenset({"object", "array", "map"})


@dataclass(frozen=True)
class _Result:
    """What a transform gives.

    Attributes:
        types: The type of each column, by name; None: it cannot be told.
        sure: Whether it gives the same of rows.
    """

    types: Mapping[str, ColumnType | None]
    sure: bool


def transform_findings(product: Product, *, call_functions: bool = True) -> list[Finding]:
    """Find what a product's transform cannot keep of its contract, or may not.

    Args:
        product: The product; one with a runner of its own has no transform that is run.
        call_functions: Whether Python functions are called; what only loads a product has no reason to run its code.

    Returns:
        Errors for columns and types that no run can mend, warnings for what rows would have to see to.
    """
    if product.spec.runner is not None or (product.source.kind == "python" and not call_functions):
        return []
    try:
        result = _of_query(product) if product.source.kind == "sql" else _of_function(product)
    except _Refused as refusal:
        return [refusal.finding]
    if result is None:
        return []
    findings = [*_columns(product, result), *_types(product, result)]
    if product.source.kind == "sql" and not findings:
        findings += doubtful_promises(product, tuple(result.types))
    return findings


class _Refused(Exception):  # noqa: N818 - it carries a finding, and is no failure of ours
    """A query that DuckDB does not run, whatever the rows are."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


def _schemas(product: Product) -> dict[str, dict[str, str | None]]:
    """The columns of each input, each with its type in DuckDB's SQL, where its contract says one."""
    schemas: dict[str, dict[str, str | None]] = {}
    for upstream in product.inputs:
        if upstream.contract is None:
            schemas[upstream.name] = dict.fromkeys(upstream.columns)
        else:
            columns = upstream.contract.schemas[0].properties
            schemas[upstream.name] = {column.column: written(type_for_table(column)) for column in columns}
    return schemas


def _empty_inputs(product: Product) -> dict[str, pa.Table] | None:
    """Each input without rows; None: of one, nothing says the types, or it is no table."""
    tables: dict[str, pa.Table] = {}
    for upstream in product.inputs:
        if upstream.contract is None or upstream.files is not None:
            return None
        tables[upstream.name] = arrow_schema(upstream.contract.schemas[0].properties).empty_table()
        if product.source.kind == "python":
            tables[upstream.name] = tables[upstream.name].select(list(upstream.columns))
    return tables


def _of_query(product: Product) -> _Result | None:
    inputs = _empty_inputs(product)
    if inputs is None:
        return _by_text(product)
    from data_platform.products.sql_transform import run_sql  # noqa: PLC0415 - it loads DuckDB

    try:
        schema = run_sql(product, inputs, _example_key(product), limits_of(product)).schema
    except ProductError as error:
        if _by_text(product) is None:
            return None
        raise _Refused(_at_message(product, str(error))) from error
    return _Result({field.name: of_arrow(field.type) for field in schema}, sure=True)


def _by_text(product: Product) -> _Result | None:
    try:
        outputs = product.source.reading(_schemas(product)).outputs
    except InvalidSelect:
        return None  # told where inputs are looked at
    return _Result({output.name: _parsed(output.type) for output in outputs}, sure=True)


def _of_function(product: Product) -> _Result | None:
    inputs = _empty_inputs(product)
    if inputs is None:
        return None
    from data_platform.products.python_transform import run_python  # noqa: PLC0415 - it loads pandas

    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            schema = run_python(product, inputs, _example_key(product)).schema
    except ProductError:
        return None  # it does not take frames without rows, which no contract asks of it
    return _Result({field.name: of_arrow(field.type) for field in schema}, sure=False)


def _example_key(product: Product) -> str | None:
    return EXAMPLE_DAY.isoformat() if product.partitions is not None else None


def _parsed(text: str | None) -> ColumnType | None:
    try:
        return None if text is None else parse(text)
    except UnknownTypeError:
        return None


def _columns(product: Product, result: _Result) -> Iterator[Finding]:
    """Columns that are missing, or that the contract lacks."""
    declared = {column.column: column for column in product.schema.properties if column.semantic_type != "measure"}
    missing = [name for name in declared if name not in result.types]
    unexpected = [name for name in result.types if name not in declared]
    for name in missing:
        column = declared[name]
        needed = column.required or column.primary_key
        message = f"the transform does not make {name}" + ("" if needed else ", which is then null in every row")
        other = closest(name, unexpected) or (unexpected[0] if len(unexpected) == len(missing) == 1 else None)
        fix = f"add it to {product.source.file.name}, or take it out of the contract"
        if other is not None:
            fix = f"call {other} so in {product.source.file.name} (AS {name}), or {fix}"
        severity = Severity.ERROR if result.sure and (needed or other is not None) else Severity.WARNING
        yield product.contract.document.finding(_RULE, severity, column.path, message, fix)
    if product.contract.custom.extra_columns is ExtraColumns.IGNORE:
        return
    for name in unexpected:
        message = f"the transform makes {name}, which is not in the contract"
        fix = "add it to the contract, leave it out, or write dataPlatform.extraColumns: ignore"
        yield _at_output(product, result, name, message, fix)


def _types(product: Product, result: _Result) -> Iterator[Finding]:
    """Columns whose type no value of the contract's has."""
    for column in product.schema.properties:
        own = result.types.get(column.column)
        declared = None if own is None else _contradiction(column, own)
        if own is None or declared is None:
            continue
        message = f"the transform makes {column.column} a {written(own)}, and the contract says {declared}"
        fix = f"cast it: CAST(… AS {written(type_for_table(column))}), or make the contract follow"
        yield _at_output(product, result, column.column, message, fix)


def _contradiction(column: Property, own: ColumnType) -> str | None:
    """What the contract says of a column that no value of a type can be; None: some may be."""
    column_type, logical = column.column_type, column.logical_type
    if column_type is not None and not may_hold(column_type, own):
        return column.physical_type
    in_json = column_type is not None and column_type.family == "json" and logical in _JSON
    if logical is not None and not overlaps(logical, own) and not in_json:
        return f"logicalType {logical}"
    zoned = column.logical_type_options.get("timezone")
    if logical == "timestamp" and isinstance(zoned, bool) and own.zoned is not None and own.zoned != zoned:
        return f"timezone: {str(zoned).lower()}"
    return None


def _at_output(product: Product, result: _Result, name: str, message: str, fix: str) -> Finding:
    """A finding where the transform makes a column."""
    severity = Severity.ERROR if result.sure else Severity.WARNING
    return Finding(_RULE, severity, str(product.source.file), output_position(product, name), (), message, fix)


def output_position(product: Product, name: str) -> Position:
    """Where a query makes a column, as far as its text shows it; else where it or the function begins."""
    start = Position(product.source.line, 1)
    if product.source.kind != "sql":
        return start
    for projection in product.source.select.tree.selects:
        if projection.alias_or_name.lower() == name.lower():
            places = [int(node.meta["start"]) for node in projection.walk() if "start" in node.meta]
            before = product.source.text[: min(places)] if places else ""
            return Position(before.count("\n") + 1, len(before) - before.rfind("\n")) if places else start
    return start


def _at_message(product: Product, text: str) -> Finding:
    """A refusal of DuckDB's at its line."""
    file = str(product.source.file)
    line, _, message = text.removeprefix(f"{file}:").partition(": ")
    position = Position(int(line) if line.isdigit() else 1, 1)
    fix = "DuckDB refuses it whatever the rows are: write it otherwise"
    return Finding(_RULE, Severity.ERROR, file, position, (), message or text, fix)
