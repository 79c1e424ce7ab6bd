"""When a product is made anew by itself: the one condition, and the sensor that evaluates it.

What belongs here: declarative automation. What does not: schedules of ingestion, which are a domain's own.

Publication itself is the gate: what breaks its contract is never materialized, and a raw asset raises before it is. So
consumers follow each published partition, whatever became of another one, and no condition looks at checks:
``all_deps_blocking_checks_passed()`` is about an asset's last evaluations, so that one refused day held every good day
back, and it made two thirds of an idle tick's cost.

Three traps, each met with the real daemon:

- ``eager()`` looks at the latest time window only; a late change of an older day would not flow on. So the window
  reaches back as far as the product's inputs change (``products.window``). Without a bound the window is left out: an
  idle tick then looks at no more than what is new, and costs the same.
- ``eager()`` waits while any partition of an input is missing. A product that reads a partitioned one as a whole would
  wait for every day since the start, and one that looks back for a day that nobody took, so of such inputs one
  partition is enough. Without any there is nothing to read, and a run that fails is not asked for again.
- ``eager()`` runs for a change of any input. A daily product that looks up a whole table (customers, items) would make
  a month of days anew whenever that is published, so such an input says ``triggers: false``. Where that input and the
  product would be asked for in the same tick (a day's orders and new customers came together), they would be two runs
  beside each other, and the product might look up the old table. So it waits a tick, and is then held up by the other
  one's run.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import dagster as dg

_SECONDS: Final = 10
_SOON_SECONDS: Final = 5
"""Dagster's own is 30, which was most of a publication's way to its consumers. A tick that looks at no check costs a
third of one that does, so that ticks every 10 s cost no more than those every 30 s did: 7.4 to 11.3 CPU-seconds a
minute of the daemon for 29 assets; ticks every 5 s cost 13.5."""


def product_condition(
    as_far_as_there: Sequence[dg.AssetKey] = (),
    non_triggering: Sequence[dg.AssetKey] = (),
    lookback: timedelta | None = None,
) -> dg.AutomationCondition[dg.AssetKey | dg.AssetCheckKey]:
    """Made anew when an input was published anew.

    Args:
        as_far_as_there: Inputs of which several partitions are read, whichever of them there are.
        non_triggering: Inputs whose change alone is no reason to make the product anew.
        lookback: How far back a change makes partitions of days anew; ``None``: without bound.
    """
    missing, updated = dg.AutomationCondition.any_deps_missing(), dg.AutomationCondition.any_deps_updated()
    if as_far_as_there:
        missing = missing.ignore(dg.AssetSelection.assets(*as_far_as_there))
    if non_triggering:
        updated = updated.ignore(dg.AssetSelection.assets(*non_triggering))
    eager, newest = dg.AutomationCondition.eager(), dg.AutomationCondition.in_latest_time_window()
    windowed = (
        eager.without(newest)
        if lookback is None
        else eager.replace(newest, dg.AutomationCondition.in_latest_time_window(lookback_delta=lookback))
    )
    condition = windowed.replace("any_deps_missing", missing).replace("any_deps_updated", updated)
    if non_triggering:
        changed = (dg.AutomationCondition.newly_missing() | updated).since_last_handled()
        condition = condition & ~changed.newly_true()
    for key in as_far_as_there:
        some = dg.AutomationCondition.any_deps_match(~dg.AutomationCondition.missing())
        condition = condition & some.allow(dg.AssetSelection.assets(key))
    return condition.with_label("data_platform_house")


def automation_sensor(domain: str, *, follows_others: bool = False) -> dg.AutomationConditionSensorDefinition:
    """The sensor of a domain's code location; each location needs its own, by a name of its own.

    Args:
        domain: The domain.
        follows_others: Whether there are products of other repositories to be followed: it then looks more often, for
            what they publish is known here some seconds later than to themselves.
    """
    return dg.AutomationConditionSensorDefinition(
        f"{domain}_automation",
        target=dg.AssetSelection.key_prefixes([domain]),
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=_SOON_SECONDS if follows_others else _SECONDS,
        description="Makes products anew when their inputs were published anew.",
    )
