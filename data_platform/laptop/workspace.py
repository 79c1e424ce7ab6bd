"""The workspace file of people, and the one that Dagster's services are given.

What belongs here: reading `workspace.yaml`, and turning its Python modules into servers behind sockets. What does
not: starting anything.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from data_platform.laptop.errors import LaptopError


@dataclass(frozen=True)
class Workspace:
    """What is loaded, by location.

    Attributes:
        path: The file that people wrote.
        modules: For each location that we serve, what `dagster api grpc` is told.
        others: Entries of kinds that are passed on as they are.
    """

    path: Path
    modules: dict[str, list[str]]
    others: list[object]

    @classmethod
    def read(cls, path: Path) -> "Workspace":
        """Read a workspace file.

        Args:
            path: The file; relative folders in it count from its own.

        Raises:
            LaptopError: It is missing or holds no list `load_from`.
        """
        try:
            entries = yaml.safe_load(path.read_text())["load_from"]
        except (FileNotFoundError, TypeError, KeyError) as error:
            raise LaptopError(f"{path} is no workspace file: it needs a list `load_from`.") from error
        modules, others = {}, []
        for entry in entries:
            target = entry.get("python_module") if isinstance(entry, dict) else None
            if target is None:
                others.append(entry)
                continue
            target = {"module_name": target} if isinstance(target, str) else target
            modules[target.get("location_name") or target["module_name"]] = _arguments(target, path.parent)
        return cls(path, modules, others)

    def write_for_services(self, folder: Path) -> tuple[Path, Path]:
        """Write what the services are given.

        Args:
            folder: A short path: the name of a socket may have 107 characters.

        Returns:
            The workspace file for the webserver and the daemon, and the plan for the code servers.
        """
        servers = [
            {"grpc_server": {"host": "localhost", "socket": str(folder / f"{number}.sock"), "location_name": name}}
            for number, name in enumerate(self.modules)
        ]
        generated, plan = folder / "workspace.yaml", folder / "plan.json"
        generated.write_text(yaml.safe_dump({"load_from": [*servers, *self.others]}))
        plan.write_text(json.dumps(self.modules))
        return generated, plan


def _arguments(target: dict[str, Any], folder: Path) -> list[str]:
    working_directory = folder / target.get("working_directory", "")
    arguments = ["--module-name", str(target["module_name"]), "--working-directory", str(working_directory)]
    if attribute := target.get("attribute"):
        arguments += ["--attribute", str(attribute)]
    name = target.get("location_name") or target["module_name"]
    return [*arguments, "--location-name", str(name)]
