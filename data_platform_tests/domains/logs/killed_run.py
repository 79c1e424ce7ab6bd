"""A process that scans and makes dates until everything is done or somebody kills it; run by the tests under fire.

It remembers nothing but what is in the store and in Dagster's own files: the sensor's memory is lost every time.
"""

import os
import sys
import time

import dagster as dg

from data_platform.domains.logs import publisher
from data_platform.locations import load_domain
from data_platform.settings import STORE_VARIABLE
from data_platform.storage.errors import StorageError
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.domains.logs.location import Location

DATES_AT_ONCE = 8
"""As few as there are at once of dates that are larger."""


def main() -> None:
    publisher.GROUP_DATES = DATES_AT_ONCE  # type: ignore[misc]
    with dg.DagsterInstance.get() as instance:
        location = Location(load_domain("logs"), instance, ObjectStore.open(os.environ[STORE_VARIABLE]))
        say("ready")
        while not done(location):
            time.sleep(0.2)
        say("done")


def done(location: Location) -> bool:
    location.cursor = None
    try:
        results = location.settle()
    except StorageError as error:
        sys.stderr.write(f"{error}\n")
        return False
    return bool(results) and all(result.success for result in results)


def say(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
