"""Values inside values: from a column down to what a rule is about.

What belongs here: objects and arrays, in SQL that is true for a row that breaks a rule. What does not: rules.
"""

from collections.abc import Callable

from data_platform.contracts.rules.paths import ITEMS, Path
from data_platform.contracts.rules.sql.values import UnfitValueError, Value, absent

Judge = Callable[[Value], str]
"""A value in; SQL that is true where it breaks the rule out."""


def inside(value: Value, path: Path, judge: Judge, depth: int = 0) -> str:
    """The violation of a rule about a value inside a value.

    Args:
        value: The outer value.
        path: From it to the inner value; empty: itself.
        judge: The rule.
        depth: How many arrays are around.

    Raises:
        UnfitValueError: The type has no such part.
    """
    if not path:
        return judge(value)
    if value.family == "null":
        judge(value)  # the type is of every kind, and there is no value that a rule could be about
        return "false"
    if path[0] == ITEMS:
        if value.family != "list":
            raise UnfitValueError(f"is {value.arrow}, which has no items")
        broken = inside(value.item(f"x{depth}"), path[1:], judge, depth + 1)
        return f"len(list_filter({value.sql}, lambda x{depth}: coalesce({broken}, false))) > 0"
    if value.family != "struct":
        raise UnfitValueError(f"is {value.arrow}, which has no properties")
    member = value.member(path[0]) or absent()  # it reads as null; whether it may be missing, another rule says
    return f"({value.sql} IS NOT NULL AND {inside(member, path[1:], judge, depth)})"
