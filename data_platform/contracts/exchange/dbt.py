"""Contracts as dbt's ``schema.yml`` of one model, and out of it.

What belongs here: columns, types, tests and constraints as dbt has them (https://docs.getdbt.com/reference/model-properties,
data tests with ``arguments``, as dbt 1.10.5 and later want them; without are read too). What does not: dbt projects.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from data_platform.contracts.drafting import ColumnDraft, TableDraft
from data_platform.contracts.elements import Property, SchemaObject
from data_platform.contracts.errors import UnreadableContractError
from data_platform.contracts.exchange.errors import ExchangeError
from data_platform.contracts.exchange.json_schema_reading import valid_values
from data_platform.contracts.exchange.sql_ddl import type_in
from data_platform.contracts.exchange.types import odcs_type_in
from data_platform.contracts.rules.registry import kinds_with
from data_platform.contracts.source import read
from data_platform.contracts.writing import yaml_text

_UNTYPED: Final = {"logicalType": "string"}


def exported(table: SchemaObject, name: str, dialect: str) -> str:
    """A table as a model.

    Args:
        table: The table.
        name: The model's name.
        dialect: Whose types the columns have.
    """
    model: dict[str, object] = {"name": name}
    if table.description:
        model["description"] = table.description
    model["config"] = {"contract": {"enforced": True}}
    if table.primary_key:
        model["constraints"] = [{"type": "primary_key", "columns": [column.column for column in table.primary_key]}]
    model["columns"] = [_column(column, table, dialect) for column in table.properties]
    return yaml_text({"version": 2, "models": [model]})


def imported(text: str, file: str, dialect: str, name: str | None = None) -> tuple[str, TableDraft]:
    """The table that a model describes.

    Args:
        text: A ``schema.yml``.
        file: What errors call it.
        dialect: Whose types the columns have.
        name: Which model; may be left out where there is one.

    Returns:
        The model's name and columns.

    Raises:
        ExchangeError: It is none, or several models are in it, or a type is not known.
    """
    try:
        data = read(text.encode(), file=file).data
    except UnreadableContractError as error:
        raise ExchangeError(f"{file} is no schema.yml: {error}") from error
    models = [model for model in _list(data.get("models")) if isinstance(model, Mapping)]
    chosen = [model for model in models if name is None or model.get("name") == name]
    if len(chosen) != 1:
        names = ", ".join(str(model.get("name")) for model in models) or "none"
        raise ExchangeError(f"{file} has the models {names}: name one with --name")
    model = chosen[0]
    key = _key(model)
    columns = tuple(
        _draft(column, dialect, file)
        for column in _list(model.get("columns"))
        if isinstance(column, Mapping) and column.get("name")
    )
    if not columns:
        raise ExchangeError(f"{file}: the model {model.get('name')} has no columns; list them, each with a data_type")
    return str(model.get("name") or ""), TableDraft(columns, key, str(model.get("description") or ""))


def _column(column: Property, table: SchemaObject, dialect: str) -> dict[str, object]:
    entry: dict[str, object] = {"name": column.column, "data_type": type_in(column, dialect)}
    if column.description:
        entry["description"] = column.description
    if column.required or column.primary_key:
        entry["constraints"] = [{"type": "not_null"}]
    if column.classification:
        entry["config"] = {"meta": {"classification": column.classification}}
    if tests := [test.written() for kind in kinds_with("dbt_tests") for test in kind.dbt_tests(column, table)]:
        entry["data_tests"] = tests
    return entry


def _key(model: Mapping[str, Any]) -> tuple[str, ...]:
    """The primary key: of the model's constraints, else the columns that have one."""
    for constraint in _list(model.get("constraints")):
        if isinstance(constraint, Mapping) and constraint.get("type") == "primary_key":
            return tuple(map(str, _list(constraint.get("columns"))))
    return tuple(
        str(column.get("name"))
        for column in _list(model.get("columns"))
        if isinstance(column, Mapping) and "primary_key" in _constraints(column)
    )


def _draft(column: Mapping[str, Any], dialect: str, file: str) -> ColumnDraft:
    name = str(column["name"])
    tests = dict(_named_tests(column))
    constraints = _constraints(column)
    more: dict[str, object] = {}
    values = tests.get("accepted_values", {}).get("values")
    if isinstance(values, list) and values:
        rule = valid_values(values)
        more["quality"] = [
            rule | ({"severity": "warning"} if tests["accepted_values"].get("severity") == "warn" else {})
        ]
    if ("unique" in tests or "unique" in constraints) and "primary_key" not in constraints:
        more["unique"] = True
    config = column.get("config")
    meta = config.get("meta") if isinstance(config, Mapping) else column.get("meta")
    label = meta.get("classification") if isinstance(meta, Mapping) else None
    return ColumnDraft(
        name,
        _type(column.get("data_type"), dialect, name, file),
        str(column.get("description") or ""),
        required="not_null" in tests or bool({"not_null", "primary_key"} & constraints),
        classification=str(label) if label else None,
        more=more,
    )


def _type(text: object, dialect: str, name: str, file: str) -> dict[str, object]:
    if not text:
        return dict(_UNTYPED)
    try:
        return odcs_type_in(str(text), dialect)
    except ValueError as error:
        raise ExchangeError(f"{file}: the column {name}, in {dialect}: {error}") from error


def _named_tests(column: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The tests of a column with their arguments, wherever the version of dbt wants these."""
    for test in [*_list(column.get("data_tests")), *_list(column.get("tests"))]:
        if isinstance(test, str):
            yield test, {}
        elif isinstance(test, Mapping):
            for name, arguments in test.items():
                given = arguments if isinstance(arguments, Mapping) else {}
                inner, config = given.get("arguments"), given.get("config")
                severity = (
                    {"severity": config["severity"]} if isinstance(config, Mapping) and "severity" in config else {}
                )
                yield str(name), {**given, **(inner if isinstance(inner, Mapping) else {}), **severity}


def _constraints(column: Mapping[str, Any]) -> set[str]:
    return {
        str(constraint.get("type"))
        for constraint in _list(column.get("constraints"))
        if isinstance(constraint, Mapping)
    }


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []
