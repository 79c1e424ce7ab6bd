"""What the movies' assets are given: TMDb, the parameters of a run, and where the CSV lies.

What belongs here: resources and the environment variables that they read. What does not: requests (`tmdb.client`).
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import dagster as dg
from pydantic import Field

from data_platform.domains.movies.tmdb.answers import LAST_PAGE, PAGE_SIZE, ListName
from data_platform.domains.movies.tmdb.client import LIMITS, TmdbClient
from data_platform.ingestion.errors import PermanentSourceError
from data_platform.orchestration.defaults import store
from data_platform.orchestration.failures import asked_again, without_retry
from data_platform.orchestration.io import CsvIOManager
from data_platform.settings import SIMULATOR_TOKEN, SIMULATOR_TOKEN_VARIABLE, SIMULATOR_VARIABLE

TMDB_TOKEN_VARIABLE: Final = "TMDB_API_TOKEN"  # noqa: S105 - the name of the variable, not a token
"""TMDb's API read access token. Where it is not set, the simulator answers instead."""

TMDB_URL: Final = "https://api.themoviedb.org/3"
TMDB_URL_VARIABLE: Final = "TMDB_API_URL"
"""Base URL of TMDb's API where it is not ``TMDB_URL``: a proxy, or a test's simulator."""

ATTRIBUTION: Final = "This product uses the TMDB API but is not endorsed or certified by TMDB."
"""The notice that TMDb's terms ask for."""


class TopList(dg.ConfigurableResource["TopList"]):
    """Which list a run is about. In the launchpad: `resources.top_list.config`."""

    list_name: ListName = Field(
        default=ListName.popular, description="Which of TMDb's lists: popular, top_rated or trending"
    )
    count: int = Field(default=100, ge=1, le=LAST_PAGE * PAGE_SIZE, description="How many different films")
    refresh: bool = Field(default=False, description="Take today's list again although it is stored already")


class Tmdb(dg.ConfigurableResource["Tmdb"]):
    """TMDb when `TMDB_API_TOKEN` is set, else the shop's simulator at `DATA_PLATFORM_SIMULATOR_URL`."""

    attempts: int = Field(default=8, ge=1, le=20, description="How often a request is tried before the step fails")
    timeout_seconds: float = Field(
        default=10.0, gt=0, description="Longest wait for a connection or a part of an answer"
    )
    answer_seconds: float = Field(
        default=LIMITS.answer_seconds, gt=0, description="Longest time for one answer, to its last byte"
    )
    total_seconds: float = Field(
        default=LIMITS.total_seconds, gt=0, description="Longest time for all answers of a step, waits included"
    )

    @property
    def is_simulated(self) -> bool:
        """Whether the simulator answers in TMDb's place."""
        return not os.environ.get(TMDB_TOKEN_VARIABLE)

    def name_of(self, client: TmdbClient) -> str:
        """The source as people should read it: the address, and whether it is the simulator."""
        return f"simulator at {client.base_url}" if self.is_simulated else client.base_url

    def connect(
        self, *, on_retry: Callable[[str], None] = lambda _: None, headers: Mapping[str, str] | None = None
    ) -> TmdbClient:
        """A client for the source that the environment names.

        Args:
            on_retry: Is told about each failed attempt that is followed by another.
            headers: Further headers for every request.

        Raises:
            PermanentSourceError: Neither a token nor a simulator is set, or the token cannot be one.
        """
        # From the environment alone: who may edit a run's configuration must not be able to send the token elsewhere.
        url, token = os.environ.get(TMDB_URL_VARIABLE) or TMDB_URL, os.environ.get(TMDB_TOKEN_VARIABLE, "").strip()
        if self.is_simulated:
            simulator = os.environ.get(SIMULATOR_VARIABLE)
            if not simulator:
                raise PermanentSourceError(
                    f"no source of films: set {TMDB_TOKEN_VARIABLE} to TMDb's API read access token, or"
                    f" {SIMULATOR_VARIABLE} to a running simulator (`make run` does that)"
                )
            url, token = f"{simulator.rstrip('/')}/3", os.environ.get(SIMULATOR_TOKEN_VARIABLE) or SIMULATOR_TOKEN
        return TmdbClient(
            url,
            token,
            attempts=self.attempts,
            timeout=self.timeout_seconds,
            limits=replace(LIMITS, answer_seconds=self.answer_seconds, total_seconds=self.total_seconds),
            headers=headers,
            on_retry=on_retry,
        )


class TopListCsv(CsvIOManager):
    """CSV files with the list's name in their folder, so that lists never overwrite each other."""

    top_list: dg.ResourceDependency[TopList]

    def folder(self, context: dg.InputContext | dg.OutputContext) -> str:
        """The asset's folder, and in it the list's."""
        return f"{super().folder(context)}/{self.top_list.list_name}"

    def handle_output(self, context: dg.OutputContext, obj: object) -> None:
        """Write the file; the step is tried again when the store fails in a way that passes."""
        with asked_again(context.step_context.previous_attempt_count), without_retry():
            super().handle_output(context, obj)


@dg.definitions
def resources() -> dg.Definitions:
    """The movies' resources."""
    top_list = TopList.configure_at_launch()
    return dg.Definitions(
        resources={
            "tmdb": Tmdb(),
            "top_list": top_list,
            "top_list_csv": TopListCsv(store=store, top_list=top_list),
        }
    )
