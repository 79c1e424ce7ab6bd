"""The rows of the table about tables, columns and their types.

What belongs here: these rows. What does not: the others (``table_contract``, ``table_rules``), and reading them
(``modes``).
"""

from collections.abc import Mapping
from typing import Final

from data_platform.contracts.compatibility.effects import (
    Effect,
    both,
    fine,
    loosens,
    may_break,
    neutral,
    tightens,
    unknown,
)
from data_platform.contracts.compatibility.kinds import Direction, Grade, Kind

TABLES: Final[Mapping[Kind, Effect]] = {
    Kind.TABLE_ADDED: tightens("one more table", "nobody reads it yet", "the old data have no such table"),
    Kind.TABLE_REMOVED: loosens("a table is gone", "its readers have nothing to read", "it is not asked for any more"),
    Kind.TABLE_RENAMED: both(
        "a table's name is another", "queries name the old one", "what was published is under the old name"
    ),
    Kind.TABLE_KIND_CHANGED: neutral("`physicalType` of a table: a view, a table", "it is read alike"),
    Kind.PRIMARY_KEY_ADDED: tightens(
        "a primary key where none was", "rows keep their meaning; keys may now be relied on", "old keys may repeat"
    ),
    Kind.PRIMARY_KEY_REMOVED: loosens("the primary key is gone", "a join may find a row twice", "any key will do"),
    Kind.PRIMARY_KEY_CHANGED: both(
        "other columns are the primary key", "a row is another thing than before (grain): joins and sums go wrong",
        "rows were made for another grain",
    ),
    Kind.PRIMARY_KEY_REORDERED: neutral("the same primary key in another order", "a key is a set of columns"),
    Kind.PARTITIONING_CHANGED: both(
        "the table is partitioned by other columns", "who reads one partition finds it cut otherwise",
        "a table's partitioning cannot be changed in place: all of it must be written anew",
    ),
}  # fmt: skip

COLUMNS: Final[Mapping[Kind, Effect]] = {
    Kind.COLUMN_ADDED_OPTIONAL: Effect(
        "a new column that may be null", Direction.NEUTRAL, Grade.MINOR,
        fine("readers take the columns that they know"), fine("where it is missing it reads as null"),
    ),
    Kind.COLUMN_ADDED_REQUIRED: tightens(
        "a new column that may not be null", "readers take the columns that they know", "old data have no value for it"
    ),
    Kind.COLUMN_REMOVED: both("a column is gone", "who reads it fails", "a batch that still has it is refused"),
    Kind.COLUMN_IGNORED: loosens(
        "a column is gone, and `dataPlatform.extraColumns` is `ignore`", "who reads it fails",
        "a batch that still has it is taken without it",
    ),
    Kind.COLUMN_RENAMED: both(
        "a column has another name, known by its stable `id`", "who reads the old name fails",
        "old data have it under the old name",
    ),
    Kind.COLUMN_ALIAS_CHANGED: neutral(
        "`name` is another while the column in the table keeps its name", "readers name the column in the table",
        Grade.MINOR,
    ),
    Kind.COLUMNS_REORDERED: neutral("the same columns in another order", "columns are read by name"),
    Kind.COLUMN_DEPRECATED: neutral(
        "a column is deprecated", "it is served as before; its readers are told to move", Grade.MINOR
    ),
    Kind.COLUMN_UNDEPRECATED: neutral("a column is no longer deprecated", "it is served as before", Grade.MINOR),
    Kind.REQUIRED_ADDED: tightens("a column may no longer be null", "nulls stop coming", "old data may hold nulls"),
    Kind.REQUIRED_REMOVED: loosens("a column may be null now", "readers meet nulls", "no null is none too many"),
    Kind.UNIQUE_ADDED: tightens("values may not repeat any more", "joins find one row", "old ones may repeat"),
    Kind.UNIQUE_REMOVED: loosens("a column's values may repeat", "a join may find a row twice", "none has to repeat"),
    Kind.CLASSIFICATION_RAISED: Effect(
        "`classification` is stricter", Direction.NEUTRAL, Grade.MINOR,
        may_break("who is not cleared for it may see it no more, or masked"), fine("values stay as they are"),
    ),
    Kind.CLASSIFICATION_LOWERED: neutral(
        "`classification` is less strict", "more people may see it; values stay as they are", Grade.MINOR
    ),
    Kind.CLASSIFICATION_CHANGED: unknown(
        "`classification` is a word whose rank nobody defined", "who may see it may have changed",
        "who may deliver it may have changed",
    ),
    Kind.PSEUDONYMISATION_ADDED: Effect(
        "`dataPlatform.pseudonymise` where none was", Direction.NEUTRAL, Grade.MINOR,
        may_break("who is not cleared sees other values, which join with nothing"), fine("values are stored as before"),
    ),
    Kind.PSEUDONYMISATION_REMOVED: neutral(
        "`dataPlatform.pseudonymise` is gone", "who is cleared sees what it saw; the others go by the classification",
        Grade.MINOR,
    ),
    Kind.PSEUDONYMISATION_CHANGED: Effect(
        "`dataPlatform.pseudonymise` is another", Direction.NEUTRAL, Grade.MINOR,
        may_break("a masked value joins with nothing, a hashed one does"), fine("values are stored as before"),
    ),
    Kind.ENCRYPTION_CHANGED: unknown(
        "`encryptedName` is another", "who reads the encrypted column may not find it",
        "who writes the encrypted column may not find it",
    ),
}  # fmt: skip

TYPES: Final[Mapping[Kind, Effect]] = {
    Kind.LOGICAL_TYPE_WIDENED: loosens(
        "the logical type allows more: integer to number, any zone, none named",
        "readers meet values of types that they do not expect", "every old type is allowed",
    ),
    Kind.LOGICAL_TYPE_NARROWED: tightens(
        "the logical type allows less: number to integer, a zone asked for", "every new type was allowed before",
        "old data may be of a type that is not allowed any more",
    ),
    Kind.LOGICAL_TYPE_CHANGED: both(
        "another logical type", "readers meet values of another type", "old data are of another type"
    ),
    Kind.PHYSICAL_TYPE_WIDENED: loosens(
        "a physical type with more values: more bits or digits, or none where one was",
        "readers meet values that the old type excluded", "every old value fits",
    ),
    Kind.PHYSICAL_TYPE_NARROWED: tightens(
        "a physical type with fewer values, or one where none was", "every new value fitted before",
        "old values may not fit",
    ),
    Kind.PHYSICAL_TYPE_CHANGED: both(
        "another physical type, and neither holds all of the other", "readers meet values that the old type excluded",
        "old values may not fit",
    ),
    Kind.PHYSICAL_TYPE_UNDECIDED: unknown(
        "a physical type that the checks do not know", "nobody knows what it holds", "nobody knows what it holds"
    ),
    Kind.PHYSICAL_TYPE_REPLACED: neutral(
        "another physical type for the same values, which other limits of the contract may see to",
        "the same values come", Grade.MINOR,
    ),
    Kind.PHYSICAL_TYPE_RESPELLED: neutral("another word for the same physical type", "the same data fit"),
    Kind.TEXT_LENGTHENED: loosens(
        "a longer text type: VARCHAR(20) to VARCHAR(40), or none where one was",
        "readers meet texts that were too long", "every old text fits",
    ),
    Kind.TEXT_SHORTENED: tightens(
        "a shorter text type, or a length where none was", "every new text fitted before", "old texts may be too long"
    ),
    Kind.DEFAULT_TIMEZONE_CHANGED: both(
        "`defaultTimezone` is another", "the same local time is another instant", "the same local time was another one"
    ),
    Kind.CHILDREN_DECLARED: tightens(
        "what is inside an object, array or map is declared where it was not", "readers learn what is inside",
        "old data may hold something else",
    ),
    Kind.CHILDREN_UNDECLARED: loosens(
        "what is inside an object, array or map is not declared any more", "anything may be inside",
        "what is inside is not asked",
    ),
}  # fmt: skip
