"""The pandas script with a regular expression, in chunks of lines: what most people write first."""

import re
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pandas as pd

CHUNK = 200_000
BOTS = r"(?i)bot|crawl|spider|slurp|monitor|curl|wget|python|java/|go-http-client|scanner|headless"
LINE = re.compile(
    r'(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) ([^ ?"]+)\??([^ "]*) (\S+)" (\d{3}) (\d+|-) '
    r'"((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"'
)
NAMES = ["client", "time", "method", "path", "query", "protocol", "status", "bytes", "referrer", "agent"]


def main(log: Path, folder: Path) -> int:
    """Write the events of a log below a folder; returns how many."""
    events = 0
    for number, chunk in enumerate(chunks(log)):
        frame = parse(chunk)
        for day, of_day in frame.groupby("date"):
            into = folder / f"date={day}"
            into.mkdir(parents=True, exist_ok=True)
            of_day.drop(columns="date").to_parquet(into / f"{number}.parquet", compression="zstd", index=False)
        events += len(frame)
    return events


def chunks(log: Path) -> Iterator[list[str]]:
    """The lines, some at a time."""
    with log.open(encoding="utf-8", errors="backslashreplace") as file:
        while lines := list(islice(file, CHUNK)):
            yield lines


def parse(lines: list[str]) -> pd.DataFrame:
    """Turn lines into events."""
    matches = [match.groups() for match in map(LINE.match, lines) if match]
    frame = pd.DataFrame(matches, columns=NAMES).replace({"-": None, "": None})
    frame["time"] = pd.to_datetime(frame["time"], format="%d/%b/%Y:%H:%M:%S %z", utc=True)
    frame["status"] = frame["status"].astype("int16")
    frame["bytes"] = frame["bytes"].astype("Int64")
    frame["campaign"] = frame["query"].str.extract(r"(?:^|&)utm_campaign=([^&]*)", expand=False)
    frame["bot"] = frame["agent"].str.contains(BOTS).fillna(True).astype(bool)
    frame["date"] = frame["time"].dt.date
    return frame


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), Path(sys.argv[2])))
