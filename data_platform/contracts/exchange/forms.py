"""Every form by its name: the ones built in, else ``datacontract-cli``'s.

What belongs here: choosing. What does not: the forms.
"""

from pathlib import Path
from typing import Final

from data_platform.contracts.drafting import About, contract_mapping
from data_platform.contracts.errors import ContractError
from data_platform.contracts.exchange.errors import ExchangeError
from data_platform.contracts.model import Contract
from data_platform.contracts.writing import yaml_text

IMPORTS: Final = ("json-schema", "sql-ddl", "dbt", "odcs")


def export(contract: Contract, form: str, dialect: str) -> str:
    """A contract in another form.

    Args:
        contract: The contract; forms of one table take its first.
        form: ``json-schema``, ``sql-ddl``, ``dbt``, ``markdown`` or ``odcs``, or one of ``datacontract export``.
        dialect: Whose types SQL and dbt have.

    Raises:
        ExchangeError: The form is not known or not installed.
    """
    table = contract.schemas[0]
    product = contract.data_product or table.name
    match form:
        case "json-schema":
            from data_platform.contracts.exchange import json_schema  # noqa: PLC0415 - one of many is needed

            return json_schema.exported(table, contract.name)
        case "sql-ddl":
            from data_platform.contracts.exchange import sql_ddl  # noqa: PLC0415

            return sql_ddl.exported(table, f"{contract.domain}.{product}", dialect)
        case "dbt":
            from data_platform.contracts.exchange import dbt  # noqa: PLC0415

            return dbt.exported(table, product, dialect)
        case "markdown":
            from data_platform.contracts.exchange import markdown  # noqa: PLC0415

            return markdown.exported(contract)
        case "odcs":
            return Path(contract.file).read_text(encoding="utf-8")
    from data_platform.contracts.exchange import external  # noqa: PLC0415

    return external.exported(Path(contract.file), form)


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
        raw = dict(read(text.encode(), file=file).data)
    except ContractError as error:
        raise ExchangeError(f"{file} is no ODCS contract: {error}") from error
    schemas = [schema for schema in raw.get("schema") or () if isinstance(schema, dict)]
    if len(schemas) != 1:
        raise ExchangeError(f"{file} has {len(schemas)} tables; a product is one: give a file with one")
    columns = [
        column for column in schemas[0].get("properties") or () if isinstance(column, dict) and column.get("name")
    ]
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
    return yaml_text(mapping)
