"""The state folder: where each thing lies, the lock that keeps two stacks apart, and the record of the running one.

What belongs here: paths, the lock, reading and writing small JSON files. What does not: what the files mean to the
parts that own them.
"""

import contextlib
import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from data_platform.laptop.errors import AlreadyRunningError, LaptopError
from data_platform.settings import STATE_VARIABLE


def write_json(path: Path, content: object, mode: int = 0o600) -> None:
    """Replace a JSON file in one step, readable by its owner only unless said otherwise.

    Args:
        path: The file.
        content: What `json` can write.
        mode: Permissions of the file.
    """
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
        os.fchmod(file.fileno(), mode)
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """The content of a JSON file, empty where there is none or it holds no JSON object."""
    try:
        content = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return content if isinstance(content, dict) else {}


@dataclass
class StackRecord:
    """What another shell or a later `up` needs to know about a stack. Holds no secret."""

    stack_id: str
    pid: int
    started: float
    """Creation time of the process `pid`: a pid alone may be another process by now."""
    store: str
    embedded_store: bool
    urls: dict[str, str] = field(default_factory=dict)
    sockets: str = ""


@dataclass(frozen=True)
class StateFolder:
    """Paths below one state folder.

    Attributes:
        root: The folder, absolute.
    """

    root: Path

    @property
    def seaweedfs(self) -> Path:
        """Data of the embedded S3."""
        return self.root / "seaweedfs"

    @property
    def dagster_home(self) -> Path:
        """Dagster's instance: runs, events, schedules."""
        return self.root / "dagster"

    @property
    def logs(self) -> Path:
        """One log file a part, and the one before it."""
        return self.root / "logs"

    @property
    def credentials(self) -> Path:
        """Generated credentials of the embedded S3."""
        return self.root / "credentials.json"

    @property
    def web_token(self) -> Path:
        """The token of the web pages."""
        return self.root / "web_token.json"

    @property
    def ports(self) -> Path:
        """Ports chosen for each part, so that a restart reuses them."""
        return self.root / "ports.json"

    @property
    def record(self) -> Path:
        """The stack that runs, or ran last."""
        return self.root / "stack.json"

    def create(self) -> None:
        """Make the folders, closed to other users.

        Raises:
            LaptopError: They cannot be made or closed: somebody else's, or on a file system that is read-only.
        """
        try:
            for folder in (self.root, self.seaweedfs, self.dagster_home, self.logs):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.root.chmod(0o700)
        except OSError as error:
            why = f"{error.strerror or error} ({error.filename})"
            fix = f"name one that you may write to by {STATE_VARIABLE}"
            raise LaptopError(f"The state folder {self.root} cannot be used: {why}: {fix}.") from error

    def read_record(self) -> StackRecord | None:
        """The stack that runs, or ran last."""
        content = read_json(self.record)
        try:
            return StackRecord(**content)
        except TypeError:  # nothing written yet, or by another version
            return None

    def write_record(self, record: StackRecord) -> None:
        """Write down the stack that runs."""
        write_json(self.record, asdict(record))

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold this folder for one stack.

        Raises:
            AlreadyRunningError: Another process holds it.
        """
        descriptor = os.open(self.root / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyRunningError(self._who_holds_it()) from None
            yield
        finally:
            os.close(descriptor)

    def is_locked(self) -> bool:
        """Whether a stack holds this folder now."""
        if not self.root.is_dir():
            return False
        try:
            with self.lock():
                return False
        except AlreadyRunningError:
            return True

    def running(self) -> StackRecord:
        """The stack that runs on this folder.

        Raises:
            LaptopError: None does.
        """
        record = self.read_record()
        if record is None or not self.is_locked():
            raise LaptopError(f"No platform runs on {self.root}. Start it with `make run`.")
        return record

    def _who_holds_it(self) -> str:
        record = self.read_record()
        who = f"process {record.pid}, {record.urls.get('Dagster UI', 'still starting')}" if record else "still starting"
        return (
            f"A stack already runs on {self.root} ({who}). Stop it with Ctrl-C in its terminal or with "
            "`data-platform down`, or set DATA_PLATFORM_STATE to another folder."
        )
