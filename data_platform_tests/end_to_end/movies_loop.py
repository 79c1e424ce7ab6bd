"""A process that takes today's list again and again until somebody kills it; run by the kill tests."""

import sys

import dagster as dg

from data_platform.domains.movies.partitions import today
from data_platform.locations import load_domain


def main() -> None:
    job = load_domain("movies").resolve_job_def("movies_daily")
    config = {"resources": {"top_list": {"config": {"refresh": True}}}}
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        with dg.DagsterInstance.ephemeral() as instance:
            job.execute_in_process(
                partition_key=today().isoformat(), run_config=config, instance=instance, raise_on_error=False
            )


if __name__ == "__main__":
    main()
