"""What was found out about a change: products, problems, consumers, verdict.

What belongs here: the report as data. What does not: finding things out (``verdict``), formats.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from data_platform.contracts.compatibility.judge import Judgement
from data_platform.mesh.impact.answer import Impact
from data_platform.mesh.preview.model import Previews


class Rule(StrEnum):
    """What a change is held to."""

    LINT = "lint"
    """Files are right: those that changed, and those that the change makes wrong."""
    COMPATIBILITY = "compatibility"
    """A contract breaks nobody whom its mode protects."""
    VERSION = "version"
    """A contract's version says enough about what changed in it."""
    CONSUMERS = "consumers"
    """Nobody breaks who reads a product, directly or behind others, inside or outside of the platform."""
    REMOVAL = "removal"
    """A product is not removed while somebody reads it."""
    PREVIEW = "preview"
    """Made now of published inputs, a product keeps its contract, and its consumers keep theirs."""


class Level(StrEnum):
    """How bad a problem is, the worst first; only errors break a rule."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


class ProductChange(StrEnum):
    """What became of a product."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    UNTOUCHED = "untouched"
    """Its own files are as they were; it was looked at for what it reads or who reads it."""


@dataclass(frozen=True, order=True)
class Place:
    """A place in a file.

    Attributes:
        file: From the repository's root, with slashes.
        line: From 1.
        column: From 1.
    """

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Problem:
    """Something that is wrong with a change, or worth knowing.

    Attributes:
        rule: The rule that it is about.
        level: How bad it is.
        product: The product, ``domain/name``.
        code: What exactly: the rule of the lint, the kind of a contract's change.
        place: Where.
        message: What is wrong, in one sentence without its full stop.
        fix: What to do; empty where there is nothing to do.
    """

    rule: Rule
    level: Level
    product: str
    code: str
    place: Place
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{self.message}. Fix: {self.fix}" if self.fix else self.message


@dataclass(frozen=True)
class Compared:
    """A contract held against earlier ones.

    Attributes:
        against: ``base``, ``registry``, or the product that it stands beside.
        judgement: What came out.
    """

    against: str
    judgement: Judgement


@dataclass(frozen=True)
class Examined:
    """A product that was looked at.

    Attributes:
        product: ``domain/name``.
        change: What became of it.
        parts: Which of its files changed: ``contract``, ``transform``, ``defs``, else the file's name.
        owner: Who answers for it; ``None`` where no contract says so.
        before: Its contract's version at the base; ``None`` where there was none.
        after: Its contract's version now.
        compared: Its contract held against earlier ones.
        file: The file that stands for it, from the repository's root.
        rules: The rules that it was held to.
        skipped: Rules that it should have been held to, and why that could not be.
    """

    product: str
    change: ProductChange
    parts: tuple[str, ...]
    owner: str | None
    before: str | None
    after: str | None
    file: str
    compared: tuple[Compared, ...] = ()
    rules: tuple[Rule, ...] = (Rule.LINT,)
    skipped: Mapping[Rule, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """The answer.

    Attributes:
        base: The revision to compare with, as it was given.
        commit: The commit that was compared with: the newest that base and head have in common.
        head: The revision that was judged; ``None``: the working tree.
        products: Those that changed, then the untouched ones that were looked at; each by name.
        problems: The worst first, then by place.
        impact: What the change means for whoever reads.
        others: Changed files below the folder of all domains that are no product's: no rule looks at them.
        why_not: Why the registry was not looked at; empty: it was.
        unread: What of the registry could not be read; consumers outside the platform may be missing.
        previews: What the changed products would be.
    """

    base: str
    commit: str
    head: str | None
    products: tuple[Examined, ...]
    problems: tuple[Problem, ...]
    impact: Impact
    others: tuple[str, ...] = ()
    why_not: str = ""
    unread: tuple[str, ...] = ()
    previews: Previews = field(default_factory=Previews)

    @property
    def fine(self) -> bool:
        """Whether no rule is broken."""
        return not self.of(Level.ERROR)

    @property
    def changed(self) -> tuple[Examined, ...]:
        """The products that the change is about."""
        return tuple(product for product in self.products if product.change is not ProductChange.UNTOUCHED)

    def of(self, level: Level) -> tuple[Problem, ...]:
        """The problems of a level."""
        return tuple(problem for problem in self.problems if problem.level is level)

    def at(self, product: str, rule: Rule | None = None) -> tuple[Problem, ...]:
        """The problems of a product, all or those of one rule."""
        return tuple(
            problem for problem in self.problems if problem.product == product and rule in (None, problem.rule)
        )

    def level_of(self, product: str) -> Level | None:
        """The worst problem of a product; ``None``: it has none."""
        return next((problem.level for problem in self.at(product)), None)

    def sentences(self) -> Iterator[str]:
        """The answer in a few sentences."""
        yield _counted(self)
        if self.problems:
            counts = [_many(len(self.of(level)), level) for level in Level if self.of(level)]
            yield f"{', '.join(counts)}."
        if self.impact.consumers:
            met = [
                f"{verdict.value} {len(consumers)}"
                for verdict, consumers in self.impact.by_verdict.items()
                if consumers
            ]
            yield f"Consumers, direct and behind others: {', '.join(met)}."
        if self.why_not:
            yield f"The registry was not looked at (registered versions, consumers outside): {self.why_not}"
        if self.previews.why_not:
            yield f"Previews were not made: {self.previews.why_not}"
        if self.unread:
            yield f"Consumers outside this repository may be missing: {' '.join(self.unread)}"


def _counted(report: Report) -> str:
    head = f"{report.head} changes" if report.head else "The working tree changes"
    since = f"since {report.base} ({report.commit[:12]})"
    counts = [
        (sum(product.change is change for product in report.products), change)
        for change in ProductChange
        if change is not ProductChange.UNTOUCHED
    ]
    changed = [f"{count} {change}" for count, change in counts if count]
    return f"{head} no product {since}." if not changed else f"{head} products {since}: {', '.join(changed)}."


def _many(count: int, level: Level) -> str:
    return f"{count} {level}" if count == 1 else f"{count} {level}s"
