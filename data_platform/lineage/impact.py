"""What changes of products do to everybody downstream: who breaks, who may, who does not, and why.

What belongs here: the walk from consumer to consumer, on any source of edges. What does not: what a change does to one
reader (``effects``), contracts and files (``mesh``).

What is published is checked against its contract first. So a change gets past a consumer in two ways only:

- the consumer breaks, or may, and is then not published any more, or perhaps not: all that needs it **breaks, or may,
  with it**, whichever columns it reads ("its input cannot be made"; what was published before stays readable);
- the consumer publishes **other values within its contract**: then only those may change that read a column made of
  them (``Effect.CHANGED``).

Everything else is stopped by the consumer's own contract. A verdict needs the columns of the changed products' readers
only; for who is behind a consumer that breaks, columns are followed to show the path, ``paths`` consumers far.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from data_platform.lineage.affected import Affected, Readers, Reason
from data_platform.lineage.edges import Column, Edge, KnownBy
from data_platform.lineage.effects import (
    ColumnChange,
    Effect,
    Verdict,
    judge,
    judge_rule,
)
from data_platform.lineage.model import Use
from data_platform.lineage.traversal import grouped

PATHS: Final = 20
"""Of so many consumers behind one that breaks the columns are read, to show the path; the verdict needs none."""


@dataclass
class _State:
    """What is known of a product so far.

    Attributes:
        stops: How sure it is that it is no longer published.
        changed: Its columns whose values may be others, with the path to each.
        by_source: Reasons by the input that they come from.
    """

    stops: Verdict = Verdict.UNAFFECTED
    changed: dict[str, tuple[Column, ...]] = field(default_factory=dict)
    by_source: dict[str, list[Reason]] = field(default_factory=dict)


def impact(readers: Readers, changes: Iterable[ColumnChange], *, paths: int = PATHS) -> tuple[Affected, ...]:
    """Find what changes do to everybody downstream.

    Args:
        readers: Who reads what.
        changes: The changes, of any number of products.
        paths: How many consumers' columns are read only to show how a change reaches them.

    Returns:
        Everybody downstream of a changed product, the worst first, then the nearest, then by name.
    """
    by_product = grouped(changes, lambda change: change.product)
    return _Walk(readers, by_product, paths).affected()


class _Walk:
    """Grows what is known of each product until nothing grows; all of it only ever grows, so cycles end too."""

    def __init__(self, readers: Readers, changes: Mapping[str, Sequence[ColumnChange]], paths: int) -> None:
        self._readers = readers
        self._changes = changes
        self._paths = paths
        self._shown: set[str] = set()
        self._states: dict[str, _State] = {product: _State() for product in sorted(changes)}
        queue = deque(self._states)
        waiting = set(queue)
        while queue:
            product = queue.popleft()
            waiting.discard(product)
            for consumer in sorted(self._readers.consumers(product)):
                if self._grow(product, consumer) and consumer not in waiting:
                    queue.append(consumer)
                    waiting.add(consumer)

    def affected(self) -> tuple[Affected, ...]:
        """All that is downstream, in order."""
        consumers = [self._affected(name, distance) for name, distance in self._distances() if distance]
        return tuple(
            sorted(consumers, key=lambda affected: (-affected.verdict.rank, affected.distance, affected.consumer))
        )

    def _distances(self) -> Iterable[tuple[str, int]]:
        """How far each product is from a changed one; a changed one that is itself behind another is 1 or more."""
        front, seen, distance = set(self._changes), set[str](), 1
        while front:
            front = {consumer for product in front for consumer in self._readers.consumers(product)} - seen
            seen |= front
            yield from ((name, distance) for name in front)
            distance += 1

    def _affected(self, name: str, distance: int) -> Affected:
        text = "nothing that it reads is affected"
        reasons = self._reasons(name) or [Reason(Verdict.UNAFFECTED, text, "")]
        return Affected(name, reasons[0].verdict, tuple(reasons), distance)

    def _reasons(self, name: str) -> list[Reason]:
        state = self._states.get(name, _State())
        every = [reason for reasons in state.by_source.values() for reason in reasons]
        return sorted(
            every, key=lambda reason: (-reason.verdict.rank, not reason.path, reason.source, reason.column or "")
        )

    def _grow(self, product: str, consumer: str) -> bool:
        """Look at a consumer again, as of one of its inputs; whether that may concern those behind it."""
        state = self._states.setdefault(consumer, _State())
        before = (state.stops, len(state.changed))
        reasons = [*self._own_reasons(product, consumer), *self._inherited(product, consumer)]
        state.by_source[product] = reasons
        return (state.stops, len(state.changed)) != before

    def _own_reasons(self, product: str, consumer: str) -> list[Reason]:
        """What the product's own changes mean for a reader."""
        changes = self._changes.get(product, ())
        if not changes:
            return []
        reasons = [reason for change in changes for reason in self._of_change(change, consumer)]
        return reasons or [self._why_not(product, consumer)]

    def _of_change(self, change: ColumnChange, consumer: str) -> Iterable[Reason]:
        needed = change.product in self._readers.needs(consumer)
        if change.column is None:
            if needed and not (change.effect is Effect.CHANGED and self._reads_columns(change.product, consumer)):
                yield self._of_rows(change, consumer)
        elif change.effect is Effect.ADDED:
            if needed and (rebinding := self._readers.rebinding(consumer, change)) is not None:
                yield self._stopping(consumer, Reason(*rebinding, change.product, change.column))
        else:
            yield from self._of_column(change, consumer)
        for reference in self._readers.references(consumer):
            judged = judge_rule(reference, change) if reference.product == change.product else None
            if judged is not None:
                reason = Reason(judged[0], judged[1], change.product, change.column, known_by=KnownBy.DECLARED)
                yield self._stopping(consumer, reason)

    def _reads_columns(self, product: str, consumer: str) -> bool:
        return any(edge.producer.product == product for edge in self._readers.reads(consumer))

    def _of_rows(self, change: ColumnChange, consumer: str) -> Reason:
        if change.effect is Effect.GONE:
            reason = Reason(Verdict.BREAKS, f"{change}, and it cannot be made without", change.product)
        elif change.effect in (Effect.TIGHTENED, Effect.ADDED):
            return Reason(Verdict.UNAFFECTED, "all that comes was allowed before", change.product)
        else:
            reason = Reason(Verdict.MAY_BREAK, f"{change}, and it reads the rows", change.product)
        return self._stopping(consumer, reason) if change.effect is not Effect.CHANGED else reason

    def _of_column(self, change: ColumnChange, consumer: str) -> Iterable[Reason]:
        column = Column(change.product, change.column or "")
        edges = [edge for edge in self._readers.reads(consumer) if edge.producer == column]
        if not edges:
            return
        copies = [edge for edge in edges if edge.target is not None and edge.copied]
        promise = self._readers.broken_promise(copies, change) if copies else None
        verdict, text = judge(edges, change, promise)
        reason = self._reason(verdict, f"{change}: {text}", edges, (column,))
        if verdict is not Verdict.UNAFFECTED:
            self._mark(consumer, edges, (column,))
            if change.effect is not Effect.CHANGED:
                self._stopping(consumer, reason)
        yield reason

    def _inherited(self, product: str, consumer: str) -> Iterable[Reason]:
        """What it means for a reader that the product itself is affected."""
        source = self._states[product]
        if source.stops is not Verdict.UNAFFECTED:
            yield self._of_stop(product, consumer)
            shown = consumer in self._shown or len(self._shown) < self._paths
            if source.changed and shown:
                self._shown.add(consumer)
                yield from self._along_paths(product, consumer)
        elif source.changed:
            reasons = list(self._along_paths(product, consumer))
            yield from reasons or [self._why_not(product, consumer)]
        elif product not in self._changes:
            yield Reason(Verdict.UNAFFECTED, f"its input {product} is unaffected", product)

    def _of_stop(self, product: str, consumer: str) -> Reason:
        stops = self._states[product].stops
        if product not in self._readers.needs(consumer):
            text = f"its contract's rules look at {product}, which {_fate(stops)}"
            return self._stopping(consumer, Reason(Verdict.MAY_BREAK, text, product))
        return self._stopping(consumer, Reason(stops, f"its input {product} {_fate(stops)}", product))

    def _along_paths(self, product: str, consumer: str) -> Iterable[Reason]:
        changed = self._states[product].changed
        edges = [edge for edge in self._readers.reads(consumer) if edge.producer.product == product]
        for column, own in grouped(edges, lambda edge: edge.producer).items():
            if column.name not in changed or all(edge.uses == {Use.NAMED} for edge in own):
                continue
            path = (*changed[column.name], column)
            self._mark(consumer, own, path)
            yield self._reason(Verdict.MAY_BREAK, f"{column} may hold other values", own, path)

    def _mark(self, consumer: str, edges: Sequence[Edge], path: tuple[Column, ...]) -> None:
        """Note which columns of a consumer are made of a column."""
        changed = self._states[consumer].changed
        for edge in edges:
            if edge.uses != {Use.NAMED}:
                for name in self._readers.columns(consumer) if edge.target is None else (edge.target,):
                    changed.setdefault(name, path)

    def _stopping(self, consumer: str, reason: Reason) -> Reason:
        state = self._states[consumer]
        state.stops = max(state.stops, reason.verdict, key=lambda verdict: verdict.rank)
        return reason

    def _reason(self, verdict: Verdict, text: str, edges: Sequence[Edge], path: tuple[Column, ...]) -> Reason:
        uses = frozenset[Use]().union(*(edge.uses for edge in edges))
        surest = list(KnownBy)
        known_by = max((edge.known_by for edge in edges), key=surest.index)
        column = edges[0].producer
        targets = sorted({edge.target for edge in edges if edge.target is not None})
        longer = (*path, Column(edges[0].consumer, targets[0])) if targets else path
        return Reason(verdict, text, column.product, column.name, uses, known_by, longer)

    def _why_not(self, product: str, consumer: str) -> Reason:
        """Why a reader of an affected product is not affected."""
        if product not in self._readers.needs(consumer):
            return Reason(Verdict.UNAFFECTED, f"no rule of its contract looks at what changes of {product}", product)
        read = sorted(
            {edge.producer.name for edge in self._readers.reads(consumer) if edge.producer.product == product}
        )
        text = f"of {product} it reads only {', '.join(read)}" if read else f"of {product} it only counts the rows"
        return Reason(Verdict.UNAFFECTED, text, product)


def _fate(stops: Verdict) -> str:
    return "is not made any more" if stops is Verdict.BREAKS else "may not be made any more"
