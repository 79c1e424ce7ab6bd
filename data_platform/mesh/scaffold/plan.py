"""The files that make a new product, and writing them, all or none.

What belongs here: what to write, the check that nothing is overwritten, the writing. What does not: what is in the
files.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from data_platform.mesh.errors import MeshError, Refused
from data_platform.mesh.scaffold.place import Place


@dataclass(frozen=True)
class Plan:
    """What a new product is made of.

    Attributes:
        place: Where it goes.
        files: The new files, with what is in them.
        edits: Files that are there, with all that is in them afterwards.
        notes: What its owner should know or fill in.
    """

    place: Place
    files: Mapping[Path, str]
    edits: Mapping[Path, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def with_files(self, files: Mapping[Path, str], *notes: str) -> "Plan":
        """The same with more files."""
        return replace(self, files={**self.files, **files}, notes=(*self.notes, *notes))

    def check(self) -> None:
        """See that nothing would be overwritten.

        Raises:
            Refused: Something is there already; names all of it.
        """
        there = [file for file in self.files if file.exists()]
        if self.place.folder.exists() and self.place.folder not in there:
            there.insert(0, self.place.folder)
        if there:
            raise Refused(
                f"{self.shown(file)} is there already, and is not overwritten: choose another name or version, or "
                "delete it first"
                for file in there
            )

    def write(self) -> None:
        """Write everything; what was written is taken back if one file cannot be.

        Raises:
            Refused: Something is there already.
            MeshError: A file cannot be written.
        """
        self.check()
        before = {file: file.read_text(encoding="utf-8") for file in self.edits}
        created: list[Path] = []
        try:
            for file, text in self.files.items():
                created += _with_folders(file)
                file.write_text(text, encoding="utf-8")
            for file, text in self.edits.items():
                file.write_text(text, encoding="utf-8")
        except OSError as error:
            for path in reversed(created):
                with suppress(OSError):
                    path.rmdir() if path.is_dir() else path.unlink()
            for file, text in before.items():
                with suppress(OSError):
                    file.write_text(text, encoding="utf-8")
            raise MeshError(f"nothing was written: {error}; see that the folder may be written to") from error

    def shown(self, file: Path) -> str:
        """A file as people call it: below the project."""
        root = self.place.root
        return str(file.relative_to(root)) if file.is_relative_to(root) else str(file)

    def to_dict(self) -> dict[str, object]:
        """The plan as plain data, with the texts."""
        return {
            "product": self.place.key,
            "files": {self.shown(file): text for file, text in self.files.items()},
            "edits": [self.shown(file) for file in self.edits],
            "notes": list(self.notes),
            "next": self.next_steps(),
        }

    def next_steps(self) -> list[str]:
        """What to do now."""
        key, steps = self.place.key, []
        steps.append(f"read {self.shown(self.place.folder)}/contract.odcs.yaml: what it promises is checked, always")
        steps.append(f"data-platform lint {key}")
        if self.place.test_file in self.files:
            steps.append(f"make test ARGS={self.shown(self.place.test_file)}")
        if self.place.domains / self.place.domain / "__init__.py" in self.files:
            steps.append(f"a platform that runs (make run) serves {self.place.domain} in a moment; materialize {key}")
        else:
            steps.append(f"in the UI: Deployment, {self.place.domain}, Reload; then materialize {key}")
        return steps


def _with_folders(file: Path) -> list[Path]:
    """Make the folders of a file that are not there; they and the file, outer ones first."""
    missing = [folder for folder in file.parents if not folder.exists()]
    file.parent.mkdir(parents=True, exist_ok=True)
    return [*reversed(missing), file]
