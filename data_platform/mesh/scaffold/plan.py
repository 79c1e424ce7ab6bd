"""The files that make a new product, and writing them, all or none.

What belongs here: what to write, the check that nothing is overwritten, the writing. What does not: what is in the
files.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from data_platform.mesh.errors import Refused
from data_platform.mesh.scaffold.place import Place
from data_platform.mesh.scaffold.staging import link_on_the_way, write_all


@dataclass(frozen=True)
class Plan:
    """What a new product is made of.

    Attributes:
        place: Where it goes.
        files: The new files, with what is in them.
        edits: Files that are there, with all that is in them afterwards.
        notes: What its owner should know or fill in.
        steps: What to do now; empty: what is to be done with a product.
    """

    place: Place
    files: Mapping[Path, str]
    edits: Mapping[Path, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()

    def with_files(self, files: Mapping[Path, str], *notes: str) -> "Plan":
        """The same with more files."""
        return replace(self, files={**self.files, **files}, notes=(*self.notes, *notes))

    def check(self) -> None:
        """See that nothing would be overwritten.

        Raises:
            Refused: Something is there already; names all of it.
        """
        root = self.place.root
        for file in (*self.files, *self.edits):
            if link := link_on_the_way(file, below=root):
                to = f"{self.shown(link)} is a link to {link.resolve()}"
                raise Refused([f"{to}, and nothing is written through links: replace it by a folder"])
        there = [file for file in self.files if os.path.lexists(file)]
        if self.place.folder.exists() and self.place.folder not in there:
            there.insert(0, self.place.folder)
        if there:
            raise Refused(
                f"{self.shown(file)} is there already, and is not overwritten: choose another name or version, or "
                "delete it first"
                for file in there
            )

    def write(self) -> None:
        """Write everything, or nothing, see ``staging``.

        Raises:
            Refused: Something is there already.
            MeshError: A file cannot be written.
        """
        self.check()
        files = (*self.files, *self.edits)
        is_inside = all(file.is_relative_to(self.place.root) for file in files)
        write_all(self.place.root if is_inside else Path(os.path.commonpath(files)), self.files, self.edits)

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
        if self.steps:
            return list(self.steps)
        key, steps = self.place.key, []
        steps.append(f"read {self.shown(self.place.folder)}/contract.odcs.yaml: what it promises is checked, always")
        steps.append(f"data-platform lint {key}")
        if self.place.test_file in self.files:
            steps.append(f"make test ARGS={self.shown(self.place.test_file)}")
        steps.append(f"a platform that runs (make run) serves it within seconds; then: data-platform run {key}")
        return steps
