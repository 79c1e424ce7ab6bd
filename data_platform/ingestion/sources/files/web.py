"""Files in the folders of a web server, each of which has an index: ``{"files": [{"name": …, "etag": …}]}``.

What belongs here: from an index to marks and files. What does not: requests, attempts and limits
(``ingestion.remote``), and which files are meant (``pattern``).

An index shows what there is with one request; a server without one is a source of ``type: http``, which is asked for
each file.
"""

from collections.abc import Mapping
from typing import Final

from data_platform.ingestion.errors import MissingFileError
from data_platform.ingestion.limits import Limits
from data_platform.ingestion.remote import RemoteFiles
from data_platform.ingestion.sources.files.pattern import Pattern

LIMITS: Final = Limits(answer_seconds=300.0, total_seconds=1800.0)


class WebFiles:
    """Files of a web server; see ``places.FilePlace``."""

    def __init__(self, files: RemoteFiles) -> None:
        """Prepare.

        Args:
            files: The server, opened.
        """
        self._files = files

    def marks(self, folder: str) -> Mapping[str, str]:
        """See ``FilePlace``; folders within the folder are in its index by nobody's agreement, and so not seen."""
        index = self._files.index(f"{folder}/" if folder else "")
        return {f"{folder}/{name}" if folder else name: mark for name, mark in index.items() if "/" not in name}

    def read(self, path: str, mark: str) -> bytes:
        """See ``FilePlace``."""
        return self._files.get(path, mark).content

    def unlisted(self, path: str) -> str | None:
        """The mark of a file that is in no index, for an index may not go as far back as there are files."""
        try:
            return self._files.get(path).mark
        except MissingFileError:
            return None


def split(address: str, path: str) -> tuple[str, str]:
    """The address that every path is below, and the pattern below it.

    Args:
        address: Where ``url`` leads.
        path: What ``defs.yaml`` says to follow it.
    """
    if path and Pattern(address).exact:
        return address, path.lstrip("/")
    scheme, _, rest = f"{address}{path}".partition("://")
    host, _, pattern = rest.partition("/")
    return f"{scheme}://{host}", pattern
