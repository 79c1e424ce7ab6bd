"""Files as a source is asked for them: see ``reading.Reader``.

What belongs here: from a pattern to pieces. What does not: where the files are (``places``, ``sftp``, ``web``).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Final

from data_platform.ingestion.errors import MissingFileError
from data_platform.ingestion.sources.files.pattern import Pattern
from data_platform.ingestion.sources.files.places import FilePlace, IndexedPlace
from data_platform.ingestion.sources.reading import ALL, Delivery, Remarks, Shown
from data_platform.ingestion.sources.rows import extension_of, own_extension
from data_platform.ingestion.sources.where import FilesWhere

_FEW: Final = 3
"""So many days are listed each by its own folder, where the date is in a folder's name; more by one listing of all."""


class FilesReader:
    """Files that a pattern means."""

    def __init__(self, place: FilePlace, pattern: Pattern, where: FilesWhere) -> None:
        """Prepare.

        Args:
            place: Where they are.
            pattern: Which ones.
            where: What ``defs.yaml`` says of them.
        """
        self._place, self._pattern, self._where = place, pattern, where
        self._alternatives = pattern.alternatives
        self._marks: dict[str, str] = {}

    def shown(self, days: tuple[date, date] | None) -> Mapping[str, Mapping[str, Shown]]:
        """The marks of the files of each day, or of all, by their paths."""
        found: dict[str, dict[str, Shown]] = defaultdict(dict)
        for path, mark in self._listed(days):
            slot = self._pattern.day_of(path)
            if slot is None or (days and not days[0].isoformat() <= slot <= days[1].isoformat()):
                continue
            self._marks[path] = mark
            found[slot or ALL][path] = Shown(mark)
        return dict(found)

    def read(self, slot: str, piece: str) -> Delivery:
        """A file, byte by byte."""
        del slot
        mark = self._marks[piece]
        extension = own_extension(piece) if self._where.reader else extension_of(piece, self._where.format)
        return Delivery(self._place.read(piece, mark), extension, mark)

    def remarks(self) -> Remarks:
        """Nothing."""
        return Remarks()

    def _listed(self, days: tuple[date, date] | None) -> Iterator[tuple[str, str]]:
        """Path and mark of each file that may be meant."""
        oldest: str | None = None
        for folder, is_dated in sorted(self._folders(days)):
            try:
                marks = self._place.marks(folder)
            except MissingFileError:
                if not is_dated:
                    raise
                continue
            yield from marks.items()
            known = [day for path in marks if (day := self._pattern.day_of(path))]
            oldest = min([*known, *([oldest] if oldest else [])], default=None)
        if isinstance(self._place, IndexedPlace):
            yield from self._unlisted(self._place, days, oldest)

    def _unlisted(
        self, place: IndexedPlace, days: tuple[date, date] | None, oldest: str | None
    ) -> Iterator[tuple[str, str]]:
        """Files from before an index begins, asked for by name."""
        for day in _days(days):
            if oldest is not None and day.isoformat() < oldest:
                for pattern in self._alternatives:
                    path = pattern.of(day)
                    if path.exact and (mark := place.unlisted(path.text)):
                        yield path.text, mark

    def _folders(self, days: tuple[date, date] | None) -> set[tuple[str, bool]]:
        """The folders to list, and whether each is one day's own."""
        every_day = isinstance(self._place, IndexedPlace)  # an index does not show the folders in its own
        if days is None or (not every_day and (days[1] - days[0]).days >= _FEW):
            return {(pattern.folder, False) for pattern in self._alternatives}
        return {
            (folder, folder != pattern.folder)
            for pattern in self._alternatives
            for folder in (pattern.of(day).folder for day in _days(days))
        }


def _days(days: tuple[date, date] | None) -> list[date]:
    if days is None:
        return []
    return [days[0] + timedelta(days=number) for number in range((days[1] - days[0]).days + 1)]
