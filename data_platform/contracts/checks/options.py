"""From ``logicalTypeOptions`` to rules.

What belongs here: which rule each option becomes. What does not: naming and grading it (``compiling``).
"""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Final, Literal

from data_platform.contracts.checks.rules import (
    Bound,
    Formatted,
    HasProperties,
    Matches,
    MultipleOf,
    Rule,
    Size,
    Unevaluated,
    UniqueItems,
)
from data_platform.contracts.elements import Property

_BOUNDS: Final[tuple[Literal["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"], ...]] = (
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
)
_SIZES: Final[dict[str, tuple[Literal["length", "items", "properties"], Literal["minimum", "maximum"]]]] = {
    "minLength": ("length", "minimum"),
    "maxLength": ("length", "maximum"),
    "minItems": ("items", "minimum"),
    "maxItems": ("items", "maximum"),
    "minProperties": ("properties", "minimum"),
    "maxProperties": ("properties", "maximum"),
}


def option_rules(column: Property) -> Iterator[tuple[str, Rule, str]]:
    """The rules of a property's options.

    Args:
        column: The property.

    Yields:
        The option's name, the rule, and the rule in words.
    """
    options = column.logical_type_options
    zone = str(options.get("defaultTimezone", "UTC"))
    for name in _BOUNDS:
        if options.get(name) is not None:
            yield name, Bound(name, options[name], zone), f"{name} {options[name]}"
    for option, (what, operator) in _SIZES.items():
        if isinstance(options.get(option), int):
            yield option, Size(what, operator, options[option]), f"{option} {options[option]}"
    if options.get("pattern") is not None:
        yield "pattern", Matches(str(options["pattern"])), "matches the pattern"
    if options.get("format") is not None:
        yield "format", Formatted(str(options["format"])), f"of format {options['format']}"
    if options.get("multipleOf") is not None:
        yield "multipleOf", _multiple(options["multipleOf"]), f"a multiple of {options['multipleOf']}"
    if options.get("uniqueItems"):
        yield "uniqueItems", UniqueItems(), "no item twice"
    if options.get("required"):
        yield "requiredProperties", HasProperties(tuple(map(str, options["required"]))), "has the required properties"


def _multiple(value: object) -> Rule:
    try:
        return MultipleOf(Decimal(str(value)))
    except InvalidOperation:
        return Unevaluated(f"multipleOf {value!r} is no number")
