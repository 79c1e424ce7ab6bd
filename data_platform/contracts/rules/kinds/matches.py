"""Patterns: ``pattern`` of a text."""

from collections.abc import Iterator
from dataclasses import dataclass

from data_platform.contracts.elements import Property
from data_platform.contracts.rules.model import Declared, RuleSample, Samples, WrittenSample
from data_platform.contracts.rules.option import OptionRule, place
from data_platform.contracts.rules.paths import Path
from data_platform.contracts.rules.patterns import pattern_problem
from data_platform.contracts.rules.registry import rule_kind
from data_platform.contracts.rules.sources import Wrong
from data_platform.contracts.rules.sql.values import Value, text_literal


@rule_kind(70)
@dataclass(frozen=True)
class Matches(OptionRule):
    """A pattern found in the text, anywhere unless ``^`` and ``$`` say where (as in JSON Schema and ECMA-262).

    Read as RE2: linear time, so no look-around and no back reference. ``$`` is the end of the text only, ``.`` is no
    line break, case matters. Whether what one pattern takes another takes as well, nobody can tell.
    """

    pattern: str

    options = {"pattern": ("string",)}  # noqa: RUF012 - never changed
    keyword_of = frozenset({"string"})
    told_as = ("pattern-added", "pattern-removed", "pattern-changed")

    def violation(self, value: Value) -> str:
        """Without the pattern in it."""
        if value.needs("text") == "null":
            return "false"
        whole = _full_match(self.pattern)
        if whole is not None:
            return f"NOT regexp_full_match({value.sql}, {text_literal(whole)})"
        return f"NOT regexp_matches({value.sql}, {text_literal(self.pattern)})"

    @classmethod
    def of_property(cls, column: Property, path: Path) -> Iterator[Declared]:
        """The rule of the option."""
        if column.logical_type_options.get("pattern") is not None:
            rule = Matches(str(column.logical_type_options["pattern"]))
            yield Declared.at(path, "pattern", rule, "matches the pattern")

    @classmethod
    def problems(cls, column: Property) -> Iterator[Wrong]:
        """A pattern that DuckDB cannot run."""
        pattern = column.logical_type_options.get("pattern")
        problem = pattern_problem(pattern) if isinstance(pattern, str) else None
        if problem:
            yield Wrong("invalid-pattern", place(column, "pattern"), *problem)

    @classmethod
    def samples(cls) -> Samples:
        """A pattern for the whole text, and one for a part of it."""
        whole = RuleSample(Matches("^(?:a|b)$"), "VARCHAR", ("a", "b", None), ("ab", "a\n", "a"), 2)
        part = RuleSample(Matches("b+"), "VARCHAR", ("abc",), ("ac", "abc"))

        def keys(pattern: str) -> dict[str, object]:
            return {"logicalType": "string", "logicalTypeOptions": {"pattern": pattern}}

        written = WrittenSample(
            {"logicalType": "string"}, "", keys("^a"), "pattern-added",
            keys("(?=x)"), "invalid-pattern", "write it for RE2", keys("^x"),
        )  # fmt: skip
        return Samples((whole, part), (written,))


def _full_match(pattern: str) -> str | None:
    """The part of ``^part$`` that the whole text must match; ``None`` where the pattern is not of this form.

    DuckDB matches a whole text about four times as fast as it searches in one.
    """
    if not (pattern.startswith("^") and pattern.endswith("$")) or "(?" in pattern.replace("(?:", ""):
        return None
    depth, in_class, escaped = 0, False, False
    for char in pattern[:-1]:
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif in_class:
            in_class = char != "]"
        elif char == "|" and depth == 0:
            return None
        else:
            in_class = char == "["
            depth += {"(": 1, ")": -1}.get(char, 0)
    return None if escaped or in_class or "\\Q" in pattern else pattern[1:-1]
