"""Names and limits of the laptop's stack.

What belongs here: the environment variables that only `data-platform up` reads, default ports, and how long each part
may take. What does not: settings that pipelines read too (`data_platform.settings`).
"""

from typing import Final

PORT_VARIABLE: Final = "DATA_PLATFORM_PORT"
"""Port of the Dagster UI. Set: exactly this one. Not set: 3000, or the next free one."""

S3_PORT_VARIABLE: Final = "DATA_PLATFORM_S3_PORT"
"""Port of the embedded S3. Set: exactly this one. Not set: 8333, or the next free one."""

SIMULATOR_PORT_VARIABLE: Final = "DATA_PLATFORM_SIMULATOR_PORT"
"""Port of the project's simulator. Set: exactly this one. Not set: 8100, or the next free one."""

SIMULATOR_LANDING_VARIABLE: Final = "DATA_PLATFORM_SIMULATOR_LANDING"
SIMULATOR_LANDING_AFTER_VARIABLE: Final = "DATA_PLATFORM_SIMULATOR_LANDING_AFTER"

LOGS_AFTER_SECONDS: Final = 45
"""When the invented logs begin to come: the past days' are seconds of work, and the start needs the whole machine."""
"""Set for the simulator alone: the embedded store's URL, into which it puts invented logs; empty beside any other."""

STACK_VARIABLE: Final = "DATA_PLATFORM_STACK_ID"
"""Set in every process of a stack, so that a forgotten one is recognised by its environment, never by its name."""

HOST: Final = "127.0.0.1"
REGION: Final = "us-east-1"
BUCKET: Final = "data-platform"

DEFAULT_PORTS: Final = {"ui": 3000, "s3": 8333, "simulator": 8100}

FIRST_RUN_TAG: Final = "data_platform/first_run"
"""Jobs with this tag at ``"true"`` are run once by `make run`."""

SOURCE_TAG: Final = "data_platform/source"
"""Of such a job: the variable without which, and without the simulator, its source is not there."""

STOP_SECONDS: Final = 6.0
"""How long a part may take to stop by itself before its whole process tree is killed."""

SHARED_IMPORTS: Final = (
    "dagster",
    "dagster._cli.api",
    "dagster._grpc.server",
    "dagster._grpc.impl",
    "dagster._core.definitions.repository_definition.repository_data_builder",
    "dagster._core.storage.event_log.sqlite.sqlite_event_log",
    "dagster._core.storage.runs.sqlite.sqlite_run_storage",
    "dagster._core.storage.schedules.sqlite.sqlite_schedule_storage",
    "dagster.components",
    "dagster.components.core.snapshot",
    "dagster_pandas",
    "dagster_aws.s3",
    "sqlglot.dialects.duckdb",
    "sqlglot.optimizer.qualify",
    "jsonschema",
    "jinja2.nativetypes",
    "httpx",
    "obstore.store",
    "tenacity",
    "open_data_contract_standard.model",
    "numpy",
    "pandas",
    "pyarrow.dataset",
    "pyarrow.parquet",
    "deltalake",
)
"""Imported once and shared by every code server and run (see `code_servers`): libraries alone, for the platform's own
modules and a project's may change. A thread does not survive a fork. Of what is imported here only OpenBLAS (numpy) and
jemalloc (Arrow, Delta Lake) start any, and both put themselves right in a forked process (`pthread_atfork`). Polars'
pool does not, and of the thread that DuckDB starts it is not known, so these are imported after the fork."""
