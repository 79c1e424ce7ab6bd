"""A source opened, whatever kind it is, from what ``defs.yaml`` says and the environment.

What belongs here: which reader, and the laptop's stand-in. What does not: any reader. A reader is imported only where a
source of its kind is opened.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from data_platform.ingestion.errors import PermanentSourceError
from data_platform.ingestion.sources.addresses import address_of, is_variable, scheme_of, secret_of
from data_platform.ingestion.sources.reading import Reader
from data_platform.ingestion.sources.spec import SourceSpec
from data_platform.ingestion.sources.where import FilesWhere, SqlWhere
from data_platform.project import state_folder
from data_platform.settings import SIMULATOR_TOKEN, SIMULATOR_TOKEN_VARIABLE, SIMULATOR_VARIABLE

if TYPE_CHECKING:
    from data_platform.ingestion.sources.files.places import FilePlace
    from data_platform.ingestion.sources.sql.table import TableReader


@contextmanager
def opened(spec: SourceSpec, on_retry: Callable[[str], None] = lambda _: None) -> Iterator[Reader]:
    """A source, to be asked.

    Args:
        spec: What ``defs.yaml`` says.
        on_retry: Is told in one line about each failed attempt that is followed by another.

    Raises:
        SourceError: It cannot be reached, or a variable is not set.
    """
    where, address = spec.source, _address(spec)
    if isinstance(where, SqlWhere):
        with opened_table(spec, where) as table:
            yield table
    elif isinstance(where, FilesWhere):
        with _files(address, spec, where, on_retry) as (place, path):
            from data_platform.ingestion.sources.files.pattern import Pattern  # noqa: PLC0415
            from data_platform.ingestion.sources.files.reader import FilesReader  # noqa: PLC0415

            yield FilesReader(place, Pattern(path), where)
    else:
        from data_platform.ingestion.sources.http import WebReader  # noqa: PLC0415

        with closing(WebReader(f"{address}{where.path}", where, _token(spec), on_retry)) as reader:
            yield reader


@contextmanager
def opened_table(spec: SourceSpec, where: SqlWhere) -> "Iterator[TableReader]":
    """A table of a database, to be asked within one transaction.

    Args:
        spec: What ``defs.yaml`` says.
        where: What it says of the table.

    Raises:
        SourceError: It cannot be reached, or a variable is not set.
    """
    from data_platform.ingestion.sources.sql.engine import reading  # noqa: PLC0415
    from data_platform.ingestion.sources.sql.table import TableReader  # noqa: PLC0415

    with reading(_address(spec), where.url) as connection:
        yield TableReader(connection, spec, where)


@contextmanager
def _files(
    address: str, spec: SourceSpec, where: FilesWhere, on_retry: Callable[[str], None]
) -> "Iterator[tuple[FilePlace, str]]":
    """Where files are, and their path there."""
    scheme = scheme_of(address)
    if scheme == "sftp":
        from data_platform.ingestion.sources.files.sftp import sftp_files  # noqa: PLC0415

        with sftp_files(f"{address}{where.path}", where) as (server, path):
            yield server, path
    elif scheme in {"http", "https"}:
        from data_platform.ingestion.remote import RemoteFiles  # noqa: PLC0415
        from data_platform.ingestion.sources.files.web import LIMITS, WebFiles, split  # noqa: PLC0415

        base, path = split(address, where.path)
        with RemoteFiles(base, _token(spec), limits=LIMITS, on_retry=on_retry) as files:
            yield WebFiles(files), path
    else:
        from data_platform.ingestion.sources.files.places import place_of  # noqa: PLC0415

        yield place_of(f"{address}{where.path}")


def _token(spec: SourceSpec) -> str:
    variable = getattr(spec.source, "token", None)
    if is_simulated(spec):
        return os.environ.get(SIMULATOR_TOKEN_VARIABLE) or SIMULATOR_TOKEN
    return secret_of(variable) if variable else ""


def is_simulated(spec: SourceSpec) -> bool:
    """Whether the laptop's simulator stands in for a source."""
    url = spec.source.url
    return spec.laptop is not None and is_variable(url) and not os.environ.get(url, "").strip()


def _address(spec: SourceSpec) -> str:
    url, laptop = spec.source.url, spec.laptop
    if laptop is None or not is_simulated(spec):
        return address_of(url)
    if isinstance(spec.source, SqlWhere):
        file = state_folder() / laptop.simulator
        if not file.is_file():
            raise PermanentSourceError(
                f"there is no database at {file}: set {url}, or start the simulator, which keeps one (`make run` does)"
            )
        return f"sqlite:///{file}"
    simulator = os.environ.get(SIMULATOR_VARIABLE)
    if not simulator:
        raise PermanentSourceError(
            f"no source: set {url}, or {SIMULATOR_VARIABLE} to a running simulator (`make run` does that)"
        )
    return f"{simulator.rstrip('/')}/{laptop.simulator.strip('/')}"
