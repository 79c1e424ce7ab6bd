"""Run the benchmarks: `python -m benchmarks` for all, `python -m benchmarks startup` for one.

What belongs here: finding them. A benchmark is a folder with `run.py`, whose `main()` prints its figures as ratios
against a baseline that it names and measures in the same run.
"""

import importlib
import sys
from pathlib import Path


def main(wanted: list[str]) -> None:
    """Run the named benchmarks, all when none is named."""
    there = sorted(path.parent.name for path in Path(__file__).parent.glob("*/run.py"))
    if unknown := [name for name in wanted if name not in there]:
        sys.exit(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(there)}")
    for name in wanted or there:
        print(f"== {name}")
        importlib.import_module(f"benchmarks.{name}.run").main()


if __name__ == "__main__":
    main(sys.argv[1:])
