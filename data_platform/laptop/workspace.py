"""What Dagster's services are given to load: the project's domains as they are now, or a workspace file of people.

What belongs here: reading, discovering, and turning Python modules into servers behind sockets. What does not: starting
anything.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from data_platform.laptop.code_servers import PLAN, socket_name
from data_platform.laptop.errors import LaptopError
from data_platform.laptop.state import write_json
from data_platform.products.imported import locations_of
from data_platform.project import Project
from data_platform.workspace_file import workspace_text


@dataclass(frozen=True)
class Workspace:
    """What is loaded, by location.

    Attributes:
        root: The folder in which the services work.
        modules: For each location that we serve, what `dagster api grpc` is told.
        others: Entries of kinds that are passed on as they are.
        project: Whose domains are followed; None: what a workspace file says, for good.
    """

    root: Path
    modules: dict[str, list[str]]
    others: list[object] = field(default_factory=list)
    project: Project | None = None

    @classmethod
    def read(cls, path: Path) -> "Workspace":
        """Read a workspace file.

        Args:
            path: The file; relative folders in it count from its own.

        Raises:
            LaptopError: It is missing or holds no list `load_from`.
        """
        try:
            return cls(path.parent, *_entries(path.read_text(), path.parent))
        except (FileNotFoundError, TypeError, KeyError) as error:
            raise LaptopError(f"{path} is no workspace file: it needs a list `load_from`.") from error

    @classmethod
    def of(cls, project: Project) -> "Workspace":
        """The domains that a project has now; where it has none, the location that says what to do first."""
        return cls(project.root, *_entries(workspace_text(locations_of(project)), project.root), project)

    def now(self) -> "Workspace":
        """The same as it is now."""
        return Workspace.of(self.project) if self.project else self

    def write_for_services(self, folder: Path) -> tuple[Path, Path]:
        """Write what the services are given, in the place of what they were given before.

        Args:
            folder: A short path: the name of a socket may have 107 characters.

        Returns:
            The workspace file for the webserver and the daemon, and the plan for the code servers.
        """
        return self.write_locations(folder), self.write_plan(folder)

    def write_plan(self, folder: Path) -> Path:
        """Write what the code servers are told; they follow it by themselves."""
        plan = folder / PLAN
        write_json(plan, self.modules)
        return plan

    def write_locations(self, folder: Path) -> Path:
        """Write the workspace file that the webserver follows, and the daemon reads at its start."""
        servers = [
            {"grpc_server": {"host": "localhost", "socket": str(folder / socket_name(name)), "location_name": name}}
            for name in self.modules
        ]
        generated = folder / "workspace.yaml"
        whole = generated.with_suffix(".new")
        whole.write_text(yaml.safe_dump({"load_from": [*servers, *self.others]}))
        whole.replace(generated)
        return generated


def _entries(text: str, folder: Path) -> tuple[dict[str, list[str]], list[object]]:
    modules, others = {}, []
    for entry in yaml.safe_load(text)["load_from"]:
        target = entry.get("python_module") if isinstance(entry, dict) else None
        if target is None:
            others.append(entry)
            continue
        target = {"module_name": target} if isinstance(target, str) else target
        modules[target.get("location_name") or target["module_name"]] = _arguments(target, folder)
    return modules, others


def _arguments(target: dict[str, Any], folder: Path) -> list[str]:
    working_directory = folder / target.get("working_directory", "")
    arguments = ["--module-name", str(target["module_name"]), "--working-directory", str(working_directory)]
    if attribute := target.get("attribute"):
        arguments += ["--attribute", str(attribute)]
    name = target.get("location_name") or target["module_name"]
    return [*arguments, "--location-name", str(name)]
