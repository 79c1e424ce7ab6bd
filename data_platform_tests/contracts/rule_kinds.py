"""The kinds of rules by their names, for tests of particular ones; ``registry.kinds`` has all."""

from data_platform.contracts.rules.kinds.bound import Bound
from data_platform.contracts.rules.kinds.columns import Columns
from data_platform.contracts.rules.kinds.foreign_key import ForeignKey
from data_platform.contracts.rules.kinds.formatted import Formatted
from data_platform.contracts.rules.kinds.has_properties import HasProperties
from data_platform.contracts.rules.kinds.matches import Matches
from data_platform.contracts.rules.kinds.metric import Metric
from data_platform.contracts.rules.kinds.multiple_of import MultipleOf
from data_platform.contracts.rules.kinds.one_of import OneOf
from data_platform.contracts.rules.kinds.required import Required
from data_platform.contracts.rules.kinds.size import Size
from data_platform.contracts.rules.kinds.sql_query import Sql
from data_platform.contracts.rules.kinds.timeliness import Timeliness
from data_platform.contracts.rules.kinds.types import LogicalType, PhysicalType
from data_platform.contracts.rules.kinds.unevaluated import Unevaluated
from data_platform.contracts.rules.kinds.unique import PrimaryKey, Unique
from data_platform.contracts.rules.kinds.unique_items import UniqueItems
from data_platform.contracts.rules.model import Rule
from data_platform.contracts.rules.paths import ITEMS, Path

__all__ = [
    "ITEMS", "Bound", "Columns", "ForeignKey", "Formatted", "HasProperties", "LogicalType", "Matches", "Metric",
    "MultipleOf", "OneOf", "Path", "PhysicalType", "PrimaryKey", "Required", "Rule", "Size", "Sql", "Timeliness",
    "Unevaluated", "Unique", "UniqueItems",
]  # fmt: skip
