"""The textbook Dagster way: a step that splits the log, one dynamic step a date, one that merges; multiprocess.

Needs ``DAGSTER_HOME``, an instance of its own. A date's step parses as the pandas script does.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import dagster as dg
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))
import pandas_script

LOG, FOLDER = "TEXTBOOK_LOG", "TEXTBOOK_FOLDER"
"""Where the steps, which are processes of their own, are told the paths."""


@dg.op(out=dg.DynamicOut(str))
def split() -> Iterator[dg.DynamicOutput[str]]:
    """Split the log into a file for each date."""
    parts = Path(os.environ[FOLDER], "parts")
    parts.mkdir()
    with ExitStack() as stack:
        files = {}
        for line in stack.enter_context(Path(os.environ[LOG]).open(errors="backslashreplace")):
            day = line[(at := line.find("[") + 1) : at + 11]
            if day not in files:
                name = datetime.strptime(day, "%d/%b/%Y").strftime("%Y_%m_%d")  # noqa: DTZ007 - a date
                files[day] = stack.enter_context((parts / name).open("w"))
            files[day].write(line)
    for path in sorted(parts.iterdir()):
        yield dg.DynamicOutput(str(path), mapping_key=path.name)


@dg.op
def parse(part: str) -> int:
    """Write the events of a date's file; returns how many."""
    events: int = pandas_script.main(Path(part), Path(os.environ[FOLDER]))
    return events


@dg.op
def merge(counts: list[int]) -> int:
    """The number of all events."""
    total = int(pd.Series(counts).sum())
    Path(os.environ[FOLDER], "events").write_text(str(total))
    return total


@dg.job(executor_def=dg.multiprocess_executor)
def textbook() -> None:
    """The log, date by date."""
    merge(split().map(parse).collect())


def main(log: Path, folder: Path) -> int:
    """Write the events of a log below a folder; returns how many."""
    os.environ |= {LOG: str(log), FOLDER: str(folder)}
    with dg.DagsterInstance.get() as instance:
        result = dg.execute_job(dg.reconstructable(textbook), instance, raise_on_error=True)
        if not result.success:
            raise SystemExit("the run failed")
    return int(Path(folder, "events").read_text())


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), Path(sys.argv[2])))
