"""A plain-Python reading of each kind of rule, written from what ``contracts.rules`` says and from nothing else.

What belongs here: the rows that break a rule, one at a time. What does not: speed, SQL, anything of the executor.
"""

import math
import re
from collections import Counter
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Any
from zoneinfo import ZoneInfo

from data_platform.contracts.rules.paths import ITEMS
from data_platform_tests.contracts import rule_kinds as rules

Row = dict[str, Any]


def breaking(rule: rules.Rule, path: rules.Path, rows: list[Row], other: list[Row] | None = None) -> set[int]:
    """Positions of the rows that break a rule about values, keys or references."""
    if isinstance(rule, rules.Unique) or (isinstance(rule, rules.Metric) and rule.metric == "duplicateValues"):
        keys = [tuple(canonical(_at(row, path)) for path in rule.columns) for row in rows]
        seen = Counter(key for key in keys if None not in key)
        repeated = {number for number, key in enumerate(keys) if seen[key] > 1}
        nulls = {number for number, key in enumerate(keys) if None in key}
        return repeated | nulls if isinstance(rule, rules.PrimaryKey) else repeated
    if isinstance(rule, rules.ForeignKey):
        there = {tuple(canonical(row[name]) for name in rule.to_columns) for row in other or []}
        keys = [tuple(canonical(_at(row, path)) for path in rule.columns) for row in rows]
        return {number for number, key in enumerate(keys) if None not in key and key not in there}
    return {number for number, row in enumerate(rows) if _breaks_at(rule, row[path[0]], path[1:])}


def surplus(rule: rules.Metric, rows: list[Row]) -> int:
    """Rows that repeat the key of an earlier one."""
    keys = [tuple(canonical(_at(row, path)) for path in rule.columns) for row in rows]
    whole = [key for key in keys if None not in key]
    return len(whole) - len(set(whole))


def canonical(value: Any) -> Any:
    """A value, so that equal ones are equal in Python too."""
    if isinstance(value, float):
        return "not a number" if math.isnan(value) else value + 0.0
    return value


def _at(row: Row, path: rules.Path) -> Any:
    value: Any = row
    for step in path:
        value = None if value is None else value[step]
    return value


def _breaks_at(rule: rules.Rule, value: Any, path: rules.Path) -> bool:
    if not path:
        return _breaks(rule, value)
    if value is None:
        return False
    if path[0] == ITEMS:
        return any(_breaks_at(rule, item, path[1:]) for item in value)
    return _breaks_at(rule, value[path[0]], path[1:])


def _breaks(rule: rules.Rule, value: Any) -> bool:  # noqa: C901, PLR0911 - one case a kind of rule
    match rule:
        case rules.Required() | rules.Metric(metric="nullValues"):
            return value is None
        case rules.Metric(metric="missingValues"):
            listed = (None, "") if rule.values is None else rule.values
            return any(_same(value, one) for one in listed)
        case _ if value is None:
            return False
        case rules.Metric(metric="invalidValues"):
            outside = rule.values is not None and not any(_same(value, one) for one in rule.values)
            return outside or (rule.pattern is not None and not _found(rule.pattern, value))
        case rules.OneOf():
            return not any(_same(value, one, rule.zone) for one in rule.values)
        case rules.Bound():
            return _beyond(rule, value)
        case rules.Size():
            size = sum(part is not None for part in value.values()) if rule.what == "properties" else len(value)
            return size < rule.limit if rule.operator == "minimum" else size > rule.limit
        case rules.Matches():
            return not _found(rule.pattern, value)
        case rules.MultipleOf():
            return not _is_multiple(value, rule.divisor)
        case rules.UniqueItems():
            return len({canonical(item) for item in value}) < len(value)
        case rules.HasProperties():
            return any(value[name] is None for name in rule.names)
        case rules.Formatted():
            return not _formatted(rule.format, value)
    raise AssertionError(rule)


def _found(pattern: str, text: str) -> bool:
    return re.search(pattern.replace("$", r"\Z"), text, re.ASCII) is not None


def _same(value: Any, listed: Any, zone: str = "UTC") -> bool:  # noqa: PLR0911 - one case a type
    if value is None or listed is None:
        return value is listed
    if isinstance(value, bool) or isinstance(listed, bool):
        return value is listed
    if isinstance(value, str):
        return isinstance(listed, str) and value == listed
    if isinstance(value, int | float | Decimal):
        if isinstance(listed, str):
            return False
        return value == float(listed) if isinstance(value, float) else value == Decimal(str(listed))
    try:
        return bool(_instant(value, zone) == _instant(_read(listed, value), zone))
    except (ValueError, TypeError, AttributeError):
        return False


def _beyond(rule: rules.Bound, value: Any) -> bool:
    if isinstance(value, float):
        if math.isnan(value):
            return True
        limit: Any = float(rule.limit)
    elif isinstance(value, int | Decimal):
        limit = Fraction(str(rule.limit))
        value = Fraction(value)
    else:
        value, limit = _instant(value, rule.zone), _instant(_read(rule.limit, value), rule.zone)
    return bool(
        {
            "minimum": value < limit,
            "maximum": value > limit,
            "exclusiveMinimum": value <= limit,
            "exclusiveMaximum": value >= limit,
        }[rule.operator]
    )


def _read(text: Any, like: Any) -> Any:
    if not isinstance(text, str):
        return text
    return time.fromisoformat(text) if isinstance(like, time) else datetime.fromisoformat(text)


def _instant(value: Any, zone: str) -> Any:
    """A comparable instant; dates and naive timestamps are in the zone."""
    if isinstance(value, time):
        return value
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def _is_multiple(value: Any, divisor: Decimal) -> bool:
    step = Fraction(divisor)
    if isinstance(value, float):
        if not math.isfinite(value):
            return False
        return float(round(Fraction(value) / step) * step) == value
    return Fraction(value) % step == 0


def _formatted(name: str, value: Any) -> bool:  # noqa: PLR0911 - one case a format
    if isinstance(value, int):
        bits = int(name[1:])
        return -(2 ** (bits - 1)) <= value < 2 ** (bits - 1) if name[0] == "i" else 0 <= value < 2**bits
    if isinstance(value, date):
        return True
    match name:
        case "ipv4":
            return _accepted(IPv4Address, value)
        case "ipv6":
            return "%" not in value and _accepted(IPv6Address, value)
        case "uuid":
            return re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", value) is not None
        case "yyyy-MM-dd":
            try:
                return re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII) is not None and bool(date.fromisoformat(value))
            except ValueError:
                return False
    raise AssertionError(name)


def _accepted(kind: Any, text: str) -> bool:
    try:
        kind(text)
    except (AddressValueError, ValueError):
        return False
    return True
