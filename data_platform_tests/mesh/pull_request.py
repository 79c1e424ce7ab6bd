"""A pull request on a small mesh: a git repository with a base, a change of its working tree, and the report on it."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data_platform.mesh.ci.gathering import RegistryKnowledge
from data_platform.mesh.ci.report import Level, Report
from data_platform.mesh.ci.verdict import examined
from data_platform.storage.objects.store import ObjectStore
from data_platform_tests.mesh.registry_shop import Desk, new_desk

NOBODY = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


def git(folder: Path, *arguments: str) -> str:
    line = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments]
    return subprocess.run(line, check=True, capture_output=True, text=True, env=os.environ | NOBODY).stdout.strip()


def asking(store: ObjectStore | None) -> Any:
    """How the command asks the registry, of a given store."""

    def ask(look: Callable[[ObjectStore | None], RegistryKnowledge]) -> tuple[RegistryKnowledge, str]:
        return look(store), "" if store is not None else "there is no store"

    return ask


@dataclass(frozen=True)
class PullRequest:
    """A mesh in a repository whose branch ``main`` is the base."""

    desk: Desk
    root: Path

    def commit(self, message: str = "work") -> None:
        git(self.root, "add", ".")
        git(self.root, "commit", "--quiet", "--allow-empty", "-m", message)

    def report(self, base: str = "main", head: str | None = None, *, store: bool = False) -> Report:
        return examined(self.desk.shop.domains, base, head, asking(self.desk.store if store else None))

    def errors(self, **more: Any) -> list[tuple[str, str, str]]:
        """Rule, code and product of what is wrong."""
        return told(self.report(**more), Level.ERROR)


def told(report: Report, level: Level) -> list[tuple[str, str, str]]:
    return [(one.rule.value, one.code, one.product) for one in report.of(level)]


@contextmanager
def new_pull_request(folder: Path) -> Iterator[PullRequest]:
    """Orders, a reader of their totals in another domain, and a reader behind that one."""
    with new_desk(folder) as desk:
        desk.orders()
        desk.reader()
        desk.reader("logistics/cost_v1", "marketing.spend_v1")
        git(folder, "init", "--quiet", "--initial-branch=main")
        (folder / ".gitignore").write_text("store/\n__pycache__/\n")
        made = PullRequest(desk, folder)
        made.commit()
        git(folder, "checkout", "--quiet", "-b", "feature")
        yield made
