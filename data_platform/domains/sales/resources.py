"""What the sales' assets are given: the order database.

What belongs here: resources and the environment variables that they read. What does not: queries (`extract`).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import dagster as dg
import sqlalchemy as sa
from pydantic import Field

from data_platform.ingestion.errors import PermanentSourceError
from data_platform.project import state_folder

SALES_DATABASE_VARIABLE: Final = "SALES_DATABASE_URL"
"""SQLAlchemy URL of the shop's order database. Where it is not set: the database that the simulator keeps."""


class SalesDatabase(dg.ConfigurableResource["SalesDatabase"]):
    """The order database of `SALES_DATABASE_URL`, else the one that the shop's simulator keeps in the state folder."""

    connect_seconds: int = Field(default=10, ge=1, description="Longest wait for a connection, or for a lock in SQLite")

    @contextmanager
    def open(self) -> Iterator[sa.Engine]:
        """An engine for the database; it is disposed of at the end.

        Raises:
            PermanentSourceError: The URL is none of SQLAlchemy's, its driver is not installed, or there is no such
                SQLite file.
        """
        given = os.environ.get(SALES_DATABASE_VARIABLE)
        try:
            url = sa.make_url(given or f"sqlite:///{state_folder() / 'sales.sqlite'}")
            if url.drivername in {"postgresql", "postgres"}:
                url = url.set(drivername="postgresql+psycopg2")  # alone, SQLAlchemy 2.1 means psycopg 3
            engine = sa.create_engine(url, connect_args=self._connect_arguments(url))
        except (sa.exc.ArgumentError, ImportError) as error:
            raise PermanentSourceError(f"{SALES_DATABASE_VARIABLE} cannot be used: {error}") from None
        try:
            yield engine
        finally:
            engine.dispose()

    def _connect_arguments(self, url: sa.URL) -> dict[str, object]:
        if url.get_backend_name() != "sqlite":
            return {"connect_timeout": self.connect_seconds}
        if url.database and not Path(url.database).is_file():  # SQLite would make an empty one
            raise PermanentSourceError(
                f"there is no order database at {url.database}: set {SALES_DATABASE_VARIABLE}, or start the shop's"
                " simulator, which keeps one (`make run` does that)"
            )
        return {"timeout": self.connect_seconds}


@dg.definitions
def resources() -> dg.Definitions:
    """The sales' resources."""
    return dg.Definitions(resources={"sales_database": SalesDatabase()})
