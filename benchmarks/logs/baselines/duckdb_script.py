"""The hand-tuned DuckDB script: its CSV reader in parallel, one COPY partitioned by date.

The order of lines is given up, which lets DuckDB write a partition from several threads.
"""

import sys
from pathlib import Path

import duckdb

BOTS = "bot|crawl|spider|slurp|monitor|curl|wget|python|java/|go-http-client|scanner|headless"
FIELDS = ("client", "identity", "usr", "day", "zone", "request", "status", "bytes", "referrer", "agent")

EVENTS = f"""
COPY (
  WITH lines AS (
    SELECT client, request, referrer, agent, bytes, try_cast(status AS SMALLINT) AS status,
      try_strptime(day || ' ' || zone, '[%d/%b/%Y:%H:%M:%S %z]') AS time,
      split_part(request, ' ', 2) AS target
    FROM read_csv(
      $log, header = false, auto_detect = false, delim = ' ', quote = '"', escape = '\\', nullstr = '-',
      columns = {{{", ".join(f"{name}: 'VARCHAR'" for name in FIELDS)}}}, null_padding = false,
      ignore_errors = true, strict_mode = false, parallel = true, buffer_size = 16000000, max_line_size = 4000000)
  )
  SELECT time, client, split_part(request, ' ', 1) AS method, split_part(target, '?', 1) AS path,
    nullif(substr(target, length(path) + 2), '') AS query, split_part(request, ' ', 3) AS protocol, status,
    try_cast(bytes AS BIGINT) AS bytes, referrer, agent,
    CASE WHEN contains(query, 'utm_campaign=')
      THEN regexp_extract(query, '(?:^|&)utm_campaign=([^&]*)', 1) END AS campaign,
    agent IS NULL OR regexp_matches(agent, '{BOTS}', 'i') AS bot,
    CAST(time AS DATE) AS date
  FROM lines WHERE time IS NOT NULL
) TO $folder (FORMAT parquet, PARTITION_BY (date), COMPRESSION zstd, OVERWRITE_OR_IGNORE)
"""


def main(log: Path, folder: Path) -> int:
    """Write the events of a log below a folder; returns how many."""
    with duckdb.connect() as connection:
        connection.execute("SET preserve_insertion_order = false")
        connection.execute("SET TimeZone = 'UTC'")
        statement = EVENTS.replace("$log", f"'{log}'").replace("$folder", f"'{folder}'")
        written = connection.execute(statement).fetchone()
    return int(written[0]) if written else 0


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), Path(sys.argv[2])))
