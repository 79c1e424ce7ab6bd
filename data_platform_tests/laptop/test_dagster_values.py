"""What is shown of an asset, from what the webserver says of it."""

from data_platform.laptop.dagster_values import read_materialization


def test_a_check_that_was_skipped_has_neither_passed_nor_failed() -> None:
    outcomes = {"kept": "SUCCEEDED", "broken": "FAILED", "could_not_run": "EXECUTION_FAILED", "nobody_asked": "SKIPPED"}
    node = {
        "assetKey": {"path": ["shop", "orders"]},
        "assetMaterializations": [{"partition": "2026-11-22", "runId": "a", "metadataEntries": []}],
        "assetChecksOrError": {
            "checks": [
                {"name": name, "executionForLatestMaterialization": {"runId": "a", "status": status}}
                for name, status in outcomes.items()
            ]
        },
    }
    assert read_materialization(node).checks == {"kept": True, "broken": False, "could_not_run": False}
