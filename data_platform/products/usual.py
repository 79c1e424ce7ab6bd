"""Whether a product's batch is like those that were published before it.

What belongs here: measuring a batch, finding what was measured of earlier ones, and putting the opinion into the
report. What does not: the arithmetic (``contracts.rules.kinds.usual``), publishing (``publish``).

Each commit of a product with such rules says what was measured of its batch, so that looking back costs a small read a
batch, and none of its rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from data_platform.contracts.checks.model import Check
from data_platform.contracts.checks.results import Report, Result, Status
from data_platform.contracts.rules.kinds.usual import PERCENTILES, Measured, Usual, opinion
from data_platform.products.folder import Product
from data_platform.products.writes import USUAL, batches_of
from data_platform.storage.delta.history import VersionInfo, versions
from data_platform.storage.delta.rollback import ROLLED_BACK_TO
from data_platform.storage.errors import MissingTable
from data_platform.storage.formats.spool import Spool
from data_platform.storage.objects.store import ObjectStore

_MOST_VALUES: Final = 30
_FURTHER: Final = 2
"""How many commits are looked at for each batch of the window: some are of the same partition, or of no batch."""


def usual_checks(product: Product) -> list[Check]:
    """The checks of a product that look back."""
    return [check for check in product.checks.checks if isinstance(check.rule, Usual)]


def measured(product: Product, batch: pa.Table | Spool) -> dict[str, Measured]:
    """What the product's commits say of a batch: by check, what it looks at.

    Of classified columns nothing but the share of nulls is measured: it would be kept where values are not masked.
    """
    values = {check.name: _measure(product, check, batch) for check in usual_checks(product)}
    return {name: value for name, value in values.items() if value is not None}


class LookBack:
    """What was published before, as far as a product's rules look at it."""

    def __init__(self, store: ObjectStore, product: Product) -> None:
        """Nothing is read before a batch is viewed."""
        self._store, self._product = store, product
        self._checks = usual_checks(product)
        self._history: dict[object, Mapping[str, Measured]] | None = None

    def view(self, report: Report, own: Mapping[str, Measured], partition: str | None) -> Report:
        """A report with the opinions on a batch in the place of what a contract alone could not evaluate.

        Args:
            report: What the checks found.
            own: What was ``measured`` of the batch.
            partition: The partition that it is: earlier batches of the same one are not looked at.

        Raises:
            StorageError: The store failed.
        """
        if not self._checks:
            return report
        if self._history is None:
            self._history = _history(self._store, self._product, self._checks)
        history = [values for key, values in self._history.items() if key != partition]
        results = tuple(_viewed(self._product, result, own, history) for result in report.results)
        return replace(report, results=results)

    def note(self, own: Mapping[str, Measured], partition: str | None) -> None:
        """Count a batch that is about to be published among the earlier ones, for those that are judged after it."""
        if self._history is not None and partition is not None:
            others = {key: values for key, values in self._history.items() if key != partition}
            self._history = {partition: own, **others}


def _viewed(
    product: Product, result: Result, own: Mapping[str, Measured], history: Sequence[Mapping[str, Measured]]
) -> Result:
    """A result with the opinion in it, where its rule looks back."""
    rule, name = result.check.rule, result.check.name
    if not isinstance(rule, Usual):
        return result
    if name not in own:
        return replace(result, reason=_unmeasured(product, result.check))
    earlier = [values[name] for values in history if name in values][: rule.window]
    view = opinion(rule, own[name], earlier)
    if view is None:
        reason = f"{len(earlier)} batches were published before, and it takes {rule.least} to say what is usual"
        return replace(result, reason=reason)
    status = Status.PASSED if view.is_usual else Status.FAILED
    return replace(result, status=status, value=view.value, reason=view.reason)


def _measure(product: Product, check: Check, batch: pa.Table | Spool) -> Measured | None:
    rule = check.rule
    if not isinstance(rule, Usual):
        return None
    if rule.aspect == "rows":
        return float(batch.num_rows)
    name = check.path[0]
    if name not in batch.column_names or not batch.num_rows:
        return None
    column = batch.column(name)
    if rule.aspect == "nulls":
        return float(column.null_count / batch.num_rows)
    return None if name in product.classified else _distribution(column.drop_null())


def _distribution(column: pa.ChunkedArray) -> Measured | None:
    """Percentiles of numbers, shares of the most frequent texts and booleans; None: of others there is none."""
    if pt.is_decimal(column.type):
        column = pc.cast(column, pa.float64())
    if pt.is_integer(column.type) or pt.is_floating(column.type):
        finite = column.filter(pc.is_finite(column)) if pt.is_floating(column.type) else column
        if not len(finite):
            return None
        numbers = pc.quantile(finite, q=list(PERCENTILES.values())).to_pylist()
        return {name: float(f"{number:.6g}") for name, number in zip(PERCENTILES, numbers, strict=True)}
    is_listed = pt.is_string(column.type) or pt.is_large_string(column.type) or pt.is_boolean(column.type)
    if not is_listed or not len(column):
        return None
    counts = pc.value_counts(column.combine_chunks())
    pairs = sorted(zip(counts.field(1).to_pylist(), map(str, counts.field(0).to_pylist()), strict=True), reverse=True)
    return {value: count / len(column) for count, value in pairs[:_MOST_VALUES]}


def _unmeasured(product: Product, check: Check) -> str:
    if check.path and check.path[0] in product.classified:
        return "the column is classified, so nothing of its values is kept to compare with"
    return "the batch has no values of the column to measure"


def _history(store: ObjectStore, product: Product, checks: list[Check]) -> dict[object, Mapping[str, Measured]]:
    """What was measured of earlier batches, the newest first: of each partition its newest."""
    window = max(check.rule.window for check in checks if isinstance(check.rule, Usual))
    try:
        commits = versions(store, product.key, limit=_FURTHER * window)
    except MissingTable:
        return {}
    by_partition: dict[object, Mapping[str, Measured]] = {}
    rolled_back: list[VersionInfo] = []
    for commit in commits:
        if commit.mode == "roll_back":
            rolled_back.append(commit)
        for key, about in reversed(batches_of(commit)):
            if any(_undid(later, commit, key) for later in rolled_back):
                continue  # somebody said that it was wrong: it is no example of what is usual
            if isinstance(values := about.get(USUAL), Mapping):
                by_partition.setdefault(key, values)
    return by_partition


def _undid(later: VersionInfo, commit: VersionInfo, partition: object) -> bool:
    """Whether a roll-back undid what an earlier commit published."""
    to = later.metadata.get(ROLLED_BACK_TO)
    of = not later.partitions or partition in later.partitions
    return isinstance(to, int) and to < commit.version < later.version and of
