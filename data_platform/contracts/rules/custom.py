"""Rules about a column that come of one key of ours: what such a kind is, and how its rules are compared.

What belongs here: what all of them share. What does not: the kinds, and the keys of ours that are no rule
(``contracts.properties``).
"""

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from data_platform.contracts.elements import Property
from data_platform.contracts.findings import KeyPath
from data_platform.contracts.rules.comparing.differences import Difference
from data_platform.contracts.rules.model import Declared, Rule, follows
from data_platform.contracts.rules.paths import Path

_NOT_EVALUATED: Final = "not evaluated"


class CustomRule(Rule):
    """A rule that a property declares by the first of the kind's ``custom_keys``."""

    dimension: ClassVar[str]
    """The data quality dimension of ODCS."""
    suffix: ClassVar[str]
    """How checks are called by it."""

    @property
    def words(self) -> str:
        """The promise in words, after the value's name."""
        raise NotImplementedError

    @classmethod
    def of_setting(cls, setting: Any, path: Path) -> tuple[Rule, bool]:
        """The rule that a value of the key says, and whether a failure only warns.

        Args:
            setting: What the key's ``parse`` made of the value.
            path: The property that it is written at.
        """
        raise NotImplementedError

    @classmethod
    def of_property(cls, column: Property, path: Path) -> Iterator[Declared]:
        """The rule of the key."""
        setting = cls.custom_keys[0].read(column.custom_properties)
        if setting is not None:
            rule, warns = cls.of_setting(setting, path)
            words = rule.words if isinstance(rule, CustomRule) else _NOT_EVALUATED
            yield Declared.at(path, cls.suffix, rule, words, cls.dimension, warns=warns)

    @classmethod
    def differences(cls, old: Property, new: Property) -> Iterator[Difference]:
        """What became of the rule, told as what becomes of quality rules is."""
        before, after = (next(iter(cls.of_property(side, ())), None) for side in (old, new))
        if before is None or after is None:
            yield from cls._come_or_gone(before, after)
            return
        if before == after:
            return
        if before.warns != after.warns:
            kind = "rule-no-longer-enforced" if after.warns else "rule-enforced"
            severities = ["warning" if side.warns else "error" for side in (before, after)]
            yield Difference.turned(kind, f"severity of {cls.custom_keys[0].full_name}", *severities)
        narrower = follows(after.rule, before.rule, new.logical_type)
        wider = follows(before.rule, after.rule, old.logical_type)
        if narrower and wider:
            return
        kind = "rule-tightened" if narrower else "rule-loosened" if wider else "rule-changed"
        kind = "rule-undecided" if narrower is None and not wider else kind
        kind = "warning-changed" if before.warns and after.warns else kind
        yield cls._difference(kind, before, after)

    @classmethod
    def new_column_differences(cls, column: Property) -> Iterator[Difference]:
        """The rule of a new column, which is null in old data, where these may break it."""
        declared = next(iter(cls.of_property(column, ())), None)
        if declared is not None and not declared.rule.kept_by_nulls:
            yield from cls._come_or_gone(None, declared)

    @classmethod
    def _come_or_gone(cls, before: Declared | None, after: Declared | None) -> Iterator[Difference]:
        either = before or after
        if either is not None:
            kind = "warning-changed" if either.warns else "rule-removed" if before else "rule-added"
            yield cls._difference(kind, before, after)

    @classmethod
    def _difference(cls, kind: str, before: Declared | None, after: Declared | None) -> Difference:
        was, now = (_words(side) for side in (before, after))
        message = f"{cls.custom_keys[0].full_name}: {was or 'none'} → {now or 'none'}"
        return Difference(kind, message, was, now)

    @classmethod
    def place(cls, column: Property) -> KeyPath | None:
        """Where a property has the key's value; None: it has none."""
        name = cls.custom_keys[0].full_name
        return next(((*entry.path, "value") for entry in column.custom_properties if entry.name == name), None)


def _words(declared: Declared | None) -> str | None:
    if declared is None:
        return None
    return declared.rule.words if isinstance(declared.rule, CustomRule) else _NOT_EVALUATED
