"""What every code location gets: the store, the IO managers and the executor.

What belongs here: resources that all domains share, each under one key and as one object, so that the merged
`Definitions` accepts them. What does not: a domain's own resources (its `resources.py`).
"""

import warnings
from typing import Final

import dagster as dg
from dagster_aws.s3 import S3Resource

from data_platform.orchestration.io import CsvIOManager, DeltaIOManager, JsonIOManager
from data_platform.orchestration.resources import ObjectStoreResource
from data_platform.settings import STORE_VARIABLE

# The beta parts of Dagster that we use are few, and the lock names their version: a warning about each of them at every
# start of every process hides those that matter.
warnings.filterwarnings("ignore", category=dg.BetaWarning)

s3: Final = S3Resource()
"""Credentials, endpoint and region, from the environment as for every AWS client (`AWS_ENDPOINT_URL` and so on)."""

store: Final = ObjectStoreResource(url=dg.EnvVar(STORE_VARIABLE), s3=s3)
delta_tables: Final = DeltaIOManager(store=store)

_definitions: Final = dg.Definitions(
    resources={
        "s3": s3,
        "store": store,
        "io_manager": delta_tables,
        "source_tables": DeltaIOManager(store=store, schema_evolution=True),
        "csv_files": CsvIOManager(store=store),
        "json_files": JsonIOManager(store=store),
    },
    # A process a step costs seconds, more than most of our steps; what is large fans out inside its step.
    executor=dg.in_process_executor,
)


def platform_definitions() -> dg.Definitions:
    """The shared definitions; the same object at every call."""
    return _definitions
