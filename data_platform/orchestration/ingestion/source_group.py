"""The sources that are taken in one run: one that leads, and those that say that they are taken with it.

What belongs here: who they are, and what they are called together. What does not: schedules and sensors
(``source_automation``).
"""

from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from data_platform.ingestion.sources.spec import SourceSpec
from data_platform.products.errors import InvalidProductError
from data_platform.products.source_file import read_source, sources_in


@dataclass(frozen=True)
class SourceGroup:
    """Some sources of a domain.

    Attributes:
        domain: The domain.
        leader: The one whose times count, by name.
        members: All of them by name, the leader first.
    """

    domain: str
    leader: str
    members: dict[str, SourceSpec]

    @property
    def spec(self) -> SourceSpec:
        """What the leader says."""
        return self.members[self.leader]

    @property
    def label(self) -> str:
        """What jobs and sensors are called by: ``sales_raw_orders``."""
        return f"{self.domain}_{self.leader}"

    @property
    def job(self) -> str:
        """The name of the job."""
        return f"{self.label}_daily" if self.spec.daily else f"{self.label}_taken"

    @property
    def days(self) -> dict[str, SourceSpec]:
        """Those that have days, the leader first."""
        return {name: spec for name, spec in self.members.items() if spec.daily}

    def key(self, name: str) -> dg.AssetKey:
        """A member's key."""
        return dg.AssetKey([self.domain, name])


def group_in(folder: Path) -> SourceGroup:
    """The group that a source leads; members that cannot be read are left out, their own location says so.

    Args:
        folder: The leader's.

    Raises:
        InvalidProductError: The leader cannot be read.
    """
    members = {folder.name: read_source(folder)[0]}
    for other in sources_in(folder.parent):
        try:
            spec, _ = read_source(other)
        except InvalidProductError:
            continue
        if spec.taken_with == folder.name:
            members[other.name] = spec
    return SourceGroup(folder.parent.name, folder.name, members)
