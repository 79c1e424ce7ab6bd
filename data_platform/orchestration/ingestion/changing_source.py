"""The raw table of a source that is brought up to date by what changed, rather than made anew.

What belongs here: the step, in Dagster's words, and its commits. What does not: what is taken
(``ingestion.sources.changes``), and sources that are made anew (``source_asset``).
"""

from collections.abc import Iterator
from typing import Any, Final

import dagster as dg
import pyarrow as pa

from data_platform.ingestion.sources.changes import Update, state_after, state_of, take_update
from data_platform.ingestion.sources.judging import key_problems, problems_of, problems_of_total
from data_platform.ingestion.sources.landing import archive_of, marks_of, raw_rows
from data_platform.ingestion.sources.opening import opened_table
from data_platform.ingestion.sources.reading import ALL
from data_platform.ingestion.sources.spec import SourceSpec
from data_platform.ingestion.sources.where import SqlWhere
from data_platform.orchestration.ingestion.assets import check_results, refuse_broken, source_failures
from data_platform.orchestration.ingestion.restatement import MARKS
from data_platform.orchestration.io.metadata import ROW_COUNT, describe, describe_rows
from data_platform.storage.delta import open_table, replace_table
from data_platform.storage.delta.modes import upsert
from data_platform.storage.objects.store import ObjectStore

CHANGED_ROWS: Final = "changed_rows"
"""Metadata: how many rows were put in place; all, where the table was made anew."""

Results = Iterator[dg.AssetCheckResult | dg.MaterializeResult[None]]


def changed_rows_in_place(
    context: dg.AssetExecutionContext, store: ObjectStore, where: SqlWhere, spec: SourceSpec
) -> Results:
    """Take what changed, check it, and put it in place in one commit; nothing is written where nothing moved.

    Args:
        context: Of the step.
        store: Where raw tables are.
        where: The table of the database.
        spec: What is declared of it.

    Yields:
        The checks, then the materialization.

    Raises:
        Failure: A check is not passed, or source or store fail.
    """
    domain, name = context.asset_key.path
    path = f"{domain}/{name}"
    with source_failures():
        with opened_table(spec, where) as table:
            update = take_update(table, archive_of(store, domain, name, spec.landing), spec, path)
        told = {"no_new_columns": list(update.new_columns)}
        yield from check_results(told, dg.AssetCheckSeverity.WARN)
        problems, rows = _judged(update, spec)
        yield from check_results(problems)
        refuse_broken(problems)
        yield dg.MaterializeResult(metadata=_written(context, store, path, spec, update, rows))


def _judged(update: Update, spec: SourceSpec) -> tuple[dict[str, list[str]], pa.Table | None]:
    """What is wrong by check, and the rows to be put in place where nothing is."""
    if update.piece is None:
        return problems_of_total(update.rows, spec), None
    if not update.whole:
        return problems_of_total(update.rows, spec), raw_rows([update.piece], spec, None)
    problems = problems_of({ALL: [update.piece]}, spec)
    if problems["columns_as_declared"]:
        return problems, None
    rows = raw_rows([update.piece], spec, None)
    return problems | key_problems({ALL: rows}, spec), rows


def _written(
    context: dg.AssetExecutionContext,
    store: ObjectStore,
    path: str,
    spec: SourceSpec,
    update: Update,
    rows: pa.Table | None,
) -> dict[str, Any]:
    """Write the rows, if there are any to write, and say what there is now."""
    about: dict[str, Any] = {"new_columns": dg.MetadataValue.json(list(update.new_columns))}
    piece = update.piece
    if piece is None or rows is None:
        version = open_table(store, path).version()
        about |= describe(store.uri(path), 0, {"table_version": version, CHANGED_ROWS: 0})
    else:
        said: dict[str, object] = {"run_id": context.run.run_id, "asset": path}
        said |= state_after(update, spec, state_of(store, path)).as_metadata()
        if update.whole:
            commit = replace_table(store, path, rows, metadata=said, declared=rows.schema)
        else:
            commit = upsert(store, path, rows, spec.key, metadata=said)
        numbers = {"table_version": commit.version, CHANGED_ROWS: rows.num_rows}
        about |= describe(store.uri(path), sum(file.size for file in commit.files), numbers) | describe_rows(rows)
        about |= {
            MARKS: dg.MetadataValue.json(marks_of([piece])),
            "landed": dg.MetadataValue.json([piece.landed.uri]),
            "taken_at": dg.MetadataValue.timestamp(piece.landed.taken_at),
        }
    about |= {ROW_COUNT: update.rows, "taken_now": dg.MetadataValue.bool(piece is not None and piece.now)}
    return about
