"""What marketing's assets are given: the ad platform.

What belongs here: resources and the environment variables that they read. What does not: requests.
"""

from typing import Final

import dagster as dg

from data_platform.orchestration.ingestion.remote_source import RemoteSource

ADS_URL_VARIABLE: Final = "ADS_API_URL"
"""Base URL of the ad platform. Where it is not set, the simulator answers instead."""

ADS_TOKEN_VARIABLE: Final = "ADS_API_TOKEN"  # noqa: S105 - the name of the variable, not a token
"""Bearer token of the ad platform."""


class AdPlatform(RemoteSource):
    """The ad platform of `ADS_API_URL` with `ADS_API_TOKEN`, else the shop's simulator."""

    url_variable = ADS_URL_VARIABLE
    token_variable = ADS_TOKEN_VARIABLE
    simulator_path = "/ads"


@dg.definitions
def resources() -> dg.Definitions:
    """Marketing's resources."""
    return dg.Definitions(resources={"ad_platform": AdPlatform()})
