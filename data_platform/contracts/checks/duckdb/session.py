"""The one place that opens a DuckDB for SQL that others wrote, and that lets such SQL pass.

What belongs here: the lock and the gate. What does not: what the SQL is for (``sql``, SQL transforms).

Three walls, one behind the other; files, network and settings are behind the last one too:

1. *Parse*: sqlglot must read exactly one query, and DuckDB's own parser (``json_serialize_sql``) must too, so that no
   difference between two parsers is a way through.
2. *Names*: in DuckDB's own syntax tree every table must be one that was allowed, every table function harmless, and
   no function may look at the process, its settings or its catalog.
3. *Engine*: no files, network, extensions or Python variables; settings locked; memory, threads and time limited.
   DuckDB counts tables, sorts, joins and groups against its memory limit, but not long texts and lists, and it hears an
   interrupt between rows only. What is beyond is the process's limit: a command of `data-platform` is watched from
   outside (``confined``), and a run has ``DATA_PLATFORM_RUN_MEMORY``.
"""

import json
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import duckdb

from data_platform.confined.board import PARSE_SECONDS, allowed, working
from data_platform.confined.memory import size_of
from data_platform.settings import COMMAND_MEMORY_VARIABLE, QUERY_SECONDS_VARIABLE, RUN_MEMORY_VARIABLE

_SETTINGS: Final = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_unsigned_extensions": "false",
    "allow_persistent_secrets": "false",
}
_OF_EVERY_SESSION: Final = {
    "python_enable_replacements": "false",
    "python_scan_all_frames": "false",
    "TimeZone": "'UTC'",
    "lock_configuration": "true",  # the last: nothing can be set after it
}
_TABLE_FUNCTIONS: Final = frozenset({"unnest", "range", "generate_series"})
_FUNCTIONS: Final = frozenset(
    {
        "getenv", "current_setting", "set_config", "getvariable", "sleep_ms", "nextval", "currval", "write_log",
        "txid_current", "current_query", "current_query_id", "current_connection_id", "current_transaction_id",
        "current_database", "current_catalog", "current_schema", "current_schemas", "current_user", "current_role",
        "session_user", "user", "version", "in_search_path", "get_block_size", "parse_duckdb_log_message", "query",
        "query_table", "which_secret", "json_execute_serialized_sql", "json_serialize_sql", "json_serialize_plan",
        "json_deserialize_sql", "stats", "read_text", "read_blob", "setseed",
    }
)  # fmt: skip
_FUNCTION_PREFIXES: Final = ("pg_", "duckdb_", "pragma_", "inet_", "has_", "__internal", "icu_collate_")
_RESERVED: Final = re.compile(r"(?:duckdb_|pg_|sqlite_|pragma_|information_schema).*", re.IGNORECASE)
_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class UnsafeSqlError(ValueError):
    """SQL that is not one SELECT over the tables that it may read. The message says what is in it."""


class TimedOutError(RuntimeError):
    """A query that ran longer than it may."""


@dataclass(frozen=True)
class Limits:
    """What a query may use.

    Attributes:
        memory: The most memory of DuckDB, as it writes sizes; beyond it goes to disk.
        threads: The most threads; ``None``: one a core.
        seconds: The longest that one query may run.
        spill: Folder for what does not fit into memory; ``None``: a new one below the folder for temporary files.
    """

    memory: str = "2GB"
    threads: int | None = None
    seconds: float = 600.0
    spill: str | None = None


@contextmanager
def locked(limits: Limits | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an empty DuckDB in memory that can reach nothing but what is registered with it.

    Args:
        limits: What it may use.

    Yields:
        The connection; ``register`` works, settings cannot be changed. Time zone UTC. Closed afterwards, and what it
        wrote to disk is deleted.
    """
    limits = limits or Limits()
    spill = tempfile.mkdtemp(prefix="data_platform-", dir=limits.spill)
    try:
        with allowed(size_of(limits.memory)), _opened(limits.memory, limits.threads, spill) as connection:
            yield connection
    finally:
        shutil.rmtree(spill, ignore_errors=True)


@contextmanager
def session(limits: Limits) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a session of a locked DuckDB that this process keeps: opening one anew takes 22 ms of computing.

    What is registered, and temporary tables and views, are the session's own. Nothing else may be made in it. All
    sessions with the same limits share the memory.

    Args:
        limits: What it may use.

    Yields:
        The connection, as `locked` has it. Closed afterwards, and what it wrote to disk is deleted.
    """
    # The folder is held as well: should others take this one's place among those kept, it is there to the end.
    kept, _folder = _kept(os.getpid(), limits.memory, limits.threads, limits.spill)
    with allowed(size_of(limits.memory)), kept.cursor() as connection:
        yield connection


@lru_cache(maxsize=4)
def _kept(
    _process: int, memory: str, threads: int | None, spill: str | None
) -> tuple[duckdb.DuckDBPyConnection, tempfile.TemporaryDirectory[str]]:
    """A database and the folder for what does not fit into memory; a forked process has none of its threads."""
    folder = tempfile.TemporaryDirectory(prefix="data_platform-", dir=spill, ignore_cleanup_errors=True)
    return _opened(memory, threads, folder.name), folder


def _opened(memory: str, threads: int | None, spill: str) -> duckdb.DuckDBPyConnection:
    given: dict[str, Any] = {**_SETTINGS, "memory_limit": memory, "temp_directory": spill}
    if threads:
        given["threads"] = threads
    connection = duckdb.connect(":memory:", config=given)
    for name, value in _OF_EVERY_SESSION.items():
        connection.execute(f"SET GLOBAL {name} = {value}")
    return connection


@contextmanager
def time_limit(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    """Stop what the connection runs inside when the time is over.

    Raises:
        TimedOutError: It was.
    """
    timer = threading.Timer(seconds, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        with working("a query", seconds, QUERY_SECONDS_VARIABLE):
            yield
    except duckdb.InterruptException as error:
        message = f"stopped after {seconds:g} seconds, the longest that a query may run ({QUERY_SECONDS_VARIABLE})"
        raise TimedOutError(message) from error
    finally:
        timer.cancel()


def too_large() -> str:
    """What is said of a query that ran out of memory, in place of DuckDB's words, which tell of its settings."""
    where = (
        f"`memory` in the product's defs.yaml, {COMMAND_MEMORY_VARIABLE} for commands, {RUN_MEMORY_VARIABLE} for runs"
    )
    return f"it needs more memory than it may take: let it make less at once, or set {where}"


def check_select(connection: duckdb.DuckDBPyConnection, sql: str, tables: Collection[str]) -> None:
    """Let SQL pass that is one SELECT over allowed tables.

    Args:
        connection: A locked one; its parser is asked, nothing is run.
        sql: DuckDB's dialect.
        tables: Names that it may read, as it writes them (``orders``, ``sales.orders``); case does not matter, as
            nowhere in SQL.

    Raises:
        UnsafeSqlError: Anything else.
    """
    with working("reading a query", PARSE_SECONDS):
        _check_one_query(sql)
        serialized = connection.execute("SELECT json_serialize_sql($1)", [sql]).fetchone()
        tree: dict[str, Any] = json.loads(serialized[0]) if serialized else {"error": True}
    if tree["error"]:
        raise UnsafeSqlError(f"no SELECT that DuckDB can read: {tree.get('error_message', 'unknown error')}")
    if len(tree["statements"]) != 1:
        raise UnsafeSqlError(f"{len(tree['statements'])} statements; write one SELECT")
    nodes = list(_nodes(tree))
    common = {entry["key"] for node in nodes for entry in _common_tables(node)}
    if bad := sorted(name for name in common if not _PLAIN_NAME.fullmatch(name) or _RESERVED.fullmatch(name)):
        raise UnsafeSqlError(f"WITH {bad[0]!r}: name it with letters, digits and underscores, not like a system table")
    allowed = {name.casefold() for name in tables} | {name.casefold() for name in common}
    for node in nodes:
        _check_node(node, allowed)


def _check_one_query(sql: str) -> None:
    import sqlglot  # noqa: PLC0415 - costs as much as DuckDB, and few contracts have SQL
    from sqlglot import exp  # noqa: PLC0415

    try:
        statements = sqlglot.parse(sql, dialect="duckdb")
    except (sqlglot.errors.SqlglotError, RecursionError) as error:
        raise UnsafeSqlError(f"no SQL that can be read: {str(error).splitlines()[0]}") from error
    queries = [statement for statement in statements if statement is not None]
    if len(queries) != 1:
        raise UnsafeSqlError(f"{len(queries)} statements; write one SELECT")
    if not isinstance(queries[0], exp.Query) or queries[0].find(exp.Into, exp.DDL, exp.DML, exp.Command):
        raise UnsafeSqlError(f"{queries[0].key.upper()} is no SELECT; only a SELECT may run here")


def _nodes(tree: object) -> Iterator[dict[str, Any]]:
    """All objects of the syntax tree."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            yield node
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)


def _common_tables(node: dict[str, Any]) -> list[dict[str, Any]]:
    mapping = node.get("cte_map")
    return mapping["map"] if isinstance(mapping, dict) else []


def _check_node(node: dict[str, Any], allowed: set[str]) -> None:
    kind = node.get("type")
    if kind == "BASE_TABLE":
        parts = [node.get("catalog_name"), node.get("schema_name"), node["table_name"]]
        name = ".".join(part for part in parts if part)
        if name.casefold() not in allowed:
            raise UnsafeSqlError(f"table {name!r} may not be read here; allowed are {sorted(allowed)}")
    elif kind == "TABLE_FUNCTION":
        function = str(node["function"].get("function_name", "")).lower()
        if function not in _TABLE_FUNCTIONS:
            raise UnsafeSqlError(
                f"table function {function}() may not be called; allowed are {sorted(_TABLE_FUNCTIONS)}"
            )
    elif kind == "SHOW_REF":
        raise UnsafeSqlError("SHOW, DESCRIBE and SUMMARIZE may not be run here")
    elif node.get("class") == "PARAMETER":
        raise UnsafeSqlError("parameters have no value here")
    elif "function_name" in node:
        function = str(node["function_name"]).lower()
        if function in _FUNCTIONS or function.startswith(_FUNCTION_PREFIXES):
            raise UnsafeSqlError(f"function {function}() may not be called: it looks at the process, not at the data")
