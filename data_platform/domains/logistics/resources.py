"""What logistics' assets are given: the carriers' folders.

What belongs here: resources and the environment variables that they read. What does not: requests.
"""

from typing import Final

import dagster as dg

from data_platform.orchestration.ingestion.remote_source import RemoteSource

CARRIERS_URL_VARIABLE: Final = "CARRIER_DROPS_URL"
"""Base URL below which each carrier has its folder. Where it is not set, the simulator answers instead."""

CARRIERS_TOKEN_VARIABLE: Final = "CARRIER_DROPS_TOKEN"  # noqa: S105 - the name of the variable, not a token
"""Bearer token of the carriers' folders."""


class CarrierFolders(RemoteSource):
    """The folders below `CARRIER_DROPS_URL`, with `CARRIER_DROPS_TOKEN`, else the shop's simulator's."""

    url_variable = CARRIERS_URL_VARIABLE
    token_variable = CARRIERS_TOKEN_VARIABLE
    simulator_path = "/carriers"


@dg.definitions
def resources() -> dg.Definitions:
    """Logistics' resources."""
    return dg.Definitions(resources={"carrier_folders": CarrierFolders()})
