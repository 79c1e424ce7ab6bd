"""A format of one's own: what the function gives that ``reader`` of a source names, as rows with what it says of them.

What belongs here: calling it with a landed file, and a table of what it gives. What does not: finding and loading it
(``products.source_reader``), and the formats that need none (``rows``).

The function is plain, and knows nothing of where the file is from: what was landed is read by it as well, years later.
Whatever it raises is about that file, and is told by a check that blocks.
"""

import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from data_platform.ingestion.errors import MalformedError
from data_platform.redaction import redact

ARGUMENTS: Final = ("data", "name", "day")
"""What a function may ask for, by name: the bytes, the file's path at the source, and its day (None without days)."""


@dataclass(frozen=True)
class FileRows:
    """What one file says.

    Attributes:
        rows: A mapping a row, by the names that ``columns`` of the source has, or an Arrow table.
        problems: Why it is not what was agreed, such as half a file: nothing of its day is written then.
        comments: What else it says, for the materialization's metadata.
    """

    rows: Iterable[Mapping[str, Any]] | pa.Table
    problems: Sequence[str] = field(default=())
    comments: Sequence[str] = field(default=())


@dataclass(frozen=True)
class FileTable:
    """The same with a table, whatever the function gave.

    Attributes:
        rows: By the source's own names.
        problems: As of ``FileRows``, without secrets.
        comments: The same.
    """

    rows: pa.Table
    problems: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()


@dataclass(frozen=True)
class OwnFormat:
    """A function of a domain that reads its files.

    Attributes:
        named: As ``defs.yaml`` has it: ``exports.read_export``.
        function: The function.
        wants: Which of `ARGUMENTS` it takes.
    """

    named: str
    function: Callable[..., Any]
    wants: frozenset[str]

    def table(self, data: bytes, name: str, day: str | None) -> FileTable:
        """The rows of a file; none, with the problem, where the function cannot read it.

        Args:
            data: The file, as it came.
            name: Its path at the source.
            day: Its day; None of a source without days.
        """
        given = {"data": data, "name": name, "day": day}
        try:
            said = self.function(**{argument: given[argument] for argument in ARGUMENTS if argument in self.wants})
            read = said if isinstance(said, FileRows) else FileRows(said)
            return FileTable(_table(read.rows), _texts(read.problems), _texts(read.comments))
        except MemoryError:  # which is about the step, not about the file
            raise
        except (ValueError, MalformedError) as error:  # how a function says that a file is not what was agreed
            return FileTable(pa.table({}), _texts([str(error) or type(error).__name__]))
        except Exception as error:  # noqa: BLE001 - a domain's own function may fail in any way: it is told as its check
            return FileTable(pa.table({}), _texts([f"{self.named} failed: {_where(error)}"]))


def joined(tables: Sequence[FileTable]) -> FileTable:
    """The pages of an API as one."""
    return FileTable(
        pa.concat_tables([table.rows for table in tables], promote_options="permissive") if tables else pa.table({}),
        tuple(problem for table in tables for problem in table.problems),
        tuple(comment for table in tables for comment in table.comments),
    )


def _table(rows: Any) -> pa.Table:
    """What a function gave as a table.

    Raises:
        MalformedError: It is neither rows nor a table, or a column has values of several types.
    """
    if isinstance(rows, pa.Table):
        return rows
    if isinstance(rows, str | bytes | Mapping) or not isinstance(rows, Iterable):
        raise MalformedError(
            f"the reader gave {type(rows).__name__}, and is to give a mapping a row, or an Arrow table"
        )
    listed = list(rows)
    if wrong := [type(row).__name__ for row in listed if not isinstance(row, Mapping)]:
        raise MalformedError(f"the reader gave a row that is {wrong[0]}, and is to give mappings")
    names = dict.fromkeys(name for row in listed for name in row)
    return pa.table({str(name): _column(str(name), [row.get(name) for row in listed]) for name in names})


def _column(name: str, values: list[Any]) -> pa.Array:
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        raise MalformedError(f"the reader gave values of several types in {name}: give text where in doubt") from None


def _texts(said: Sequence[str]) -> tuple[str, ...]:
    return tuple(redact(str(text)) for text in said)


def _where(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(last.filename).name}:{last.lineno})"
