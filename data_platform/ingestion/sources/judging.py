"""What stops a delivery, and what is only told of it.

What belongs here: the promises that every source is held to, each with its problems. What does not: reading a delivery
(``landing``), and how Dagster is told (``orchestration.ingestion.source_asset``).
"""

from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa

from data_platform.ingestion.sources.drift import drift
from data_platform.ingestion.sources.files.pattern import Pattern
from data_platform.ingestion.sources.landing import Piece, repeated_keys
from data_platform.ingestion.sources.reading import ALL, Remarks
from data_platform.ingestion.sources.spec import SourceSpec
from data_platform.ingestion.sources.where import FilesWhere, SqlWhere


def promises(spec: SourceSpec) -> dict[str, str]:
    """The checks of a source that block, by name."""
    of = "day" if spec.daily else "delivery"
    checks = {"columns_as_declared": "No column is missing or of another type, and everything can be read"}
    if reader := spec.reader:
        checks["format_as_agreed"] = f"{reader} says that nothing is wrong with what came"
    if isinstance(spec.source, SqlWhere):
        checks["rows_match_source"] = "As many rows as the database counted in the same transaction"
    if spec.key:
        checks["keys_unique"] = f"No key occurs twice: {', '.join(spec.key)}"
    if spec.empty == "refused":
        checks["not_empty"] = f"Every {of} has at least one row"
    if spec.least_rows:
        checks["enough_rows"] = f"Every {of} has at least {spec.least_rows} rows"
    return checks


def told(spec: SourceSpec) -> dict[str, str]:
    """The checks of a source that only warn, by name."""
    checks = {"no_new_columns": "The source has no column that nobody named; what is new is kept in what was landed"}
    if spec.partition is not None and isinstance(spec.source, SqlWhere):
        checks["rows_have_a_day"] = "Every row is of a day; one that is not is never taken"
    if isinstance(spec.source, FilesWhere) and spec.daily and spec.source.names_all:
        checks["no_file_missing"] = "Every file that is named is there; one that is late makes its day again"
    return checks


def problems_of(taken: Mapping[str, Sequence[Piece]], spec: SourceSpec) -> dict[str, list[str]]:
    """What is wrong with deliveries, by blocking check; `raw_rows` can be made where nothing is.

    Args:
        taken: The pieces of each slot.
        spec: What is declared.
    """
    problems: dict[str, list[str]] = {check: [] for check in promises(spec)}
    for slot, pieces in taken.items():
        rows = sum(piece.rows.num_rows for piece in pieces)
        for piece in pieces:
            if piece.problems:  # whoever could not read it says nothing of its columns
                problems["format_as_agreed"] += [f"{piece.name}: {problem}" for problem in piece.problems]
                continue
            problems["columns_as_declared"] += _columns(piece, spec)
            if piece.counted is not None and piece.counted != piece.rows.num_rows and "rows_match_source" in problems:
                problems["rows_match_source"].append(f"{slot}: {piece.rows.num_rows} rows instead of {piece.counted}")
        for check, problem in _too_few(slot, rows, spec).items():
            problems[check].append(problem)
    return problems


def problems_of_total(rows: int, spec: SourceSpec) -> dict[str, list[str]]:
    """What is wrong with a table that is right in everything but perhaps the number of its rows, by blocking check.

    Args:
        rows: How many it has.
        spec: What is declared.
    """
    few = _too_few(ALL, rows, spec)
    return {check: [few[check]] if check in few else [] for check in promises(spec)}


def key_problems(tables: Mapping[str, pa.Table], spec: SourceSpec) -> dict[str, list[str]]:
    """Which keys occur twice in a slot's rows, where there is a key."""
    if not spec.key:
        return {}
    return {"keys_unique": [key for table in tables.values() for key in repeated_keys(table, spec.key)]}


def remarks_of(taken: Mapping[str, Sequence[Piece]], remarks: Remarks, spec: SourceSpec) -> dict[str, list[str]]:
    """What is told of deliveries, by check that warns."""
    remarked = {"no_new_columns": new_columns(taken, spec)}
    if spec.partition is not None and isinstance(spec.source, SqlWhere):
        without = remarks.without_day
        remarked["rows_have_a_day"] = (
            [f"{without} rows have no {spec.partition.column}, so they are of no day and not taken"] if without else []
        )
    if "no_file_missing" in told(spec):
        remarked["no_file_missing"] = [name for slot, pieces in taken.items() for name in _missing(slot, pieces, spec)]
    return remarked


def new_columns(taken: Mapping[str, Sequence[Piece]], spec: SourceSpec) -> list[str]:
    """Columns that somebody's delivery has and nobody named."""
    pieces = [piece for pieces in taken.values() for piece in pieces]
    return sorted({name for piece in pieces for name in drift(piece.rows.schema, spec, text=piece.text).new})


def _too_few(slot: str, rows: int, spec: SourceSpec) -> dict[str, str]:
    """The checks that so many rows do not pass, each with what to say."""
    few = {}
    if spec.empty == "refused" and not rows:
        few["not_empty"] = f"{slot} has no rows"
    if rows < (spec.least_rows or 0):
        few["enough_rows"] = f"{slot} has {rows} rows, and at least {spec.least_rows} were to come"
    return few


def _missing(slot: str, pieces: Sequence[Piece], spec: SourceSpec) -> list[str]:
    """The files that a day is to have and that it has not, as far as ``defs.yaml`` names them."""
    source = spec.source
    address = getattr(source, "path", "") or source.url
    there = [f"/{piece.name}" for piece in pieces]
    wanted = [f"/{name.lstrip('/')}" for name in Pattern(address).named(date.fromisoformat(slot))]
    # A piece is called by its path below a server, a bucket or this machine's root.
    return [name[1:] for name in wanted if not any(own.endswith(name) or name.endswith(own) for own in there)]


def _columns(piece: Piece, spec: SourceSpec) -> list[str]:
    if piece.broken:
        return [piece.broken]
    found = drift(piece.rows.schema, spec, text=piece.text, rows=piece.rows.num_rows)
    problems = list(found.problems)
    if spec.late_days and spec.partition is not None and piece.rows.num_rows:
        column = spec.partition.column
        if column not in piece.rows.column_names:
            problems.append(f"column {column} is missing: it says of which day a row is")
    return [f"{piece.name}: {problem}" for problem in problems]
