"""Changes of service levels.

What belongs here: what became of the entries of ``slaProperties``. What does not: measuring them (``checks``).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from data_platform.contracts import service_levels as sla
from data_platform.contracts.compatibility.changes import Change
from data_platform.contracts.compatibility.kinds import Kind
from data_platform.contracts.compatibility.pairing import pair
from data_platform.contracts.compatibility.where import Where
from data_platform.contracts.model import Contract, ServiceLevel

_LONGER: Final[Mapping[str, tuple[Kind, Kind]]] = {
    "latency": (Kind.LATENCY_LENGTHENED, Kind.LATENCY_SHORTENED),
    "frequency": (Kind.FREQUENCY_LOWERED, Kind.FREQUENCY_RAISED),
    "retention": (Kind.RETENTION_LENGTHENED, Kind.RETENTION_SHORTENED),
    "endofsupport": (Kind.END_LATER, Kind.END_EARLIER),
    "endoflife": (Kind.END_LATER, Kind.END_EARLIER),
    "availability": (Kind.SERVICE_LEVEL_STRENGTHENED, Kind.SERVICE_LEVEL_WEAKENED),
    "throughput": (Kind.SERVICE_LEVEL_STRENGTHENED, Kind.SERVICE_LEVEL_WEAKENED),
    "errorrate": (Kind.SERVICE_LEVEL_WEAKENED, Kind.SERVICE_LEVEL_STRENGTHENED),
    "timetodetect": (Kind.SERVICE_LEVEL_WEAKENED, Kind.SERVICE_LEVEL_STRENGTHENED),
    "timetonotify": (Kind.SERVICE_LEVEL_WEAKENED, Kind.SERVICE_LEVEL_STRENGTHENED),
    "timetorepair": (Kind.SERVICE_LEVEL_WEAKENED, Kind.SERVICE_LEVEL_STRENGTHENED),
}
"""What it is when the value grows, and when it shrinks."""
_COME: Final = {"retention": Kind.RETENTION_SHORTENED, "endofsupport": Kind.END_ANNOUNCED,
                "endoflife": Kind.END_ANNOUNCED}  # fmt: skip
_GONE: Final = {"retention": Kind.RETENTION_LENGTHENED, "endofsupport": Kind.END_LATER, "endoflife": Kind.END_LATER}


def service_level_changes(old: Contract, new: Contract) -> Iterator[Change]:
    """What became of the service levels of a contract."""
    pairs = pair(old.service_levels, new.service_levels, lambda level: (sla.kind(level), level.elements), sla.kind)
    for level in pairs.removed:
        kind = _GONE.get(sla.kind(level), Kind.SERVICE_LEVEL_REMOVED)
        yield Where().change(kind, f"service level {_described(level)} is gone", _described(level), None)
    for level in pairs.added:
        kind = _COME.get(sla.kind(level), Kind.SERVICE_LEVEL_ADDED)
        yield Where().change(kind, f"service level {_described(level)} is new", None, _described(level))
    for level, other in pairs.both:
        yield from _pair_changes(level, other)


def _pair_changes(old: ServiceLevel, new: ServiceLevel) -> Iterator[Change]:
    before, after = _measure(old), _measure(new)
    same = (old.value, old.unit, old.value_ext) == (new.value, new.unit, new.value_ext)
    known = _LONGER.get(sla.kind(new))
    if known and before is not None and after is not None and type(before) is type(after):
        kind = None if before == after else known[0] if after > before else known[1]
    else:
        kind = None if same else Kind.SERVICE_LEVEL_CHANGED
    if kind is not None:
        yield Where().turned(kind, sla.kind(new), _described(old), _described(new))
    if set(old.elements) != set(new.elements):
        message = f"elements of {sla.kind(new)}"
        yield Where().turned(Kind.SERVICE_LEVEL_CHANGED, message, list(old.elements), list(new.elements))
    if old.description != new.description:
        what = f"description of service level {sla.kind(new)}"
        yield Where().turned(Kind.DESCRIPTION_CHANGED, what, old.description, new.description)


def _measure(level: ServiceLevel) -> Any:
    """What can be compared: a length of time, a moment, or a number with its unit's; ``None`` where it is none."""
    name = sla.kind(level)
    if name in sla.DATES:
        return sla.moment(level.value)
    if name in sla.DURATIONS:
        return sla.duration(level)
    return sla.number(level.value)


def _described(level: ServiceLevel) -> str:
    place = f" of {', '.join(level.elements)}" if level.elements else ""
    return f"{sla.kind(level)}{place} {level.value}{' ' + level.unit if level.unit else ''}"
