"""What logistics' assets are given: the carriers' folders.

What belongs here: resources and the environment variables that they read. What does not: requests.
"""

import dagster as dg

from data_platform.orchestration.ingestion.remote_source import RemoteSource
from data_platform.settings import CARRIERS_TOKEN_VARIABLE, CARRIERS_URL_VARIABLE


class CarrierFolders(RemoteSource):
    """The folders below `CARRIER_DROPS_URL`, with `CARRIER_DROPS_TOKEN`, else the shop's simulator's."""

    url_variable = CARRIERS_URL_VARIABLE
    token_variable = CARRIERS_TOKEN_VARIABLE
    simulator_path = "/carriers"


@dg.definitions
def resources() -> dg.Definitions:
    """Logistics' resources."""
    return dg.Definitions(resources={"carrier_folders": CarrierFolders()})
