"""A source opened, whatever kind it is, from what ``defs.yaml`` says and the environment.

What belongs here: which reader, and the laptop's stand-in. What does not: any reader. A reader is imported only where a
source of its kind is opened.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from data_platform.ingestion.errors import PermanentSourceError
from data_platform.ingestion.sources.addresses import address_of, is_variable
from data_platform.ingestion.sources.reading import Reader
from data_platform.ingestion.sources.spec import SourceSpec
from data_platform.ingestion.sources.where import SqlWhere
from data_platform.project import state_folder
from data_platform.settings import SIMULATOR_VARIABLE


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
    del on_retry
    if isinstance(where, SqlWhere):
        from data_platform.ingestion.sources.sql.engine import reading  # noqa: PLC0415
        from data_platform.ingestion.sources.sql.table import TableReader  # noqa: PLC0415

        with reading(address, where.url) as connection:
            yield TableReader(connection, spec, where)
        return
    raise PermanentSourceError(f"{where.type} is not read yet")


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
