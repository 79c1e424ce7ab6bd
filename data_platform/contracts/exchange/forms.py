"""Every form by its name: the ones built in, else ``datacontract-cli``'s.

What belongs here: choosing. What does not: the forms.
"""

from pathlib import Path
from typing import Final

from data_platform.contracts.drafting import About, contract_mapping
from data_platform.contracts.elements import SchemaObject
from data_platform.contracts.errors import ContractError
from data_platform.contracts.exchange.errors import ExchangeError
from data_platform.contracts.model import Contract
from data_platform.contracts.older import as_3_1
from data_platform.contracts.schema import NEWEST
from data_platform.contracts.writing import yaml_text

IMPORTS: Final = ("json-schema", "sql-ddl", "dbt", "odcs")


def export(contract: Contract, form: str, dialect: str, schema: str | None = None) -> str:
    """A contract in another form.

    Args:
        contract: The contract.
        form: ``json-schema``, ``sql-ddl``, ``dbt``, ``markdown`` or ``odcs``, or one of ``datacontract export``.
        dialect: Whose types SQL and dbt have.
        schema: Which table, for the first three, which are forms of one; may be left out where there is one.

    Raises:
        ExchangeError: The form is not known or not installed, or it needs a table or a column that is not there.
    """
    match form:
        case "json-schema":
            from data_platform.contracts.exchange import json_schema  # noqa: PLC0415 - one of many is needed

            return json_schema.exported(_table(contract, schema), contract.name)
        case "sql-ddl":
            from data_platform.contracts.exchange import sql_ddl  # noqa: PLC0415

            table = _table(contract, schema)
            return sql_ddl.exported(table, (contract.domain, _product(contract, table)), dialect)
        case "dbt":
            from data_platform.contracts.exchange import dbt  # noqa: PLC0415

            table = _table(contract, schema)
            return dbt.exported(table, _product(contract, table), dialect)
        case "markdown":
            from data_platform.contracts.exchange import markdown  # noqa: PLC0415

            return markdown.exported(contract)
        case "odcs":
            return Path(contract.file).read_text(encoding="utf-8")
    from data_platform.contracts.exchange import external  # noqa: PLC0415

    return external.exported(Path(contract.file), form)


def _table(contract: Contract, schema: str | None) -> SchemaObject:
    """The table that a form of one table is made of."""
    tables = [table for table in contract.schemas if schema in {None, table.name}]
    if len(tables) != 1:
        names = ", ".join(table.name for table in contract.schemas) or "none"
        fix = "name one with --schema" if contract.schemas else "add schema: [{name: …, properties: […]}]"
        raise ExchangeError(f"{contract.file} has the tables {names}, and this is a form of one: {fix}")
    (table,) = tables
    if not all(column.name for column in table.properties):
        raise ExchangeError(f"{contract.file}: a property of {table.name} has no name; write one")
    return table


def _product(contract: Contract, table: SchemaObject) -> str:
    """What a table is called elsewhere: as the product, where it is the only table."""
    return (contract.data_product if len(contract.schemas) == 1 else None) or table.name


def import_(file: Path, form: str, about: About, dialect: str, name: str | None = None) -> str:
    """A contract of this mesh, as its YAML, made of a file in another form.

    Args:
        file: The file.
        form: One of ``IMPORTS``, or one of ``datacontract import``.
        about: Whose product it is to be.
        dialect: Whose SQL it is.
        name: Which of several models or tables.

    Raises:
        ExchangeError: The file cannot be read as that form.
    """
    if form not in IMPORTS:
        from data_platform.contracts.exchange import external  # noqa: PLC0415 - one of many is needed

        return _adopted(external.imported(file, form), str(file), about)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ExchangeError(f"{file} cannot be read: {error}; give a file in UTF-8") from error
    match form:
        case "json-schema":
            from data_platform.contracts.exchange import json_schema_reading  # noqa: PLC0415

            _, table = json_schema_reading.imported(text, str(file))
        case "sql-ddl":
            from data_platform.contracts.exchange import sql_ddl  # noqa: PLC0415

            _, table = sql_ddl.imported(text, str(file), dialect)
        case "dbt":
            from data_platform.contracts.exchange import dbt  # noqa: PLC0415

            _, table = dbt.imported(text, str(file), dialect, name)
        case _:
            return _adopted(text, str(file), about)
    return yaml_text(contract_mapping(about, table))


def _adopted(text: str, file: str, about: About) -> str:
    """A contract that another tool wrote, as one of this mesh: under our names, its columns as they are."""
    from data_platform.contracts.drafting import ColumnDraft, TableDraft  # noqa: PLC0415
    from data_platform.contracts.source import read  # noqa: PLC0415 - one of many is needed

    try:
        raw = as_3_1(read(text.encode(), file=file).data)
    except ContractError as error:
        raise ExchangeError(f"{file} is no ODCS contract: {error}") from error
    schemas = [schema for schema in raw.get("schema") or () if isinstance(schema, dict)]
    if len(schemas) != 1:
        raise ExchangeError(f"{file} has {len(schemas)} tables; a product is one: give a file with one")
    columns = [column for column in schemas[0].get("properties") or () if isinstance(column, dict)]
    if not all(column.get("name") for column in columns):
        raise ExchangeError(f"{file}: a property of {schemas[0].get('name')} has no name; write one")
    own = {"name", "description", "required", "classification"}
    mapping = contract_mapping(
        about,
        TableDraft(
            tuple(
                ColumnDraft(
                    str(column["name"]),
                    {},
                    str(column.get("description") or ""),
                    column.get("required") is True,
                    column.get("classification"),
                    {key: value for key, value in column.items() if key not in own},
                )
                for column in columns
            ),
            row=str(schemas[0].get("description") or f"One row of {about.table}."),
            quality=[rule for rule in schemas[0].get("quality") or () if isinstance(rule, dict)],
        ),
    )
    return yaml_text({**mapping, "apiVersion": NEWEST} if raw.get("apiVersion") == NEWEST else mapping)
