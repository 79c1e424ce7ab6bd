"""How soon consumers follow a publication, within a platform and across two: the clock, not the CPU.

The machine's load stands beside each figure: it decides more than all else.
"""

from benchmarks.following import hops, repositories


def main() -> None:
    """Measure both and print the ratios."""
    hops.measure()
    repositories.measure()


if __name__ == "__main__":
    main()
