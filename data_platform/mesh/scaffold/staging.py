"""Writing new files all or none: first aside, then moved to where they belong.

What belongs here: staging, moving, taking back, and the check of links. What does not: what is written.

An interruption, even a kill, leaves at most a folder ``.data-platform-…`` with what was not moved yet; a platform that
runs never sees half of a domain.
"""

import errno
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from data_platform.mesh.errors import MeshError

_PREFIX: Final = ".data-platform-"


def link_on_the_way(target: Path, below: Path | None = None) -> Path | None:
    """The first link that a path is, or goes through.

    Args:
        target: The path, absolute.
        below: Only links below this folder count; ``None``: all but those right below ``/``, which are the system's own
            (``/home`` or ``/tmp`` on some).
    """
    ways = [target, *target.parents]
    ours = [way for way in ways if (way.is_relative_to(below) and way != below if below else len(way.parts) > 2)]  # noqa: PLR2004
    return next((way for way in reversed(ours) if way.is_symlink()), None)


def write_all(folder: Path, files: Mapping[Path, str], edits: Mapping[Path, str] | None = None) -> None:
    """Write new files, and others anew, all or none.

    Args:
        folder: All of them are below it. It is made if it is not there.
        files: The new files, absolute, with what is in them; none of them is there.
        edits: Files that are there, with all that is in them afterwards.

    Raises:
        MeshError: One cannot be written; then nothing was.
    """
    home = folder
    while not home.exists():
        home = home.parent
    try:
        with _aside(home) as aside:
            staged = {file: aside / str(number) for number, file in enumerate(edits or {})}
            for file, path in staged.items():
                path.write_text((edits or {})[file], encoding="utf-8")
            tree = aside / "new"
            for file, text in files.items():
                copy = tree / file.relative_to(home)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_text(text, encoding="utf-8")
            _move(tree, home, staged, aside / "before")
    except OSError as error:
        what = "a name is too long" if error.errno == errno.ENAMETOOLONG else f"{error.strerror}: {error.filename}"
        raise MeshError(f"nothing was written: {what}; see that {folder} may be written to") from error


@contextmanager
def _aside(home: Path) -> Iterator[Path]:
    aside = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=home))
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _move(tree: Path, home: Path, edits: Mapping[Path, Path], before: Path) -> None:
    """Move what is new, whole folders where there is none, then what is edited; take all of it back if one fails."""
    moved: list[tuple[Path, Path]] = []
    try:
        for number, (source, target) in enumerate(_parts(tree, home)):
            source.rename(target)
            moved.append((target, before.with_name(f"back{number}")))
        for number, (file, path) in enumerate(edits.items()):
            kept = before.with_name(f"before{number}")
            shutil.copy2(file, kept)
            shutil.copymode(file, path)
            path.replace(file)
            moved.append((kept, file))
    except BaseException:  # also Ctrl-C
        for source, target in reversed(moved):
            with suppress(OSError):
                source.replace(target)
        raise


def _parts(tree: Path, home: Path) -> Iterator[tuple[Path, Path]]:
    """What to move where: the largest folders that are not there yet, and files."""
    if not tree.is_dir():
        return
    for path in sorted(tree.iterdir()):
        target = home / path.name
        if path.is_dir() and target.is_dir():
            yield from _parts(path, target)
        else:
            yield path, target
