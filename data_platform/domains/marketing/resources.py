"""What marketing's assets are given: the ad platform.

What belongs here: resources and the environment variables that they read. What does not: requests.
"""

import dagster as dg

from data_platform.orchestration.ingestion.remote_source import RemoteSource
from data_platform.settings import ADS_TOKEN_VARIABLE, ADS_URL_VARIABLE


class AdPlatform(RemoteSource):
    """The ad platform of `ADS_API_URL` with `ADS_API_TOKEN`, else the shop's simulator."""

    url_variable = ADS_URL_VARIABLE
    token_variable = ADS_TOKEN_VARIABLE
    simulator_path = "/ads"


@dg.definitions
def resources() -> dg.Definitions:
    """Marketing's resources."""
    return dg.Definitions(resources={"ad_platform": AdPlatform()})
