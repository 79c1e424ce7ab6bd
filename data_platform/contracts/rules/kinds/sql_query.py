"""SQL: an entry of ``quality`` of type ``sql``.

Placeholders, with or without ``$`` (ODCS writes ``{object}`` and ``{property}``, in its schema ``${table}`` and
``${column}``; other tools ``{model}``, ``{field}``): object, schema, model, table; property, field, column.
"""

import re
from dataclasses import dataclass
from typing import Final

from data_platform.contracts.rules.comparing import thresholds
from data_platform.contracts.rules.comparing.differences import Answer
from data_platform.contracts.rules.kinds.unevaluated import Unevaluated
from data_platform.contracts.rules.model import Rule, RuleSample, Samples
from data_platform.contracts.rules.paths import ITEMS, Path
from data_platform.contracts.rules.plans import Context, Plan, judge_value
from data_platform.contracts.rules.registry import rule_kind
from data_platform.contracts.rules.sources import QualitySource
from data_platform.contracts.rules.sql.values import UnfitValueError, identifier
from data_platform.contracts.rules.thresholds import Operator, Threshold, threshold_of

_PLACEHOLDER: Final = re.compile(r"\$?\{\s*(object|schema|model|table|property|field|column)\s*\}", re.IGNORECASE)
_TABLE: Final = frozenset({"object", "schema", "model", "table"})
_SPACES: Final = re.compile(r"""('(?:[^']|'')*'|"(?:[^"]|"")*")|\s+""")


@rule_kind(310)
@dataclass(frozen=True)
class Sql(Rule):
    """One SELECT of one number or boolean, within a threshold. Untrusted: see ``checks.duckdb.session``.

    Attributes:
        query: DuckDB's dialect; ``${table}``, ``{object}`` and so on stand for the table, ``${column}``,
            ``{property}`` and so on for the property that the rule is written at.
        threshold: What the number must be; true is 1.
    """

    query: str
    threshold: Threshold

    def plan(self, path: Path, context: Context) -> Plan:
        """The query with its placeholders filled in."""
        query = prepared(self.query, context.table.name, path)
        return Plan(judge_value(self.threshold), query=query, threshold=str(self.threshold), untrusted=True)

    def implies(self, other: "Sql", _: str | None) -> Answer:
        """Whether numbers of the same query that keep this threshold keep the other; of others nobody can tell."""
        if not same_query(self.query, other.query):
            return None
        return thresholds.keeps(self.threshold, other.threshold, "numbers")

    @classmethod
    def of_quality(cls, source: QualitySource) -> Rule | None:
        """The rule of an entry of type ``sql``."""
        if source.entry.type != "sql":
            return None
        threshold = threshold_of(source.entry)
        return cls(source.entry.query, threshold) if source.entry.query else Unevaluated("it has no query")

    @classmethod
    def samples(cls) -> Samples:
        """A count of rows."""
        query = "SELECT count(*) FROM {object} WHERE {property} < 0"
        rules = [cls(query, Threshold(Operator.LESS, (limit,))) for limit in (2, 1, 3)]
        return Samples((RuleSample(rules[0], "BIGINT", (-1, 1), (-1, -2), None, narrower=rules[1], wider=rules[2]),))


def prepared(query: str, table: str, path: Path) -> str:
    """A query with its placeholders filled in.

    Args:
        query: As the contract has it.
        table: The table's name.
        path: The property that the rule is written at; empty for the table.

    Raises:
        UnfitValueError: It asks for a property where there is none.
    """

    def fill(match: re.Match[str]) -> str:
        if match[1].lower() in _TABLE:
            return identifier(table)
        if not path or ITEMS in path:
            raise UnfitValueError(f"{match[0]} in a SQL rule that is not written at a column")
        return ".".join(identifier(part) for part in path)

    return _PLACEHOLDER.sub(fill, query).strip().rstrip(";")


def same_query(query: str, other: str) -> bool:
    """Whether two queries differ in nothing but space outside of quotes."""
    return _plain(query) == _plain(other)


def _plain(query: str) -> str:
    return _SPACES.sub(lambda match: match[1] or " ", query).strip().rstrip(";").strip()
