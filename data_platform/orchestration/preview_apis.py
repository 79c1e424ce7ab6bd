"""The parts of Dagster that are beta or preview, so that a release that changes them breaks one file.

What belongs here: thin functions around such parts. What does not: anything else.
"""

import warnings
from datetime import timedelta

import dagster as dg


def days_before(days: int) -> dg.PartitionMapping:
    """A daily partition reads its day and some days before it, as far as there are any."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)
        return dg.TimeWindowPartitionMapping(start_offset=-days, allow_nonexistent_upstream_partitions=True)


def report_evaluation(context: dg.AssetExecutionContext, evaluation: dg.AssetCheckEvaluation) -> None:
    """Record, in a run of many partitions, what a check says of one of them; again in the same run: in its place.

    ``report_runless_asset_event`` would take it too, and fail the second time that the partition ever fails the check.
    """
    event = dg.DagsterEvent(
        dg.DagsterEventType.ASSET_CHECK_EVALUATION.value, context.run.job_name, event_specific_data=evaluation
    )
    context.instance.report_dagster_event(event, context.run.run_id)


def fresh_within(window: timedelta) -> dg.FreshnessPolicy:
    """Made anew at least so often, as the asset's page shows it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)
        warnings.simplefilter("ignore", dg.PreviewWarning)
        return dg.FreshnessPolicy.time_window(fail_window=window)
