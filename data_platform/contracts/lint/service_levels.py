"""Rules on service levels: a promise must be about something, and measurable.

What belongs here: ``slaProperties``. What does not: what the words mean (`data_platform.contracts.service_levels`).
"""

from collections.abc import Iterator
from typing import Final

from data_platform.contracts import service_levels as sla
from data_platform.contracts.findings import quoted
from data_platform.contracts.lint.rule import POLICY, Problem, Rule, Subject, error, warning
from data_platform.contracts.model import Contract
from data_platform.contracts.suggest import closest, did_you_mean

_NAMES: Final = (
    "availability", "throughput", "errorRate", "generalAvailability", "endOfSupport", "endOfLife", "retention",
    "frequency", "latency", "timeToDetect", "timeToNotify", "timeToRepair", "timeOfAvailability",
)  # fmt: skip


@error("sla-missing-element", POLICY)
def sla_missing_element(subject: Subject) -> Iterator[Problem]:
    """A promise on a column that does not exist is never kept nor broken."""
    contract = subject.contract
    known = [schema.name for schema in contract.schemas]
    known += [f"{schema.name}.{column.name}" for schema in contract.schemas for column in schema.properties]
    for level in contract.service_levels:
        for element in level.elements:
            if not _exists(contract, element):
                message = f"element {quoted(element)} is neither an object nor a property of the contract"
                yield Problem((*level.path, "element"), message, did_you_mean(element, known))


def _exists(contract: Contract, element: str) -> bool:
    """Whether an element is ``object``, ``object.property`` or, where there is one object, ``property``."""
    names = element.split(".")
    schema = contract.schema(names[0])
    if schema is not None:
        names = names[1:]
    elif len(contract.schemas) == 1:
        schema = contract.schemas[0]
    else:
        return False
    within = schema.properties
    for name in names:
        column = next((candidate for candidate in within if candidate.name == name), None)
        if column is None:
            return False
        within = column.properties
    return True


@warning("sla-unknown-property", POLICY)
def sla_unknown_property(subject: Subject) -> Iterator[Problem]:
    """The standard allows any word, so only a likely slip of the pen is reported."""
    for level in subject.contract.service_levels:
        near = closest(level.property, _NAMES)
        if sla.kind(level) not in sla.KNOWN and near:
            message = f"service level {quoted(level.property)} is not known"
            yield Problem((*level.path, "property"), message, f"did you mean '{near}'?")


@error("sla-value", POLICY)
def sla_value(subject: Subject) -> Iterator[Problem]:
    """What is measured is compared with a number, or a moment."""
    for level in subject.contract.service_levels:
        name, place = sla.kind(level), (*level.path, "value")
        if name in sla.NUMBERS:
            amount = sla.number(level.value)
            if amount is None or amount < 0:
                message = f"{level.property} {quoted(level.value)} is no number of 0 or more"
                yield Problem(place, message, "write a number, and its unit under `unit`")
        elif name in sla.DATES and sla.moment(level.value) is None:
            message = f"{level.property} {quoted(level.value)} is no date"
            yield Problem(place, message, "write it in quotes as '2027-06-30' or '2027-06-30T00:00:00Z'")


@error("sla-unit", POLICY)
def sla_unit(subject: Subject) -> Iterator[Problem]:
    """A duration needs a unit of time."""
    units = "ms, s, min, h, d, w, month or y"
    for level in subject.contract.service_levels:
        if sla.kind(level) not in sla.DURATIONS:
            continue
        if level.unit is None:
            yield Problem(level.path, f"{level.property} has no unit", f"add unit: {units}")
        elif sla.unit_length(level.unit) is None:
            message = f"unit {quoted(level.unit)} is no unit of time"
            hint = "write min or month" if level.unit.strip() in {"m", "M"} else f"write {units}"
            yield Problem((*level.path, "unit"), message, hint)


RULES: Final[tuple[Rule, ...]] = (sla_missing_element, sla_unknown_property, sla_value, sla_unit)
