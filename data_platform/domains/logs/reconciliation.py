"""What became of the lines of each date: the account that is kept beside what was published.

What belongs here: the account of a date, and the table of all of them. What does not: making a date (``publisher``).

The table `logs/date_accounts` is private to the domain. It says, for the merge, where every line went; and for a run,
whether a date has to be made at all: the fingerprint is that of the content, code and settings that it was made from.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Final

import pyarrow as pa

from data_platform.storage.delta import read_table, replace_table
from data_platform.storage.errors import MissingTable
from data_platform.storage.objects.store import ObjectStore

NAME: Final = "date_accounts"
TABLE: Final = f"logs/{NAME}"
SCHEMA: Final = pa.schema(
    [
        ("date", pa.string()),
        ("fingerprint", pa.string()),
        ("scanned", pa.int64()),
        ("lines", pa.int64()),
        ("events", pa.int64()),
        ("blank", pa.int64()),
        ("rejected", pa.int64()),
        ("files", pa.int64()),
        ("recorded", pa.bool_()),
    ]
)
"""One row a date; `recorded`: Dagster was told of it."""


@dataclass(frozen=True, slots=True)
class Account:
    """Where the lines of a date went.

    Attributes:
        date: The partition.
        fingerprint: Of what it was made from.
        scanned: How many the scan found.
        lines: How many were read, counted where they were split; as many.
        events: Those published.
        blank: Those of nothing but white space.
        rejected: Those in quarantine.
        files: How many files they are of.
        recorded: Whether Dagster was told.
    """

    date: str
    fingerprint: str
    scanned: int
    lines: int
    events: int
    blank: int
    rejected: int
    files: int
    recorded: bool = False

    @property
    def missing(self) -> int:
        """Lines that went nowhere, or came from nowhere; there must be none."""
        return abs(self.scanned - self.lines) + abs(self.lines - self.events - self.blank - self.rejected)

    @property
    def rejected_share(self) -> float:
        """Share of the lines that are not blank, 0 where there are none."""
        written = self.lines - self.blank
        return self.rejected / written if written else 0.0


def load_accounts(store: ObjectStore) -> dict[str, Account]:
    """The accounts by date; none where nothing was published yet.

    Raises:
        StorageError: The store failed.
    """
    try:
        rows = read_table(store, TABLE).to_pylist()
    except MissingTable:
        return {}
    return {row["date"]: Account(**row) for row in rows}


def save_accounts(store: ObjectStore, accounts: Iterable[Account]) -> None:
    """Keep the accounts in place of those that are there; one writer at a time (the pool of the run sees to it).

    Raises:
        StorageError: The store failed.
    """
    rows = [asdict(account) for account in sorted(accounts, key=lambda account: account.date)]
    replace_table(store, TABLE, pa.Table.from_pylist(rows, schema=SCHEMA), declared=SCHEMA)
