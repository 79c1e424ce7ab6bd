"""Whether a batch is like those before it: ``dataPlatform.usualRows``, ``usualNulls`` and ``usualValues``.

Each is ``true``, or a mapping of ``window``, ``least``, ``tolerance`` and ``severity``.

What belongs here: the rule, its settings, and the judgement, given what was measured. What does not: measuring a batch
and finding earlier ones (``products.usual``): a contract alone has no history, and without one such a rule is not
evaluated.

The middle of earlier values is their median, and how far they stray the median of their distances to it (MAD), times
1.4826, which makes it a standard deviation where values are normal: one odd batch moves neither (Rousseeuw and Croux,
1993). What lies beyond ``tolerance`` times that is unusual; it has a floor, so that values that never moved may move a
little. Of a column of numbers the 10th, 50th and 90th percentile are judged so; of one of texts or booleans half the
sum of the differences between shares (total variation), against the distances of earlier batches.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, Literal

from data_platform.contracts.elements import Property
from data_platform.contracts.findings import quoted
from data_platform.contracts.model import Contract
from data_platform.contracts.rules.comparing.differences import Difference
from data_platform.contracts.rules.custom_keys import CustomKey
from data_platform.contracts.rules.model import Declared, Rule
from data_platform.contracts.rules.paths import Path, shown, stored
from data_platform.contracts.rules.plans import Context, Status, Verdict
from data_platform.contracts.rules.registry import rule_kind
from data_platform.contracts.rules.sources import TableSource

Aspect = Literal["rows", "nulls", "values"]
Measured = float | Mapping[str, float]
"""Rows, a share, or of values: percentiles as ``p10``, ``p50``, ``p90``, or the shares of values by their text."""

PERCENTILES: Final = {"p10": 0.1, "p50": 0.5, "p90": 0.9}
_TO_DEVIATION: Final = 1.4826
_ROWS_FLOOR: Final = 0.05
_NULLS_FLOOR: Final = 0.005
_SPAN_FLOOR: Final = 0.05
_LEAST_DISTANCE: Final = 0.1


@dataclass(frozen=True, slots=True)
class LookBack:
    """What a rule about earlier batches says: how far it looks back, and what becomes of an unusual batch.

    Attributes:
        window: How many earlier batches are looked at.
        least: How many there have to be.
        tolerance: How many deviations from the middle are usual.
        blocking: Whether an unusual batch is kept from being published, instead of told.
    """

    window: int = 30
    least: int = 7
    tolerance: float = 4.0
    blocking: bool = False


_LIMITS: Final = {"window": (2, 365), "least": (2, 365), "tolerance": (0.5, 100)}
"""The least and the most of each."""


def _look_back(value: object) -> LookBack | None:
    if isinstance(value, bool):
        return LookBack() if value else None
    if not isinstance(value, Mapping):
        message = f"{quoted(value)} says nothing of it; write true, or a mapping such as {{window: 30}}"
        raise ValueError(message)  # noqa: TRY004 - as every parser here
    if unknown := sorted(map(str, value.keys() - {*_LIMITS, "severity"})):
        raise ValueError(f"{quoted(unknown[0])} is not known; write window, least, tolerance or severity")
    for name, (low, high) in _LIMITS.items():
        number = value.get(name, low)
        whole = name == "tolerance" or isinstance(number, int)
        if isinstance(number, bool) or not isinstance(number, int | float) or not whole or not low <= number <= high:
            raise ValueError(f"{name}: {quoted(number)} is out of range; write a number from {low} to {high}")
    if value.get("severity", "warning") not in ("error", "warning"):
        raise ValueError(f"severity: {quoted(value['severity'])} is not known; write warning or error")
    numbers = {name: value[name] for name in _LIMITS if name in value}
    settings = LookBack(**numbers, blocking=value.get("severity") == "error")
    if settings.least > settings.window:
        raise ValueError(f"least {settings.least} is more than window {settings.window}; make window larger")
    return settings


_ROWS: Final = CustomKey("usualRows", "contract", _look_back)
_NULLS: Final = CustomKey("usualNulls", "property", _look_back)
_VALUES: Final = CustomKey("usualValues", "property", _look_back)


@rule_kind(400)
@dataclass(frozen=True)
class Usual(Rule):
    """A batch is like those before it.

    Attributes:
        aspect: What of it: the number of rows; of a column the share of nulls, or the distribution of its values.
        window: How many earlier batches are looked at.
        least: How many there have to be; with fewer it is not evaluated.
        tolerance: How many deviations from the middle are usual.
    """

    aspect: Aspect
    window: int = 30
    least: int = 7
    tolerance: float = 4.0

    custom_keys = (_ROWS, _NULLS, _VALUES)

    def plan(self, _: Path, __: Context) -> Verdict:
        """Nothing is asked of a batch alone."""
        reason = "earlier batches are looked at where the product is published"
        return Verdict(Status.NOT_EVALUATED, reason=reason)

    @classmethod
    def of_table(cls, source: TableSource) -> Iterator[Declared]:
        """The rules of the contract and of its columns; warnings, unless they are said to be errors."""
        name = source.table.name
        yield from _declared("rows", (), name, "about as many rows", _ROWS.read(source.contract.custom_properties))
        for column in stored(source.table.properties):
            path, custom = (column.column,), column.custom_properties
            yield from _declared("nulls", path, name, "about as many nulls", _NULLS.read(custom))
            yield from _declared("values", path, name, "values spread about", _VALUES.read(custom))

    @classmethod
    def differences(cls, old: Property, new: Property) -> Iterator[Difference]:
        """What became of the rules of a column."""
        for key in (_NULLS, _VALUES):
            yield from _changed(key, key.read(old.custom_properties), key.read(new.custom_properties))

    @classmethod
    def contract_differences(cls, old: Contract, new: Contract) -> Iterator[Difference]:
        """What became of the rule of the contract."""
        yield from _changed(_ROWS, _ROWS.read(old.custom_properties), _ROWS.read(new.custom_properties))


def _declared(aspect: Aspect, path: Path, table: str, words: str, settings: LookBack | None) -> Iterator[Declared]:
    if settings is not None:
        rule = Usual(aspect, settings.window, settings.least, settings.tolerance)
        description = f"{shown(path) or table}: {words} as in the batches before."
        parts = (shown(path), "usual", aspect)
        yield Declared(rule, path, parts, description, "accuracy", warns=not settings.blocking)


def _changed(key: CustomKey, was: LookBack | None, now: LookBack | None) -> Iterator[Difference]:
    """What became of a rule whose meaning moves with the data."""
    if was != now:
        blocking = any(settings is not None and settings.blocking for settings in (was, now))
        kind = "rule-undecided" if blocking else "warning-changed"
        yield Difference.turned(kind, key.full_name, was and str(was), now and str(now))


@dataclass(frozen=True)
class Opinion:
    """What comes of looking back.

    Attributes:
        is_usual: Whether the batch is like the others.
        reason: In words: what is measured, and what is usual.
        value: The number that was judged: rows, a share, or the distance to what is usual.
    """

    is_usual: bool
    reason: str
    value: float


def opinion(rule: Usual, measured: Measured, history: Sequence[Measured]) -> Opinion | None:
    """Compare what was measured of a batch with what was of earlier ones.

    Args:
        rule: The rule.
        measured: Of the batch.
        history: Of the others, in any order; those that were measured otherwise are left out.

    Returns:
        The opinion; None: there are too few to have one.
    """
    if isinstance(measured, Mapping):
        shapes = [earlier for earlier in history if isinstance(earlier, Mapping)]
        is_numeric = measured.keys() == PERCENTILES.keys()
        alike = [earlier for earlier in shapes if (earlier.keys() == PERCENTILES.keys()) == is_numeric]
        if len(alike) < rule.least:
            return None
        return _of_numbers(rule, measured, alike) if is_numeric else _of_shares(rule, measured, alike)
    numbers = [float(earlier) for earlier in history if not isinstance(earlier, Mapping)]
    if len(numbers) < rule.least:
        return None
    middle = median(numbers)
    floor = _NULLS_FLOOR if rule.aspect == "nulls" else max(middle**0.5, _ROWS_FLOOR * middle)
    low, high = _range(rule, numbers, floor)
    shown = _share if rule.aspect == "nulls" else _count
    what = f"{shown(measured)} of the values are null" if rule.aspect == "nulls" else f"{shown(measured)} rows"
    usual = f"of {len(numbers)} batches before, the middle is {shown(middle)}"
    between = f"{shown(max(low, 0.0))} to {shown(high)} is usual"
    return Opinion(low <= measured <= high, f"{what}; {usual}, and {between}", float(measured))


def _range(rule: Usual, numbers: Sequence[float], floor: float) -> tuple[float, float]:
    middle = median(numbers)
    deviation = max(_TO_DEVIATION * median(abs(number - middle) for number in numbers), floor)
    return middle - rule.tolerance * deviation, middle + rule.tolerance * deviation


def _of_numbers(rule: Usual, measured: Mapping[str, float], history: Sequence[Mapping[str, float]]) -> Opinion:
    """Judge each percentile; the floor is a part of how far the values usually lie apart."""
    span = median(earlier["p90"] - earlier["p10"] for earlier in history)
    floor = max(_SPAN_FLOOR * span, _SPAN_FLOOR * abs(median(earlier["p50"] for earlier in history)) / 10, 1e-12)
    strays: list[tuple[float, str]] = []
    for name in PERCENTILES:
        numbers = [earlier[name] for earlier in history]
        low, high = _range(rule, numbers, floor)
        beyond = max(low - measured[name], measured[name] - high, 0.0)
        text = f"the {_ordinal(name)} is {measured[name]:,.4g}, usually {low:,.4g} to {high:,.4g}"
        strays.append((beyond / (high - low), text))
    worst, reason = max(strays)
    reason = reason if worst else f"the median is {measured['p50']:,.4g}, as in {len(history)} batches before"
    return Opinion(not worst, reason, measured["p50"])


def _of_shares(rule: Usual, measured: Mapping[str, float], history: Sequence[Mapping[str, float]]) -> Opinion:
    names = sorted({name for shares in (measured, *history) for name in shares})
    usual = {name: median(shares.get(name, 0.0) for shares in history) for name in names}
    earlier = [_distance(shares, usual) for shares in history]
    _, high = _range(rule, earlier, _LEAST_DISTANCE / rule.tolerance)
    distance = _distance(measured, usual)
    moved = max(names, key=lambda name: abs(measured.get(name, 0.0) - usual[name]), default="")
    about = f"{moved!r} is {_share(measured.get(moved, 0.0))} of the values, usually {_share(usual.get(moved, 0.0))}"
    reason = f"{_share(distance)} of the values are others than usual, and up to {_share(high)} is; {about}"
    return Opinion(distance <= high, reason, distance)


def _distance(shares: Mapping[str, float], usual: Mapping[str, float]) -> float:
    names = shares.keys() | usual.keys()
    return sum(abs(shares.get(name, 0.0) - usual.get(name, 0.0)) for name in names) / 2


def _share(value: float) -> str:
    return f"{value:.1%}"


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _ordinal(name: str) -> str:
    return {"p10": "10th percentile", "p50": "median", "p90": "90th percentile"}[name]
