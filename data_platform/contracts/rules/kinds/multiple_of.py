"""Steps: ``multipleOf`` of a number."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Final

from data_platform.contracts.elements import Property
from data_platform.contracts.rules.comparing.differences import Answer
from data_platform.contracts.rules.kinds.unevaluated import Unevaluated
from data_platform.contracts.rules.model import Declared, Rule, RuleSample, Samples, WrittenSample
from data_platform.contracts.rules.option import OptionRule, place
from data_platform.contracts.rules.paths import Path
from data_platform.contracts.rules.registry import rule_kind
from data_platform.contracts.rules.sources import Wrong
from data_platform.contracts.rules.sql.values import NUMBERS, UnfitValueError, Value, decimal_of, float_name

_EXACT_DIGITS: Final = 22  # 10 ** 22 is the largest power of ten that a double holds exactly
_MAX_DIGITS: Final = 38
_INTEGER_DIGITS: Final = 20  # of the longest 64-bit integer


@rule_kind(90)
@dataclass(frozen=True)
class MultipleOf(OptionRule):
    """A multiple of a number, in decimal arithmetic: 0.3 is one of 0.1. A float is taken for the nearest decimal."""

    divisor: Decimal

    options = {"multipleOf": ("integer", "number")}  # noqa: RUF012 - never changed
    keyword_of = frozenset({"integer", "number"})
    told_as = ("multiple-of-narrowed", "multiple-of-widened", "multiple-of-changed")

    def violation(self, value: Value) -> str:
        """No multiple of the divisor."""
        own, number = value.needs(*NUMBERS), value.type
        step = decimal_of(self.divisor).normalize()
        exponent = step.as_tuple().exponent
        scale = max(-exponent, 0) if isinstance(exponent, int) else 0
        if own == "null":
            return "false"
        if step <= 0 or scale > _EXACT_DIGITS:
            raise UnfitValueError(f"multipleOf {self.divisor}: no number above 0 with at most {_EXACT_DIGITS} decimals")
        if own == "float":
            return _no_multiple_of_floats(value, step, scale)
        if own == "integer" and scale == 0:
            return f"{value.sql} % {value.literal(step)} <> 0"
        own_scale, precision = (number.scale or 0, number.precision or 0) if own == "decimal" else (0, _INTEGER_DIGITS)
        places = max(scale, own_scale)
        digits = precision - own_scale + places
        width = f"DECIMAL({min(max(digits, step.adjusted() + 1 + places), _MAX_DIGITS)},{places})"
        return f"CAST({value.sql} AS {width}) % CAST('{step:f}' AS {width}) <> 0"

    def implies(self, other: "MultipleOf", _: str | None) -> Answer:
        """Whether this divisor is a multiple of the other."""
        if not other.divisor or not self.divisor:
            return None
        return (Fraction(self.divisor) / Fraction(other.divisor)).denominator == 1

    @classmethod
    def of_property(cls, column: Property, path: Path) -> Iterator[Declared]:
        """The rule of the option."""
        divisor = column.logical_type_options.get("multipleOf")
        if divisor is not None:
            yield Declared.at(path, "multipleOf", _rule(divisor), f"a multiple of {divisor}")

    @classmethod
    def problems(cls, column: Property) -> Iterator[Wrong]:
        """A step of which there are no multiples."""
        step = column.logical_type_options.get("multipleOf")
        if isinstance(step, int | float) and step <= 0:
            message, fix = f"multipleOf {step} has no multiples", "write a number above 0"
            yield Wrong("wrong-limit", place(column, "multipleOf"), message, fix)

    @classmethod
    def samples(cls) -> Samples:
        """Multiples of floats and of decimals."""
        real = RuleSample(
            MultipleOf(Decimal("0.1")), "DOUBLE", (0.3, 0.7, -0.0, None), (0.35, float("inf"), float("nan"), 0.1), 3,
            narrower=MultipleOf(Decimal("0.5")), wider=MultipleOf(Decimal("0.05")),
        )  # fmt: skip
        exact = RuleSample(MultipleOf(Decimal(5)), "DECIMAL(9,2)", (Decimal("5.00"),), (Decimal("5.01"),))

        def keys(step: float) -> dict[str, object]:
            return {"logicalType": "integer", "logicalTypeOptions": {"multipleOf": step}}

        written = WrittenSample(
            keys(5), "multiple_of", keys(10), "multiple-of-narrowed",
            keys(-5), "wrong-limit", "write a number above 0", keys(5),
        )  # fmt: skip
        return Samples((real, exact), (written,))


def _rule(divisor: object) -> Rule:
    try:
        return MultipleOf(Decimal(str(divisor)))
    except InvalidOperation:
        return Unevaluated(f"multipleOf {divisor!r} is no number")


def _no_multiple_of_floats(value: Value, step: Decimal, scale: int) -> str:
    """Other than the float nearest to k * step, for the k nearest to the quotient.

    ``step`` is ``units / 10^scale``, and both of these are exact.
    """
    units, power = int(step.scaleb(scale)), f"CAST('1e{scale}' AS DOUBLE)"
    scaled, back = (f"{value.sql} * {power}", f"/ {power}") if scale else (value.sql, "")
    counted = f"round({scaled} / {units}) * {units}" if units != 1 else f"round({scaled})"
    nearest = f"CAST({counted} {back} AS {float_name(value.type)})"
    # A number that is none minus itself is none, nor is infinity.
    return f"({value.sql} <> {nearest} OR {value.sql} - {value.sql} <> 0)"
