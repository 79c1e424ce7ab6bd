"""What git says: commits, the files of one, and what differs between two or from the working tree.

What belongs here: running git, and its answers as Python values. What does not: what a file means (``checkout``).

Git is run without a shell, on objects only: no worktree is made, no index or file of the repository is touched. Paths
are taken as they are (no patterns), revisions never as options.
"""

import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from data_platform.mesh.errors import MeshError

_SECONDS: Final = 120
_FILE_MODES: Final = (b"100644", b"100755")
_ENVIRONMENT: Final = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
"""Messages as they are known here, and no lock taken only to write down what was looked up."""


class GitFailed(MeshError):  # noqa: N818 - as in `except GitFailed`
    """Git ran, and said no."""


@dataclass(frozen=True)
class Blob:
    """A file of a commit.

    Attributes:
        path: Below the folder that was asked for.
        name: Git's name of its content.
    """

    path: PurePosixPath
    name: str


def git(folder: Path, *arguments: str, given: bytes | None = None) -> bytes:
    """Run git in a folder.

    Args:
        folder: Where; in a repository.
        arguments: The command and its arguments.
        given: Its standard input.

    Returns:
        Its standard output.

    Raises:
        GitFailed: It ended with an error; with the first line of what it said.
        MeshError: There is no git, or it does not answer.
    """
    command = ["git", "-C", str(folder), "--literal-pathspecs", *arguments]
    try:
        done = subprocess.run(  # noqa: S603
            command, input=given, capture_output=True, check=False, timeout=_SECONDS, env=os.environ | _ENVIRONMENT
        )
    except FileNotFoundError:
        raise MeshError("there is no git to compare with: install it") from None
    except subprocess.TimeoutExpired:
        raise MeshError(f"git {arguments[0]} did not answer in {_SECONDS} seconds: try it by hand") from None
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()[:1]
        raise GitFailed(f"{folder}: git {arguments[0]}: {' '.join(lines) or 'failed'}")
    return done.stdout


def commit_at(folder: Path, revision: str) -> str:
    """The commit that a revision means.

    Args:
        folder: Any in the repository.
        revision: Anything that git takes for a commit.

    Raises:
        MeshError: No git, no repository, no such revision; says which.
    """
    try:
        name = git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except GitFailed:
        _in_repository(folder)
        raise MeshError(f"git knows no revision {revision!r}: give a commit, a branch or a tag, fetched") from None
    return name.decode().strip()


def merge_base(folder: Path, base: str, head: str) -> str:
    """The newest commit that two revisions have in common.

    Raises:
        MeshError: No git, no repository, no such revision, or they have nothing in common.
    """
    commits = commit_at(folder, base), commit_at(folder, head)
    try:
        return git(folder, "merge-base", *commits).decode().split("\n")[0]
    except GitFailed:
        shallow = git(folder, "rev-parse", "--is-shallow-repository").strip() == b"true"
        why = "their histories are unrelated: give another one"
        if shallow:
            why = (
                "this clone lacks the older ones: git fetch --unshallow "
                '(fetch-depth: 0 of actions/checkout, GIT_DEPTH: "0" of GitLab)'
            )
        raise MeshError(f"{base} and {head} have no commit in common, since {why}") from None


def inside(folder: Path) -> PurePosixPath:
    """Where a folder is in its repository; ``.`` for the repository's root.

    Raises:
        MeshError: No git, no repository.
    """
    return PurePosixPath(git(folder, "rev-parse", "--show-prefix").decode().rstrip("\n") or ".")


def files_of(folder: Path, commit: str) -> Iterator[Blob]:
    """The ordinary files below a folder as they were at a commit; no links, no submodules."""
    for line in git(folder, "ls-tree", "-r", "-z", commit, "--", ".").split(b"\0"):
        head, _, path = line.partition(b"\t")
        if head.startswith(_FILE_MODES):
            yield Blob(PurePosixPath(path.decode("utf-8", "surrogateescape")), head.decode().split(" ")[2])


def contents(folder: Path, blobs: Sequence[Blob]) -> Iterator[bytes]:
    """The contents of files, in their order, by one call."""
    given = "".join(f"{blob.name}\n" for blob in blobs).encode()
    answer = git(folder, "cat-file", "--batch", given=given) if blobs else b""
    at = 0
    for _ in blobs:
        end = answer.index(b"\n", at)
        size = int(answer[at:end].split(b" ")[2])
        yield answer[end + 1 : end + 1 + size]
        at = end + size + 2


def content_at(file: Path, revision: str) -> bytes | None:
    """A file as it was at a revision; ``None`` where it was not there.

    Args:
        file: The file, which need not be there any more, nor its folder.
        revision: Anything that git takes for a commit.

    Raises:
        MeshError: No git, no repository, no such revision.
    """
    folder = next((parent for parent in file.resolve().parents if parent.is_dir()), Path.cwd())
    commit = commit_at(folder, revision)
    try:
        return git(folder, "show", f"{commit}:./{file.resolve().relative_to(folder).as_posix()}")
    except GitFailed:
        return None


def changed_files(folder: Path, commit: str, head: str | None = None) -> frozenset[PurePosixPath]:
    """The files below a folder that are other than at a commit, new ones and gone ones included.

    Args:
        folder: The folder; the paths are relative to it.
        commit: The commit to compare with.
        head: The commit to compare; ``None``: the working tree, with what is not committed and not ignored.
    """
    compared = [commit] if head is None else [commit, head]
    shown = git(
        folder, "diff", "--name-only", "--no-renames", "--no-ext-diff", "-z", "--relative", *compared, "--", "."
    )
    fresh = b"" if head else git(folder, "ls-files", "--others", "--exclude-standard", "-z", "--", ".")
    named = [*shown.split(b"\0"), *fresh.split(b"\0")]
    return frozenset(PurePosixPath(path.decode("utf-8", "surrogateescape")) for path in named if path)


def _in_repository(folder: Path) -> None:
    """Say so where there is no repository at all, or git does not trust it.

    Raises:
        MeshError: So it is.
    """
    try:
        git(folder, "rev-parse", "--git-dir")
    except GitFailed as error:
        if "not a git repository" in str(error):
            raise MeshError(
                f"{folder} is in no git repository, so it has no revisions: give --domains in one, or compare two "
                "files with `data-platform diff`"
            ) from None
        raise
