"""Files as a source is asked for them: see ``reading.Reader``.

What belongs here: from a pattern to pieces. What does not: where the files are (``places``, ``sftp``).
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from data_platform.ingestion.sources.files.pattern import Pattern
from data_platform.ingestion.sources.files.places import FilePlace
from data_platform.ingestion.sources.reading import ALL, Delivery, Remarks, Shown
from data_platform.ingestion.sources.rows import extension_of

_FEW: Final = 3
"""So many days are listed each by its own folder, where the date is in a folder's name; more by one listing of all."""


class FilesReader:
    """Files that a pattern means."""

    def __init__(self, place: FilePlace, pattern: Pattern, told: str | None) -> None:
        """Prepare.

        Args:
            place: Where they are.
            pattern: Which ones.
            told: The format that ``defs.yaml`` says.
        """
        self._place, self._pattern, self._told = place, pattern, told
        self._marks: dict[str, str] = {}

    def shown(self, days: tuple[date, date] | None) -> Mapping[str, Mapping[str, Shown]]:
        """The marks of the files of each day, or of all, by their paths."""
        found: dict[str, dict[str, Shown]] = defaultdict(dict)
        for folder in sorted(self._folders(days)):
            for path, mark in self._place.marks(folder).items():
                day = self._pattern.day_of(path)
                if day is None or (days and not days[0].isoformat() <= day <= days[1].isoformat()):
                    continue
                self._marks[path] = mark
                found[day or ALL][path] = Shown(mark)
        return dict(found)

    def read(self, slot: str, piece: str) -> Delivery:
        """A file, byte by byte."""
        del slot
        mark = self._marks[piece]
        return Delivery(self._place.read(piece, mark), extension_of(piece, self._told), mark)

    def remarks(self) -> Remarks:
        """Nothing."""
        return Remarks()

    def _folders(self, days: tuple[date, date] | None) -> set[str]:
        if days is None or (days[1] - days[0]).days >= _FEW:
            return {self._pattern.folder}
        each = (days[0] + timedelta(days=number) for number in range((days[1] - days[0]).days + 1))
        return {self._pattern.of(day).folder for day in each}
