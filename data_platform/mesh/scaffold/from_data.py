"""A new product from a file of rows: a raw asset that takes the file as it is, and a query that types it.

What belongs here: from a profile to the texts. What does not: looking at the file (``profile``).

The raw asset is ordinary ingestion, private to the domain: text where the file is text. The product is one SELECT over
it: a value that cannot be read fails the run, which says what it is and in which row (``products.unreadable``). Of a
personal column no message may say that: what is required there becomes null, which the contract refuses, and the
quarantine shows the row to whoever may see it.
"""

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from data_platform.contracts import guesses
from data_platform.contracts.drafting import About, ColumnDraft, TableDraft, personal_columns
from data_platform.contracts.exchange.types import odcs_type_of_sql
from data_platform.contracts.personal.judging import SAMPLE, judged
from data_platform.contracts.personal.kinds import looks_like_a_person
from data_platform.contracts.suggest import did_you_mean
from data_platform.ingestion.errors import SourceError
from data_platform.ingestion.table_files import FileOfRows, opened_rows, quoted
from data_platform.mesh.errors import MeshError
from data_platform.mesh.scaffold.assemble import Draft
from data_platform.mesh.scaffold.column_names import column_names
from data_platform.mesh.scaffold.misfits import misfits
from data_platform.mesh.scaffold.options import Options
from data_platform.mesh.scaffold.place import Place
from data_platform.mesh.scaffold.profile import ColumnProfile, key_of, profiled
from data_platform.mesh.scaffold.raw_text import raw_asset_text, shown_name
from data_platform.mesh.scaffold.upstream import Upstream
from data_platform.products.sources import SQL_FILE

_SURE: Final = 2
_YEAR: Final = re.compile(r"(19|20)\d\d")
_NUMBER: Final = re.compile(r"[-+]?[\d.,:/ -]*\d[\d.,:/ TZ-]*")
"""A number, a date or a time, however it is written."""
_RAW_TYPES: Final = {
    "VARCHAR": "string", "BOOLEAN": "bool", "TINYINT": "int8", "SMALLINT": "int16", "INTEGER": "int32",
    "BIGINT": "int64", "FLOAT": "float32", "DOUBLE": "double", "DATE": "date", "TIMESTAMP": "timestamp_ntz",
    "TIMESTAMP WITH TIME ZONE": "timestamp",
}  # fmt: skip


def draft_from_data(place: Place, location: str, options: Options) -> Draft:
    """A product of the rows of a file.

    Args:
        place: Where it goes.
        location: A path or URL of CSV, JSON lines or Parquet.
        options: What else is said of it.

    Raises:
        MeshError: The file cannot be read, has no column, or rows where their names should be; or ``--values`` names a
            column that it does not have.
    """
    if options.inputs:
        raise MeshError("a product of a file has no other inputs; leave --input out, and join it in a second product")
    location = str(Path(location).expanduser().resolve()) if "://" not in location else location
    try:
        with opened_rows(location) as file:
            names = _names(file)
            by_own = {own: name for name, own in names.items()}
            chosen = _chosen(options, names)
            private = _personal(file, names, options.about(place, ""))
            profiles, rows = profiled(file, private, chosen)
            key = key_of(file, profiles, rows)
            columns_of_raw = {name: (_raw_type(file.columns[own]), own) for name, own in names.items()}
            text, kind = file.kind != "parquet", file.kind
            unfit = tuple(misfits(file, profiles, private))
    except SourceError as error:
        raise MeshError(f"{error}; --from takes CSV, JSON lines or Parquet, by path or s3:// URL") from error
    columns = {by_own[profile.name]: profile for profile in profiles}
    keys = (by_own[key],) if key is not None else ()
    source = f"{rows:,} rows of {shown_name(location)}"
    drafts = (
        _draft(name, profile, source, is_key=name in keys, is_personal=profile.name in private)
        for name, profile in columns.items()
    )
    table = TableDraft(tuple(drafts), keys)
    raw = f"raw_{place.table}"
    schema = pa.schema([(name, pa.string()) for name in columns])
    upstream = Upstream(f"{place.domain}/{raw}", schema, is_product=False)
    beside = {place.domains / place.domain / f"{raw}.py": raw_asset_text(place, location, columns_of_raw, kind)}
    hidden = frozenset(name for name, profile in columns.items() if profile.name in private)
    sql = _query(place, raw, columns, refused=hidden & _required(table), text=text)
    kinds = {by_own[own]: kind for own, kind in private.items()}
    notes = (*unfit, *_notes(rows, key, kinds, location, place), *_value_notes(columns))
    read = {upstream.table: tuple(columns)}
    made_of = f"made of {shown_name(location)}"
    return Draft(place, table, {upstream.table: upstream}, read, SQL_FILE, sql, notes, beside, made_of)


def _names(file: FileOfRows) -> dict[str, str]:
    """What each column is to be called, with its name in the file."""
    names = column_names(file.columns)
    if not names:
        raise MeshError("the file has no column; give one with a header")
    return names


def _raw_type(kind: str) -> str:
    return _RAW_TYPES.get(kind) or kind.lower().replace(",", ", ").replace("  ", " ")


def _draft(name: str, profile: ColumnProfile, source: str, *, is_key: bool, is_personal: bool) -> ColumnDraft:
    rules = [guesses.guessed(rule, told, source) for rule, told in _guesses(profile, is_key=is_key)]
    kind = odcs_type_of_sql(profile.sql)
    label = "personal" if is_personal else None
    more = {"quality": rules} if rules else {}
    return ColumnDraft(name, kind, f"`{profile.name}` of the file.", not profile.has_nulls, label, more)


def _guesses(profile: ColumnProfile, *, is_key: bool) -> Iterator[tuple[Mapping[str, object], str]]:
    """The rules that the values of a column keep, and what each says in words."""
    low, high = profile.options.get("minimum"), None if is_key else profile.options.get("maximum")
    if isinstance(low, int) or isinstance(high, int):
        ends = (low if isinstance(low, int) else None, high if isinstance(high, int) else None)
        words = [f"{word} {end:,}" for word, end in zip(("from", "up to"), ends, strict=True) if end is not None]
        yield guesses.within(*ends), f"Numbers {' '.join(words)}"
    if pattern := profile.options.get("pattern"):
        yield guesses.matching(str(pattern)), "Texts of one form"
    if profile.values:
        yield guesses.among(profile.values), f"One of {len(profile.values)} values"


def _required(table: TableDraft) -> frozenset[str]:
    return frozenset(column.name for column in table.columns if column.required or column.name in table.key)


def _query(place: Place, raw: str, columns: Mapping[str, ColumnProfile], *, refused: frozenset[str], text: bool) -> str:
    def line(name: str, profile: ColumnProfile) -> str:
        if not text or profile.sql == "VARCHAR":
            return f"    {_sql_name(name)}"
        return f"    {'TRY_' if name in refused else ''}CAST({_sql_name(name)} AS {profile.sql}) AS {_sql_name(name)}"

    comment = (
        "-- Every row of the file, typed. What cannot be read fails here, with its row and what it has.\n"
        + ("-- In a personal column it is null instead, which the contract refuses.\n" if refused else "")
        if text
        else "-- Every row of the file.\n"
    )
    body = ",\n".join(line(name, profile) for name, profile in columns.items())
    return f"{comment}SELECT\n{body}\nFROM {place.domain}.{raw}\n"


def _sql_name(name: str) -> str:
    """A name as SQL has it, in quotes where it is a word of SQL's own."""
    return quoted(name) if name in _reserved() else name


@functools.cache
def _reserved() -> frozenset[str]:
    """The words of SQL that are no names."""
    with duckdb.connect() as connection:
        query = "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category <> 'unreserved'"
        return frozenset(word for (word,) in connection.execute(query).fetchall())


def _personal(file: FileOfRows, names: Mapping[str, str], about: About) -> dict[str, str]:
    """The columns of a file that hold personal data, by their own names, with what they are.

    Raises:
        MeshError: What should be the names of columns is personal itself.
    """
    if told := sorted(own for own in file.columns if looks_like_a_person(own)):
        raise MeshError(
            f"{len(told)} of the file's {len(file.columns)} columns are called what looks like personal data: its "
            "first line seems to be a row, not the names of columns; write them above it"
        )
    sample = file.sample(SAMPLE)
    if file.kind == "csv" and sum(_like_a_value(own, values) for own, values in sample.items()) >= _SURE:
        raise MeshError(
            "the file's first line seems to be a row, not the names of columns: it has numbers where the column has "
            "numbers, or values of the column; write the names above it"
        )
    plain = [ColumnDraft(name, {"logicalType": "string"}) for name in names]
    by_name = {names[name]: "by its name" for name in personal_columns(about, plain)}
    return {**by_name, **judged(sample)}


def _like_a_value(name: str, values: Sequence[str | None]) -> int:
    """How much a column's name looks like one of its values: 1 where it is among them, 2 where all are numbers.

    A column `active` may have that value, and a year may be the name of a column of numbers.
    """
    texts = [text for value in values if value is not None and (text := str(value).strip())]
    if texts and not _YEAR.fullmatch(name) and all(_NUMBER.fullmatch(text) for text in (name, *texts)):
        return _SURE
    return int(name in texts)


def _chosen(options: Options, names: Mapping[str, str]) -> frozenset[str]:
    """The columns whose values somebody wants to be written down, by their names in the file.

    Raises:
        MeshError: The file has no such column.
    """
    by_any = {**{own: own for own in names.values()}, **names}
    if unknown := [name for name in options.values if name not in by_any]:
        raise MeshError(f"--values {unknown[0]}: the file has no such column: {did_you_mean(unknown[0], by_any)}")
    return frozenset(by_any[name] for name in options.values)


def _value_notes(columns: Mapping[str, ColumnProfile]) -> Iterator[str]:
    """Of which columns values are written, and of which not, and why."""
    if written := [f"{name} ({profile.written})" for name, profile in columns.items() if profile.written]:
        yield f"values of the file are written of: {', '.join(written)}"
    if withheld := [f"{name} ({profile.withheld})" for name, profile in columns.items() if profile.withheld]:
        first = next(name for name, profile in columns.items() if profile.withheld)
        yield f"no value is written of: {', '.join(withheld)}; --values {first} would write those of {first}"


def _notes(rows: int, key: str | None, private: Mapping[str, str], location: str, place: Place) -> tuple[str, ...]:
    notes = [
        f"types, the key and what is required hold for all {rows:,} rows of the file and are promised: read them",
        "ranges, patterns and lists of values are guesses, which only warn: confirm them in the contract",
        f"data-platform promise {place.key} tightens and confirms guesses, once some batches were published",
    ]
    if key is None:
        notes.append("no column has another value in every row: set primaryKey and required on what identifies a row")
    if private:
        kinds = ", ".join(f"{name} ({kind})" for name, kind in sorted(private.items()))
        notes.append(f"judged personal, so masked: {kinds}: see that this is right, also of the others")
    if "://" not in location and not Path(location).is_relative_to(place.root):
        notes.append(f"{location} is on this machine only: put it into the checkout or a store for anyone else")
    return tuple(notes)
