"""Tables beside the batch that a contract's rules refer to, read from the store as far as the rules need them.

What belongs here: which tables and columns, and reading them. What does not: the rules.
"""

import re
from contextlib import suppress
from typing import Final

import pyarrow as pa
import sqlglot
from sqlglot import exp

from data_platform.contracts.checks.model import TableChecks
from data_platform.contracts.rules.kinds.foreign_key import ForeignKey
from data_platform.contracts.rules.kinds.sql_query import Sql
from data_platform.products.folder import Product
from data_platform.products.names import is_key
from data_platform.storage.delta import exists, open_scan, read_table
from data_platform.storage.delta.scan import TableScan
from data_platform.storage.errors import MissingTable
from data_platform.storage.objects.store import ObjectStore

_PLACEHOLDER: Final = re.compile(r"\$?\{\s*\w+\s*\}")


def referred(checks: TableChecks) -> dict[str, list[str] | None]:
    """The products that rules refer to, each with the columns needed; ``None``: all."""
    columns_by_product: dict[str, list[str] | None] = {}
    for check in checks.checks:
        rule = check.rule
        if isinstance(rule, ForeignKey) and is_key(rule.table):
            known = columns_by_product.setdefault(rule.table, [])
            if known is not None:
                known += [name for name in rule.to_columns if name not in known]
        elif isinstance(rule, Sql):
            columns_by_product.update(dict.fromkeys(_named(rule.query)))
    return columns_by_product


def open_others(store: ObjectStore, checks: TableChecks) -> dict[str, TableScan]:
    """Scans of the products that rules refer to, one that was never published left out.

    Raises:
        StorageError: One cannot be read.
    """
    scans: dict[str, TableScan] = {}
    for key, columns in referred(checks).items():
        with suppress(MissingTable):  # the rule then says so, and cannot be kept
            scans[key] = open_scan(store, key, columns=columns)
    return scans


def taken_keys(store: ObjectStore, product: Product, batch: pa.Table) -> int:
    """How many rows of a batch have a primary key that a published row has."""
    if not exists(store, product.key):
        return 0
    names = list(product.primary_key)
    keys = batch.select(names)
    there = read_table(store, product.key, columns=names).cast(keys.schema)
    return int(keys.join(there, names, join_type="left semi").num_rows)


def _named(query: str) -> list[str]:
    """The products that a SQL rule names: as ``"domain/name"``, in double quotes."""
    try:
        statements = sqlglot.parse(_PLACEHOLDER.sub("placeholder", query), dialect="duckdb")
    except (sqlglot.errors.SqlglotError, RecursionError):
        return []  # the check says so
    tables = [
        table.name for statement in statements if statement is not None for table in statement.find_all(exp.Table)
    ]
    return [name for name in tables if is_key(name)]
