"""A new source: its ``defs.yaml``, written after a look at it, with what was guessed said aloud.

What belongs here: from an address to the file's text. What does not: looking at a table or at files
(``ingestion.sources``), and the command's options (``cli.author``).

An address with a password goes into no file: the file has the name of an environment variable.
"""

import os
import re
from dataclasses import replace
from typing import Any, Final

from pydantic import ValidationError

from data_platform.contracts.writing import yaml_text
from data_platform.ingestion.errors import SourceError
from data_platform.ingestion.sources.addresses import address_of, holds_secret, is_variable, scheme_of
from data_platform.ingestion.sources.spec import ADDED, DAY, SourceSpec, attributes_of
from data_platform.mesh.errors import MeshError
from data_platform.mesh.scaffold.column_names import column_names
from data_platform.mesh.scaffold.domain import domain_edits, domain_files
from data_platform.mesh.scaffold.from_pieces import of_answer, of_files
from data_platform.mesh.scaffold.place import Place
from data_platform.mesh.scaffold.plan import Plan
from data_platform.mesh.scaffold.source_options import RESTATED_DAYS, Guess, SourceOptions
from data_platform.products.defs_file import DEFS_FILE
from data_platform.products.source_file import SOURCE_COMPONENT
from data_platform.redaction import redact, remember
from data_platform.settings import start_date

_DATABASES: Final = ("postgresql", "postgres", "mysql", "mariadb", "sqlite")
_WEB: Final = ("https", "http")
_FILES: Final = ("", "file", "s3", "sftp")


def plan_source(place: Place, options: SourceOptions) -> Plan:
    """The files of a new source.

    Args:
        place: Where it goes.
        options: What is said of it.

    Raises:
        MeshError: It cannot be looked at, or what was seen is no source; says why.
        Refused: Something is there already.
    """
    url, address, secret = _named(place, options.address)
    base, path = _divided(address) if secret and not is_variable(options.address) else (address, "")
    if path:
        os.environ[url] = base
    try:
        guess = _guess(replace(options, address=address, path=path), url)
    except SourceError as error:
        raise MeshError(f"{error}; nothing was written") from error
    try:
        spec = SourceSpec.model_validate(guess.attributes)
    except ValidationError as error:
        raise MeshError(f"that makes no source: {redact(str(error.errors()[0]['msg']))}; nothing was written") from None
    if problems := spec.problems():
        raise MeshError(f"that makes no source: {problems[0][1]}: {problems[0][2]}")
    text = yaml_text({"type": SOURCE_COMPONENT, "attributes": attributes_of(spec)})
    files = {**domain_files(place, options.owner), place.folder / DEFS_FILE: text}
    steps = _steps(place, url, secret=secret)
    plan = Plan(place, files, domain_edits(place), (*guess.notes, *_days(spec)), steps)
    plan.check()
    return plan


def _guess(options: SourceOptions, url: str) -> Guess:
    scheme = scheme_of(options.address).partition("+")[0]
    if scheme in _DATABASES:
        return _of_table(options, url)
    if scheme in _WEB:
        return of_answer(options, url)
    if scheme in _FILES:
        return of_files(options, url)
    raise MeshError(
        f"{redact(options.address)} is no address of a source: give a database (postgresql://, mysql://, sqlite:///), "
        "files (a path, s3://, sftp://) or a web server (https://)"
    )


def _named(place: Place, given: str) -> tuple[str, str, bool]:
    """What the file has as url, the address itself, and whether it has a secret in it."""
    if is_variable(given):
        try:
            address = address_of(given)
        except SourceError as error:
            raise MeshError(f"{error}, and here, where it is looked at") from None
        return given, address, holds_secret(address)
    if not holds_secret(given):
        return given, given, False
    remember(re.sub(r".*//[^:/@]*:([^@/]*)@.*", r"\1", given))
    set_already = [name for name, value in os.environ.items() if value == given and is_variable(name)]
    name = set_already[0] if set_already else f"{place.domain.upper()}_{place.name[4:].upper()}_URL"
    os.environ[name] = given  # in this process it is set, so that the source is read as the platform will read it
    return name, given, True


def _divided(address: str) -> tuple[str, str]:
    """The part of an address that has the secret, and the path after it, where that has none and may be in a file."""
    scheme, _, rest = address.partition("://")
    authority, slash, path = rest.partition("/")
    if scheme.partition("+")[0] in _DATABASES or not slash or holds_secret(f"{scheme}://host/{path}"):
        return address, ""
    return f"{scheme}://{authority}", f"/{path}"


def _of_table(options: SourceOptions, url: str) -> Guess:
    from data_platform.ingestion.sources.sql.looking import days_restated, look_at  # noqa: PLC0415 - SQLAlchemy

    if not options.table:
        raise MeshError("say which table of the database: --table orders, with its schema where it is another's")
    look = look_at(options.address, options.table)
    names = {own: name for name, own in column_names(look.columns, (*ADDED, *([DAY] if look.day else []))).items()}
    columns: dict[str, Any] = {}
    for own, kind in look.columns.items():
        plain = "timestamp" if kind == "timestamp_ntz" else kind
        columns[names[own]] = plain if names[own] == own else {"type": plain, "source": own}
    attributes: dict[str, Any] = {"source": {"type": "sql", "url": url, "table": options.table}, "columns": columns}
    notes = [_columns_note(look.columns, look.binary)]
    if look.key:
        attributes["key"] = [names[own] for own in look.key if own in names]
        notes.append(f"key: {', '.join(attributes['key'])}, as the database says")
    else:
        notes.append("key: the database knows none; write key: [column] under attributes, so that doubles are refused")
    if look.cursor:
        attributes["cursor"] = names[look.cursor]
        notes.append(f"cursor: {look.cursor}, a guess by its name: see that every change of a row raises it")
    else:
        notes.append("cursor: no column looks like one, so each look reads the rows to see whether they moved")
    if look.binary:
        attributes["leave_out"] = list(look.binary)
    if look.day:
        days = days_restated(look, RESTATED_DAYS)
        attributes |= {"partition": {"column": look.day}, "restated_days": days}
        notes.append(f"partition: by the UTC date of {look.day}, a guess: it should never change")
        seen = f"; rows changed up to {look.latest_change} days after their day" if look.latest_change else ""
        notes.append(f"restated_days: {days}, a guess{seen}: for so long are past days looked at for changes")
        if look.gaps:
            attributes["empty"] = "allowed"
            notes.append(f"empty: allowed, since {look.gaps} of the last {look.looked_back} days have no rows")
        if look.may_lack_day:
            notes.append(f"{look.day} may be null: such rows are of no day, are not taken, and are told")
    else:
        notes.append("partition: no column says when a row came to be, so the table is taken whole where it moved")
    return Guess(attributes, tuple(notes))


def _columns_note(columns: dict[str, str], left_out: tuple[str, ...]) -> str:
    more = f"; left out, since they hold bytes: {', '.join(left_out)}" if left_out else ""
    return f"columns: {len(columns)}, typed as the source has them{more}; what you do not want goes into leave_out"


def _days(spec: SourceSpec) -> list[str]:
    if not spec.daily:
        return []
    return [
        f"days are taken from {start_date()} on (DATA_PLATFORM_START_DATE); data-platform backfill brings past ones"
    ]


def _steps(place: Place, url: str, *, secret: bool) -> tuple[str, ...]:
    steps = [f"read {place.domain}/{place.name}/{DEFS_FILE}: what is guessed there is said above"]
    if is_variable(url):
        why = "it has a password and is in no file" if secret else "it is in no file"
        steps.append(f"set {url} to the address where the platform runs ({why}): export {url}=…, then make run")
    raw = place.name.removeprefix("raw_")
    steps.append(f"data-platform run {place.key}")
    query = f'"SELECT … FROM {place.domain}.{place.name}"'  # noqa: S608 - for a person to complete
    steps.append(f"data-platform new {place.domain}/{raw}_v1 --sql {query}")
    return tuple(steps)
