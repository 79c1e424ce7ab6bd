"""Dates made: their lines read, and published as every product's batches are, each date by itself.

What belongs here: the order of things, what runs beside what, and what a failing date leaves alone. What does not: each
of the parts, publishing (``products.publish``), and telling Dagster (``running``).

Dates are read and parsed by a few threads. Small ones are checked and published together, a group at a time; a large
one is put on disk piece by piece as it is read, which bounds memory, and is checked and published from there. What is
written last is the account that says that it need not be made again: whoever dies before that makes it once more, with
the same result.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Final

import dagster as dg
import pyarrow as pa

from data_platform.contracts.checks.results import Report
from data_platform.domains.logs import catalogue as catalogues
from data_platform.domains.logs import rejects
from data_platform.domains.logs.catalogue import UNDATED_KEY
from data_platform.domains.logs.chunks import ChunkReader
from data_platform.domains.logs.pseudonyms import Pseudonyms
from data_platform.domains.logs.reading import DATE, SCHEMA, Lines, Reader
from data_platform.domains.logs.reconciliation import Account, load_accounts, save_accounts
from data_platform.domains.logs.scanning import ChangedMeanwhile
from data_platform.domains.logs.settings import LogSettings
from data_platform.orchestration.products.execution import refusal
from data_platform.products.attempts import Attempt
from data_platform.products.folder import Product
from data_platform.products.publish import Publication, Publisher
from data_platform.products.writes import Rows
from data_platform.storage.delta import exists, missing_partitions
from data_platform.storage.delta.commit import Commit, open_table
from data_platform.storage.delta.fence import Origin
from data_platform.storage.errors import StorageError
from data_platform.storage.formats.spool import spooled
from data_platform.storage.objects.store import ObjectStore

THREADS: Final = 2

LARGE_LINES: Final = 400_000
"""A date of more lines is never held whole; so many are about 100 MB."""

GROUP_BYTES: Final = 96 << 20
GROUP_DATES: Final = 64
"""So much is published at once."""

MANY_DATES: Final = 5
"""From so many dates on files are read ahead."""

READS_AS: Final = 2
"""To be raised when the parser comes to read lines otherwise: every date is then made anew."""


@dataclass
class DateBatch:
    """One date on its way.

    Attributes:
        lines: What its lines came to.
        rows: Its events.
        held: What keeps them on disk, where they are; to be closed.
    """

    lines: Lines
    rows: Rows
    held: ExitStack


@dataclass
class Outcome:
    """What became of the dates of a run.

    Attributes:
        commits: Of those that were published.
        reports: What the contract says.
        read: Where the lines of those that were read went.
        failed: Why some were not published.
        again: Whether trying again may help.
    """

    commits: dict[str, Commit] = field(default_factory=dict)
    reports: dict[str, Report] = field(default_factory=dict)
    read: dict[str, Account] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    again: bool = False


class Making:
    """Makes dates, each by itself."""

    def __init__(
        self,
        store: ObjectStore,
        product: Product,
        wanted: LogSettings,
        run: dg.DagsterRun,
        origin: Origin | None = None,
    ) -> None:
        """Reads what was scanned and what was published.

        Args:
            store: Where products are.
            product: The product.
            wanted: The settings.
            run: The run.
            origin: Where it comes from, and since when it goes on; ``None``: nobody knows.

        Raises:
            StorageError: The store failed.
        """
        self._store, self._product, self._wanted, self._origin = store, product, wanted, origin
        known = catalogues.load(store, wanted.zone.key)
        self._totals = known.dates()
        self._pseudonyms = Pseudonyms.from_environment()
        self._known = known
        self._with_rejects = rejects.dates_with(store)
        self.accounts = load_accounts(store)
        self._publisher = Publisher(store, product, run_id=run.run_id, root_run_id=run.root_run_id)
        self.outcome = Outcome()

    def unchanged(self, dates: list[str]) -> list[str]:
        """Those of some dates that are published as they would be made again."""
        same = [date for date in dates if date in self.accounts and self.accounts[date].fingerprint == self._mark(date)]
        if not same or not exists(self._store, self._product.key):
            return []
        lost = missing_partitions(open_table(self._store, self._product.key), [{DATE: date} for date in same])
        return [date for date in same if {DATE: date} not in lost]

    def make(self, dates: list[str]) -> Iterator[str]:
        """Make dates; each is given when it is done or has failed.

        Raises:
            StorageError: The store failed for all of them.
        """
        attempt = Attempt.begin(self._store, self._product, *dates, origin=self._origin)
        chunks = ChunkReader(self._store, self._known, many=len(dates) >= MANY_DATES)
        self._reader = Reader(chunks, self._wanted.zone, self._pseudonyms)
        with chunks, ThreadPoolExecutor(THREADS) as readers:
            group: list[DateBatch] = []
            size = 0
            for date_batch in self._read_all(readers, dates):
                group.append(date_batch)
                last = date_batch.rows.nbytes if isinstance(date_batch.rows, pa.Table) else GROUP_BYTES
                size += last
                # The next is about as large.
                if len(group) >= GROUP_DATES or size + last > GROUP_BYTES:
                    yield from self._publish(group, attempt)
                    group, size = [], 0
            yield from self._publish(group, attempt)

    def save(self, *, told: Iterable[str] = ()) -> None:
        """Keep the accounts of what was published.

        Args:
            told: The dates that Dagster was told of, made by this run or by one that died before it told.

        Raises:
            StorageError: The store failed.
        """
        self.accounts |= {date: self.outcome.read[date] for date in self.outcome.commits}
        self.accounts |= {date: replace(self.accounts[date], recorded=True) for date in told}
        save_accounts(self._store, self.accounts.values())

    def _read_all(self, pool: ThreadPoolExecutor, dates: list[str]) -> Iterator[DateBatch]:
        """The dates read, in their order; as many as half a group are read ahead, while the group before is published.

        One that cannot be read is left out and has failed.
        """
        waiting: deque[tuple[str, Future[DateBatch]]] = deque()
        rest, ahead = deque(dates), 0
        while True:
            while rest and (len(waiting) < THREADS or ahead + self._bytes(rest[0]) <= GROUP_BYTES // 2):
                date = rest.popleft()
                ahead += self._bytes(date)
                waiting.append((date, pool.submit(self._read, date)))
            if not waiting:
                return
            date, future = waiting.popleft()
            ahead -= self._bytes(date)
            try:
                yield future.result()
            except (ChangedMeanwhile, StorageError) as error:
                self._failed(date, str(error), again=isinstance(error, StorageError) and not error.permanent)

    def _bytes(self, date: str) -> int:
        """How large the lines of a date are; their events are a little larger."""
        return self._totals[date].bytes if date in self._totals else 0

    def _read(self, date: str) -> DateBatch:
        lines, held = Lines(date), ExitStack()
        events = self._reader.events(date, lines)
        if date in self._totals and self._totals[date].lines > LARGE_LINES:
            return DateBatch(lines, held.enter_context(spooled(events, SCHEMA)), held)
        return DateBatch(lines, pa.concat_tables([SCHEMA.empty_table(), *events]), held)

    def _publish(self, group: list[DateBatch], attempt: Attempt) -> Iterator[str]:
        """Publish each date of a group that keeps its promises."""
        if not group:
            return
        with ExitStack() as held:
            for date_batch in group:
                held.push(date_batch.held)
            rejects.keep(self._store, [date_batch.lines for date_batch in group], self._with_rejects)
            batches: dict[str | None, Rows] = {}
            for date_batch in group:
                date = date_batch.lines.date
                self.outcome.read[date] = account = self._account(date_batch.lines)
                if broken := self._broken(account):
                    self._failed(date, broken, again=False)
                else:
                    batches[date] = date_batch.rows
            for key, outcome in self._publisher.publish(batches, attempt).items():
                self._became(str(key), outcome)
        yield from (date_batch.lines.date for date_batch in group)

    def _became(self, date: str, outcome: Publication | StorageError) -> None:
        if isinstance(outcome, StorageError):
            self._failed(date, str(outcome), again=not outcome.permanent)
            return
        self.outcome.reports[date] = outcome.verdict
        if outcome.commit is None:
            self._failed(date, refusal(self._product, outcome), again=False)
        elif not outcome.superseded:  # else another run made it of newer lines, and tells of it
            self.outcome.commits[date] = outcome.commit

    def _account(self, lines: Lines) -> Account:
        totals = self._totals.get(lines.date)
        return Account(
            lines.date,
            self._mark(lines.date),
            scanned=totals.lines if totals else 0,
            lines=lines.lines,
            events=lines.events,
            blank=lines.blank,
            rejected=lines.rejected_lines,
            files=totals.files if totals else 0,
        )

    def _broken(self, account: Account) -> str:
        """Which promise about lines a date breaks; empty for none."""
        if account.missing:
            return (
                f"{account.scanned} lines were found and {account.lines} read: {account.missing} are not accounted for"
            )
        if account.date != UNDATED_KEY and account.rejected_share > self._wanted.rejected_share:
            return (
                f"{account.rejected} of {account.lines} lines cannot be read, more than "
                f"{self._wanted.rejected_share:.1%}; they are in {self._store.uri(rejects.TABLE)}"
            )
        return ""

    def _failed(self, date: str, reason: str, *, again: bool) -> None:
        self.outcome.failed[date] = reason
        self.outcome.again = self.outcome.again or again

    def _mark(self, date: str) -> str:
        """Of the content of a date, the code and the settings that it is made from."""
        totals = self._totals.get(date)
        parts = [totals.fingerprint if totals else "", self._product.code_version, self._wanted.zone.key]
        return ":".join([*parts, self._pseudonyms.mark, str(READS_AS)])
