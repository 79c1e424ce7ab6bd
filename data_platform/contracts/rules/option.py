"""Rules that come of ``logicalTypeOptions``: what such a kind is, and how its options are compared.

What belongs here: what all of them share. What does not: the kinds.
"""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from data_platform.contracts.elements import Property
from data_platform.contracts.findings import KeyPath
from data_platform.contracts.rules.comparing.differences import Difference, kind_of_difference
from data_platform.contracts.rules.model import ValueRule, follows


class OptionRule(ValueRule):
    """A rule about single values that comes of one option, or of several."""

    options: ClassVar[Mapping[str, tuple[str, ...]]]
    """The options, each with the logical types that have it."""
    keyword_of: ClassVar[frozenset[str]] = frozenset()
    """The logical types of which an option is a keyword of JSON Schema of the same name."""
    told_as: ClassVar[tuple[str, str, str]]
    """Kinds of change: a narrower rule, a wider one, another one."""

    @classmethod
    def differences(cls, old: Property, new: Property) -> Iterable[Difference]:
        """What became of the one option; a kind with several says so itself."""
        before, after = (next((declared.rule for declared in cls.of_property(side, ())), None) for side in (old, new))
        if before == after:
            return
        narrower = before is None or (after is not None and follows(after, before, new.logical_type))
        wider = after is None or (before is not None and follows(before, after, old.logical_type))
        if narrower and wider:  # another word for the same, such as a format that excludes nothing
            return
        written = (side.logical_type_options.get(next(iter(cls.options))) for side in (old, new))
        yield Difference.turned(kind_of_difference(narrower, wider, cls.told_as), cls.suffix(), *written)

    @classmethod
    def json_schema(cls, column: Property) -> Mapping[str, object]:
        """The options that are keywords of the property's type."""
        logical, options = column.logical_type or "", column.logical_type_options
        if logical not in cls.keyword_of:
            return {}
        return {key: options[key] for key, types in cls.options.items() if logical in types and key in options}

    @classmethod
    def suffix(cls) -> str:
        """How checks and messages call the one option."""
        return next(iter(cls.options))


def place(column: Property, option: str) -> KeyPath:
    """Where an option of a property is written."""
    return (*column.path, "logicalTypeOptions", option)


def zone_of(column: Property) -> str:
    """The time zone of a property's instants without one."""
    return str(column.logical_type_options.get("defaultTimezone", "UTC"))
