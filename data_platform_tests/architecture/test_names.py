"""Names that others rely on do not change by accident."""

import json

from data_platform_tests.architecture.snapshot import FILE, names


def test_assets_checks_jobs_schedules_and_sensors_are_those_of_the_snapshot() -> None:
    assert names() == json.loads(FILE.read_text()), "see snapshot.py for how to renew it after a wanted change"
