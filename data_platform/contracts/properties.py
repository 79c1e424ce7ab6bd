"""Our own custom properties: what the platform must know and the standard has no key for.

What belongs here: every ``customProperties`` entry whose name starts with ``dataPlatform.``: its name, level, values
and default. What does not: anything that the standard can say (a partition column is ``partitioned: true``, the day
support ends is the SLA ``endOfSupport``), keys that a rule about data comes of, which the rule's kind declares
(``rules.kinds``), and entries of other tools, which are left alone.

============================== ========== =====================================================================
name                           level      value
============================== ========== =====================================================================
dataPlatform.owner             contract   who answers for it, such as ``team:sales`` or an address
dataPlatform.publishMode       contract   ``replace`` (default), ``replace_partition``, ``upsert``, ``append``
dataPlatform.quarantineShare   contract   share of rows, 0 up to but not 1, below which the bad rows are put into
                                          quarantine and the good ones published; default 0: all or nothing
dataPlatform.compatibility     contract   ``NONE``, ``CONSUMER`` (default), ``PRODUCER``, ``FULL``, each also with
                                          ``_TRANSITIVE``
dataPlatform.versionRetention  contract   how long earlier table versions stay readable: ``12h``, ``7d``, ``2w``
dataPlatform.extraColumns      contract   ``refuse`` (default), or ``ignore``: whether a batch may have columns that the
                                          contract lacks; ignored ones are not published
dataPlatform.restate           contract   what a new version makes anew by itself of what was published before:
                                          ``none`` (default), ``all``, or partitions of so many days back, such as 90
dataPlatform.restatedDays      contract   for how many days after its day a partition may change; left out: as long as
                                          the product's inputs do
dataPlatform.replacedBy        contract   the product to move to, such as ``sales/orders_v2``
dataPlatform.retiredAnyway     contract   why it was retired while somebody still read it: those keep what was
                                          published last, and are warned
dataPlatform.pseudonymise      property   ``hash`` or ``mask``: how personal data is shown to those not cleared
dataPlatform.severity          relation   of a relationship: ``error`` (default), or ``warning``, which is told and
                                          keeps nothing from being published
dataPlatform.guess             rule       what a machine guessed a quality rule from; gone once it is confirmed
============================== ========== =====================================================================
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final, Self, TypeVar

from data_platform.contracts.elements import CustomProperty, Property, Relationship
from data_platform.contracts.findings import quoted

PREFIX: Final = "dataPlatform."
_DURATION: Final = re.compile(r"([1-9][0-9]{0,5})([hdw])")
_PRODUCT: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*/[A-Za-z_][A-Za-z0-9_]*")
_MOST_DAYS: Final = 3660
_HOURS: Final = {"h": 1, "d": 24, "w": 168}
_Value = TypeVar("_Value")


class PublishMode(StrEnum):
    """How a batch becomes part of the table."""

    REPLACE = "replace"
    REPLACE_PARTITION = "replace_partition"
    UPSERT = "upsert"
    APPEND = "append"


class CompatibilityMode(StrEnum):
    """Whom a new version of a contract must not break; ``_TRANSITIVE``: against every earlier version."""

    NONE = "NONE"
    CONSUMER = "CONSUMER"
    PRODUCER = "PRODUCER"
    FULL = "FULL"
    CONSUMER_TRANSITIVE = "CONSUMER_TRANSITIVE"
    PRODUCER_TRANSITIVE = "PRODUCER_TRANSITIVE"
    FULL_TRANSITIVE = "FULL_TRANSITIVE"
    NONE_TRANSITIVE = "NONE_TRANSITIVE"


class ExtraColumns(StrEnum):
    """What becomes of a batch with columns that the contract lacks."""

    REFUSE = "refuse"
    IGNORE = "ignore"


class Restate(StrEnum):
    """What of a product a new version makes anew by itself, but for a number of days."""

    ALL = "all"
    NONE = "none"


class Pseudonymisation(StrEnum):
    """How personal data is shown to those who are not cleared for it."""

    HASH = "hash"
    MASK = "mask"


class RelationshipSeverity(StrEnum):
    """What becomes of rows that refer to nothing."""

    ERROR = "error"
    WARNING = "warning"


def _one_of(kind: type[StrEnum]) -> Callable[[object], StrEnum]:
    def parse(value: object) -> StrEnum:
        if isinstance(value, str) and value in set(kind):
            return kind(value)
        raise ValueError(f"{quoted(value)} is none of its values; write one of {', '.join(kind)}")

    return parse


def _share(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
        raise ValueError(f"{quoted(value)} is no share of rows; write a number from 0 up to but not 1, such as 0.05")
    return float(value)


def _duration(value: object) -> timedelta:
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{quoted(value)} is no duration; write hours, days or weeks, such as 12h, 7d or 2w")
    return timedelta(hours=int(match[1]) * _HOURS[match[2]])


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{quoted(value)} is no text; write a name")
    return value.strip()


def _product(value: object) -> str:
    if not isinstance(value, str) or not _PRODUCT.fullmatch(value):
        raise ValueError(f"{quoted(value)} names no product; write domain/product, such as sales/orders_v2")
    return value


def _days(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST_DAYS:
        raise ValueError(f"{quoted(value)} is no number of days; write a whole number from 0 to {_MOST_DAYS}")
    return value


def _restate(value: object) -> Restate | int:
    if isinstance(value, str) and value in set(Restate):
        return Restate(value)
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _MOST_DAYS:
        return value
    raise ValueError(
        f"{quoted(value)} does not say what is made anew; write all, none, or a whole number of days from 1 to "
        f"{_MOST_DAYS}"
    )


CONTRACT_LEVEL: Final[Mapping[str, Callable[[object], Any]]] = {
    f"{PREFIX}owner": _text,
    f"{PREFIX}publishMode": _one_of(PublishMode),
    f"{PREFIX}quarantineShare": _share,
    f"{PREFIX}compatibility": _one_of(CompatibilityMode),
    f"{PREFIX}versionRetention": _duration,
    f"{PREFIX}extraColumns": _one_of(ExtraColumns),
    f"{PREFIX}restate": _restate,
    f"{PREFIX}restatedDays": _days,
    f"{PREFIX}replacedBy": _product,
    f"{PREFIX}retiredAnyway": _text,
}
"""Parsers of the contract's properties by name; each raises ``ValueError`` "what is wrong; what to write"."""

PROPERTY_LEVEL: Final[Mapping[str, Callable[[object], Any]]] = {
    f"{PREFIX}pseudonymise": _one_of(Pseudonymisation),
}
"""The same for a column's."""

RELATIONSHIP_LEVEL: Final[Mapping[str, Callable[[object], Any]]] = {f"{PREFIX}severity": _one_of(RelationshipSeverity)}
"""The same for a relationship's."""


RULE_LEVEL: Final[Mapping[str, Callable[[object], Any]]] = {f"{PREFIX}guess": _text}
"""The same for a quality rule's."""


VERSION_RETENTION: Final = timedelta(days=30)
"""How long earlier versions of a table stay readable where the contract says nothing: a table that keeps all for ever
holds a copy of itself for each day that it was made anew."""


@dataclass(frozen=True, slots=True)
class CustomProperties:
    """What a contract's own custom properties say, with the defaults where it says nothing or nothing valid."""

    owner: str | None = None
    publish_mode: PublishMode = PublishMode.REPLACE
    quarantine_share: float = 0.0
    compatibility: CompatibilityMode = CompatibilityMode.CONSUMER
    version_retention: timedelta = VERSION_RETENTION
    extra_columns: ExtraColumns = ExtraColumns.REFUSE
    restate: Restate | int = Restate.NONE
    restated_days: int | None = None
    replaced_by: str | None = None
    retired_anyway: str | None = None

    @classmethod
    def of(cls, custom_properties: Iterable[CustomProperty]) -> Self:
        """Read a contract's custom properties; what does not parse keeps its default, as the lint reports it."""
        entries = tuple(custom_properties)

        def read(name: str, default: _Value) -> _Value:
            return parsed(CONTRACT_LEVEL[f"{PREFIX}{name}"], entries, name, default)

        return cls(
            owner=read("owner", None),
            publish_mode=read("publishMode", PublishMode.REPLACE),
            quarantine_share=read("quarantineShare", 0.0),
            compatibility=read("compatibility", CompatibilityMode.CONSUMER),
            version_retention=read("versionRetention", VERSION_RETENTION),
            extra_columns=read("extraColumns", ExtraColumns.REFUSE),
            restate=read("restate", Restate.NONE),
            restated_days=read("restatedDays", None),
            replaced_by=read("replacedBy", None),
            retired_anyway=read("retiredAnyway", None),
        )


def pseudonymisation(column: Property) -> Pseudonymisation | None:
    """How a column is to be shown to those not cleared for it, or None where the contract does not say."""
    return parsed(PROPERTY_LEVEL[f"{PREFIX}pseudonymise"], column.custom_properties, "pseudonymise", None)


def relationship_severity(relationship: Relationship) -> RelationshipSeverity:
    """How bad it is when rows refer to nothing."""
    parser = RELATIONSHIP_LEVEL[f"{PREFIX}severity"]
    return parsed(parser, relationship.custom_properties, "severity", RelationshipSeverity.ERROR)


def parsed(parser: Callable[[object], Any], entries: Iterable[CustomProperty], name: str, default: _Value) -> _Value:
    """What custom properties say of one of ours.

    Args:
        parser: Reads its value; raises ``ValueError`` where that is not valid.
        entries: The custom properties of a contract or of a part of it.
        name: The property, without its prefix.
        default: What holds where they say nothing, or nothing valid, which the lint tells.
    """
    full = f"{PREFIX}{name}"
    values = {entry.name: entry.value for entry in entries}
    if full not in values:
        return default
    try:
        value: _Value = parser(values[full])
    except ValueError:
        return default
    return value
