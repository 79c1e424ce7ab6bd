"""The rows of the table about values, references and quality rules.

What belongs here: these rows. What does not: the others (``table_contract``, ``table_schema``), and reading them
(``modes``).
"""

from collections.abc import Mapping
from typing import Final

from data_platform.contracts.compatibility.effects import Effect, both, loosens, neutral, tightens, unknown
from data_platform.contracts.compatibility.kinds import Kind

_MET = "readers meet values that were excluded"
_KEPT = "what the new one allows, the old one allowed"
_OUT = "old data may hold what is excluded now"
_IN = "what the old one allowed is still allowed"

VALUES: Final[Mapping[Kind, Effect]] = {
    Kind.ENUM_ADDED: tightens(
        "a list of values where none was", "nothing else comes", "old data may hold other values"
    ),
    Kind.ENUM_REMOVED: loosens("the list of values is gone", "readers meet values that they never heard of", _IN),
    Kind.ENUM_NARROWED: tightens("fewer values are listed", "the others stop coming", "old data may hold the others"),
    Kind.ENUM_WIDENED: loosens("more values are listed", "readers meet values that they never heard of", _IN),
    Kind.ENUM_CHANGED: both("some values are new, some gone", "readers meet values that they never heard of", _OUT),
    Kind.RANGE_NARROWED: tightens("minimum or maximum allow less", _KEPT, _OUT),
    Kind.RANGE_WIDENED: loosens("minimum or maximum allow more", _MET, _IN),
    Kind.RANGE_CHANGED: both("minimum and maximum moved, or cannot be compared", _MET, _OUT),
    Kind.SIZE_NARROWED: tightens("lengths or counts of items allow less", _KEPT, _OUT),
    Kind.SIZE_WIDENED: loosens("lengths or counts of items allow more", _MET, _IN),
    Kind.SIZE_CHANGED: both("lengths or counts of items moved", _MET, _OUT),
    Kind.PATTERN_ADDED: tightens("a pattern where none was", "texts keep it now", "old texts may not match"),
    Kind.PATTERN_REMOVED: loosens("the pattern is gone", "any text may come", _IN),
    Kind.PATTERN_CHANGED: unknown(
        "another pattern",
        "whether it matches more than the old one is not decided; replay it on data",
        "whether old texts match is not decided; replay it on data",
    ),
    Kind.FORMAT_NARROWED: tightens("a format where none was, or one within the old one", _KEPT, _OUT),
    Kind.FORMAT_WIDENED: loosens("the format is gone, or allows more", _MET, _IN),
    Kind.FORMAT_CHANGED: both("another format", _MET, _OUT),
    Kind.MULTIPLE_OF_NARROWED: tightens("`multipleOf` where none was, or a multiple of the old one", _KEPT, _OUT),
    Kind.MULTIPLE_OF_WIDENED: loosens("`multipleOf` is gone, or finer", _MET, _IN),
    Kind.MULTIPLE_OF_CHANGED: both("another `multipleOf`", _MET, _OUT),
    Kind.UNIQUE_ITEMS_ADDED: tightens("items of an array may no longer repeat", _KEPT, "old items may repeat"),
    Kind.UNIQUE_ITEMS_REMOVED: loosens("items of an array may repeat", "readers meet an item twice", _IN),
    Kind.PRESENCE_NARROWED: tightens("more properties of an object must be there", _KEPT, "old objects may lack them"),
    Kind.PRESENCE_WIDENED: loosens("fewer properties of an object must be there", "readers meet gaps", _IN),
    Kind.PRESENCE_CHANGED: both("other properties of an object must be there", "readers meet gaps", _OUT),
}

RULES: Final[Mapping[Kind, Effect]] = {
    Kind.FOREIGN_KEY_ADDED: tightens("a relationship where none was", "every key finds its row", "old keys may dangle"),
    Kind.FOREIGN_KEY_REMOVED: loosens("a relationship is gone", "a join may lose rows", "any key will do"),
    Kind.FOREIGN_KEY_CHANGED: both("a relationship leads elsewhere", "a join with the old table may lose rows",
                                   "old keys may not be in the new table"),
    Kind.RULE_ADDED: tightens("one more quality rule", "data keep one rule more", "old data may break it"),
    Kind.RULE_REMOVED: loosens("a quality rule is gone", "readers meet what it kept out", "one rule less to keep"),
    Kind.RULE_TIGHTENED: tightens("what keeps the new quality rule keeps the old one", _KEPT, "old data may break it"),
    Kind.RULE_LOOSENED: loosens("what keeps the old quality rule keeps the new one", _MET, "old data keep it"),
    Kind.RULE_CHANGED: both("neither quality rule follows from the other", _MET, "old data may break it"),
    Kind.RULE_UNDECIDED: unknown(
        "quality rules that cannot be compared: SQL, patterns, shares against counts",
        "whether data that keep the new rule keep the old one is not decided; replay it on data",
        "whether old data keep it is not decided; replay it on data",
    ),
    Kind.RULE_ENFORCED: tightens("a rule that warned keeps data from being published", "bad data stop coming",
                                 "data that were published with a warning are refused"),
    Kind.RULE_NO_LONGER_ENFORCED: loosens("a rule that kept data from being published only warns",
                                          "readers meet what it kept out", "more is taken"),
    Kind.RULE_RENAMED: neutral("a quality rule has another name", "the same data keep it"),
    Kind.WARNING_CHANGED: neutral("a rule that only warns came, went or changed", "it holds nothing back"),
    Kind.UNEVALUATED_RULE_CHANGED: unknown(
        "a rule in prose, for another engine, or that cannot be evaluated came, went or changed",
        "only people can tell what it promises", "only people can tell what it asks for",
    ),
}  # fmt: skip
