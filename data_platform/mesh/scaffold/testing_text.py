"""The test of a new product, as text: what its transform makes of one row of each input.

What belongs here: finding an example that keeps the contract, and writing it down. What does not: single values
(``example``).
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa

from data_platform.contracts.elements import Property
from data_platform.mesh.scaffold.example import day_in, example
from data_platform.mesh.scaffold.inherit import EXAMPLE_DAY
from data_platform.mesh.scaffold.place import Place
from data_platform.products.errors import ProductError
from data_platform.products.folder import Product
from data_platform.products.schema import arrow_type
from data_platform.products.testing import RunResult, run

_LINE: Final = 120
_CHANGING: Final = re.compile(r"\b(now|current_\w+|today|random|uuid\w*|gen_random_uuid|utcnow)\b", re.IGNORECASE)

Rows = list[dict[str, Any]]


def text_of_test(place: Place, product: Product) -> str:
    """The text of a test of a product, which passes.

    The example is the first of these that the contract accepts: a row of each input (of an input without a contract as
    text, as files have it, then in the product's types), no rows at all; and where the transform fails on all of them,
    only that the folder can be read. All values are made up, by the contract.

    Args:
        place: Where the product goes.
        product: The product, as it can be read now.
    """
    partition = EXAMPLE_DAY.isoformat() if product.partitions else None
    nothing: dict[str, Rows] = {upstream.name: [] for upstream in product.inputs}
    for inputs in (_one_row_each(product, as_text=True), _one_row_each(product, as_text=False), nothing):
        try:
            result = run(product, inputs, partition=partition)
        except ProductError:
            continue
        if result.report.passed:
            return _text(place, product, inputs, result, partition)
    return (
        f'"""{place.key}: it can be read. Written by `data-platform new`; add what it makes of an example."""\n\n'
        "from data_platform.testing import DOMAINS, read_product\n\n\n"
        "def test_its_folder_can_be_read() -> None:\n"
        f'    assert read_product(DOMAINS / "{place.domain}" / "{place.name}").warnings == ()\n'
    )


def _one_row_each(product: Product, *, as_text: bool) -> dict[str, Rows]:
    rows: dict[str, Rows] = {}
    for upstream in product.inputs:
        known = (
            {column.column: column for column in upstream.contract.schemas[0].properties} if upstream.contract else {}
        )
        row = {}
        for name in upstream.columns:
            column = known.get(name) or _product_column(product, name)
            kind = arrow_type(column) if column else pa.string()
            value = day_in(kind) if column and column.partitioned else example(kind, column)
            row[name] = _raw(value) if as_text and name not in known else value
        rows[upstream.name] = [row]
    return rows


def _raw(value: object) -> str:
    """A value as a file of text has it."""
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _product_column(product: Product, name: str) -> Property | None:
    return next((column for column in product.schema.properties if column.column == name), None)


def _text(place: Place, product: Product, inputs: Mapping[str, Rows], result: RunResult, partition: str | None) -> str:
    changing = _CHANGING.search(product.source.text) is not None
    rows = "" if changing else literal(result.rows, 4, len("assert result.rows == "))
    given = literal(inputs, 0, len("INPUTS: Final[dict[str, list[dict[str, Any]]]] = "))
    call = f'run("{place.key}", INPUTS{f", partition={literal(partition)}" if partition else ""})'
    lines = [
        f'"""{place.key}: what it makes of an example. Written by `data-platform new`; add what matters."""',
        "",
        *_imports(f"{given} {rows}"),
        "from typing import Any, Final",
        "",
        "from data_platform.testing import run",
        "",
        f"INPUTS: Final[dict[str, list[dict[str, Any]]]] = {given}",
        "",
        "",
        "def test_an_example_keeps_the_contract() -> None:",
        f"    result = {call}",
        "    assert result.report.passed, result.report",
    ]
    return "\n".join([*lines, *([] if changing else [f"    assert result.rows == {rows}"]), ""])


def _imports(text: str) -> Iterable[str]:
    dates = [name for name in ("UTC", "date", "datetime", "time") if re.search(rf"(?<!\.)\b{name}\b[(,)]", text)]
    if dates:
        yield f"from datetime import {', '.join(dates)}"
    if "Decimal(" in text:
        yield "from decimal import Decimal"


def literal(value: object, indent: int = 0, before: int = 0) -> str:
    """A value as Python source, in one line where it fits in 120 characters, else one entry a line.

    Args:
        value: Plain data, dates and decimals.
        indent: The indentation of the line that it starts in.
        before: How many characters stand before it in that line.
    """
    flat = _flat(value)
    if not isinstance(value, Mapping | list) or not value or indent + before + len(flat) <= _LINE:
        return flat
    inner = indent + 4
    pad = " " * inner
    if isinstance(value, Mapping):
        entries = [f"{_flat(k)}: {literal(v, inner, len(_flat(k)) + 3)}" for k, v in value.items()]
        opening, closing = "{", "}"
    else:
        entries = [literal(item, inner, 1) for item in value]
        opening, closing = "[", "]"
    return "\n".join([opening, *(f"{pad}{entry}," for entry in entries), " " * indent + closing])


def _flat(value: object) -> str:  # noqa: PLR0911 - one for each kind of value
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flat(key)}: {_flat(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flat, value)) + "]"
    if isinstance(value, datetime):
        zone = ", tzinfo=UTC" if value.tzinfo else ""
        parts = [value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond]
        while len(parts) > 5 and parts[-1] == 0:  # noqa: PLR2004 - hours and minutes stay
            parts.pop()
        return f"datetime({', '.join(map(str, parts))}{zone})"
    if isinstance(value, date):
        return f"date({value.year}, {value.month}, {value.day})"
    if isinstance(value, time):
        return f"time({value.hour}, {value.minute})"
    if isinstance(value, Decimal):
        return f'Decimal("{value}")'
    if isinstance(value, str):
        return '"' + repr(value)[1:-1].replace("\\'", "'").replace('"', '\\"') + '"'
    return repr(value)
