"""The names that people and other systems hold on to, as one JSON: asset keys, checks, jobs, schedules, sensors.

Renew it after a wanted change with `python -m data_platform_tests.architecture.snapshot`, and read the diff.
"""

import json
from pathlib import Path
from typing import Any

from data_platform.definitions import defs

FILE = Path(__file__).with_name("snapshot.json")


def names() -> dict[str, Any]:
    repository = defs().get_repository_def()
    graph = repository.asset_graph
    return {
        "assets": sorted(key.to_user_string() for key in graph.materializable_asset_keys),
        "checks": sorted(f"{key.asset_key.to_user_string()}: {key.name}" for key in graph.asset_check_keys),
        "jobs": sorted(name for name in repository.job_names if not name.startswith("__")),
        "schedules": {s.name: [s.cron_schedule, s.execution_timezone] for s in repository.schedule_defs},
        "sensors": sorted(sensor.name for sensor in repository.sensor_defs),
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(names(), indent=2, sort_keys=True) + "\n")
