"""Rules on contracts of ODCS 3.0, which are read as 3.1 reads them: what changed, and what to write now.

What belongs here: what 3.1 still takes and has deprecated, or reads otherwise. What does not: what 3.1's JSON Schema
refuses (`data_platform.contracts.validate` tells it, under the same id), and the translation (`contracts.older`).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from data_platform.contracts import older
from data_platform.contracts.findings import KeyPath, quoted
from data_platform.contracts.lint.quality import METRICS
from data_platform.contracts.lint.rule import STANDARD, Problem, Rule, Subject, warning
from data_platform.contracts.raw import entries, mapping


@warning("older-api-version", STANDARD)
def older_api_version(subject: Subject) -> Iterator[Problem]:
    """3.0 is read; the standard replaced it by 3.1 in December 2025."""
    version = subject.contract.api_version
    if older.is_older(version):
        message = f"apiVersion {quoted(version)} is read as 3.1, which replaced it"
        yield Problem(
            ("apiVersion",), message, "set apiVersion: v3.1.0, once nothing is told under changed-in-3-1 any more"
        )


@warning("changed-in-3-1", STANDARD)
def changed_in_3_1(subject: Subject) -> Iterator[Problem]:
    """Spellings of 3.0 that 3.1 deprecated, or means something else by."""
    contract = subject.contract
    if not older.is_older(contract.api_version):
        return
    if isinstance(contract.raw.get("team"), list):
        yield Problem(("team",), "3.1 writes a team as a mapping", "write team: {name: …, members: […]}")
    if "slaDefaultElement" in contract.raw:
        message = "3.1 deprecates slaDefaultElement"
        yield Problem(("slaDefaultElement",), message, "write element: … at each service level")
    for index, schema in entries(contract.raw, "schema"):
        yield from _of_rules(schema, ("schema", index))
        yield from _of_properties(schema, ("schema", index))


def _of_properties(raw: Mapping[str, Any], path: KeyPath) -> Iterator[Problem]:
    for index, column in entries(raw, "properties"):
        place = (*path, "properties", index)
        yield from _of_property(column, place)
        yield from _of_rules(column, place)
        yield from _of_properties(column, place)
        yield from _of_properties(mapping(column, "items"), (*place, "items"))


def _of_property(column: Mapping[str, Any], path: KeyPath) -> Iterator[Problem]:
    name = quoted(column.get("name"))
    if older.is_moment(column):
        message = f"{name} holds moments, for which 3.1 has a logical type of its own"
        yield Problem((*path, "logicalType"), message, "write logicalType: timestamp")
    if column.get("logicalType") in {"timestamp", "time"}:
        message = f"logicalType {quoted(column['logicalType'])} came with ODCS 3.1"
        yield Problem((*path, "logicalType"), message, "set apiVersion: v3.1.0")
    if "relationships" in column:
        yield Problem((*path, "relationships"), "relationships came with ODCS 3.1", "set apiVersion: v3.1.0")


def _of_rules(raw: Mapping[str, Any], path: KeyPath) -> Iterator[Problem]:
    for index, rule in entries(raw, "quality"):
        name = rule.get("rule")
        if isinstance(name, str) and rule.get("type", "library") == "library" and "metric" not in rule:
            fix = f"write metric: {older.METRICS.get(name, name)}"
            if name not in older.METRICS and name not in METRICS:
                fix = f"write metric: one of {', '.join(METRICS)}"
            elif name == "validValues":
                fix += ", with arguments: {validValues: […]} and mustBe: 0"
            yield Problem((*path, "quality", index, "rule"), "3.1 writes `metric` instead of `rule`", fix)


RULES: Final[tuple[Rule, ...]] = (older_api_version, changed_in_3_1)
