"""Whether contracts may follow their earlier versions, and whether their own versions say enough.

What belongs here: which earlier versions a changed contract is held against, and what is said of it. What does not: the
judgement (``contracts.compatibility``).

A contract is held against the base by itself, since what is merged there is what others build on, and against the
registry, which is what was promised; one may know versions that the other does not.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from data_platform.contracts.compatibility.changes import Change
from data_platform.contracts.compatibility.judge import JudgedChange, Judgement, judge
from data_platform.contracts.findings import KeyPath
from data_platform.contracts.model import Contract
from data_platform.contracts.registry.versions import RegisteredVersion, digest, same_version
from data_platform.mesh.ci.gathering import Gathered
from data_platform.mesh.ci.report import Compared, Level, Place, Problem, Rule
from data_platform.mesh.files.checkout import Checkout
from data_platform.products.names import major_of, next_of

BASE: Final = "base"
REGISTRY: Final = "registry"


def compared(change: Gathered, key: str, known: Sequence[RegisteredVersion]) -> tuple[Compared, ...]:
    """Hold a product's contract against earlier ones.

    Args:
        change: The change.
        key: A product that is there, ``domain/name``.
        known: Its registered versions.

    Returns:
        What came out: against the base and the registry; of a new product, for information, against the newest version
        that it stands beside. Nothing where the contract did not change, or cannot be read.
    """
    before, after = change.contracts(key)
    if after is None or not change.contract_changed(key):
        return ()
    comparisons = [Compared(BASE, judge(after, [before]))] if before is not None else []
    if known:
        comparisons.append(Compared(REGISTRY, judge(after, [registered.contract for registered in known])))
    if before is None and (beside := _beside(change.now, key)) is not None:
        comparisons.append(Compared(beside, judge(after, [change.now.contracts[beside]])))
    return tuple(comparisons)


def contract_problems(
    change: Gathered, key: str, comparisons: Sequence[Compared], known: Sequence[RegisteredVersion]
) -> Iterator[Problem]:
    """What is wrong with a contract as a successor of earlier ones.

    Args:
        change: The change.
        key: The product.
        comparisons: What ``compared`` found.
        known: Its registered versions.
    """
    before, after = change.contracts(key)
    if after is None or not comparisons:
        return
    seen = set()
    for comparison in comparisons:
        for level, version, judged in _breaks(comparison.judgement):
            if (judged.change.kind, judged.change.path, judged.change.message) not in seen:
                seen.add((judged.change.kind, judged.change.path, judged.change.message))
                yield _broken(change, key, comparison.judgement, level, version, judged)
    at = change.place(after.file, after.position(("version",)))
    for message, fix in dict.fromkeys(_version(before, after, comparisons, known, change.base)):
        yield Problem(Rule.VERSION, Level.ERROR, key, "version", at, message, fix)


def registry_problems(change: Gathered, key: str, reasons: Sequence[str]) -> Iterator[Problem]:
    """What is gone, or cannot be read, of what was promised of a changed contract: nobody can be sure that it holds."""
    file = change.file(key)
    for reason in reasons:
        yield Problem(Rule.VERSION, Level.ERROR, key, "registry", Place(file), reason.rstrip("."), "")


def _breaks(judgement: Judgement) -> Iterator[tuple[Level, str, JudgedChange]]:
    yield from ((Level.ERROR, *pair) for pair in judgement.breaking)
    yield from ((Level.WARNING, *pair) for pair in judgement.doubtful)


def _broken(
    change: Gathered, key: str, judgement: Judgement, level: Level, version: str, judged: JudgedChange
) -> Problem:
    whom = f"{'breaks' if level is Level.ERROR else 'may break'} whoever relies on {version} ({judgement.mode})"
    what = f"{judged.change.path}: {judged.change.message}" if judged.change.path else judged.change.message
    beside = next_of(key)
    instead = f"make the next version beside it: data-platform new {beside} --next-version"
    if beside in change.now:
        instead = f"make the change in {beside}, which stands beside it"
    return Problem(
        Rule.COMPATIBILITY,
        level,
        key,
        judged.change.kind.value,
        _place(change, key, judged.change),
        f"{what}, which {whom}: {judged.reason}",
        f"keep what {key} promises, or {instead}" if level is Level.ERROR else f"ask its consumers, or {instead}",
    )


def _version(
    before: Contract | None,
    after: Contract,
    comparisons: Sequence[Compared],
    known: Sequence[RegisteredVersion],
    base: str,
) -> Iterator[tuple[str, str]]:
    """What is wrong with the version, and what to write."""
    own, last = after.version, known[-1].contract.version if known else None
    same = same_version(known, after.version_text)
    if same is not None and same.digest != digest(after):
        message = f"{same}, says something else, and what is registered never changes"
        yield message, "write a greater version"
    elif same is None and own is not None and last is not None and not own > last:
        yield f"version {own} is not greater than {last}, the last registered one", "write a greater version"
    for comparison in comparisons:
        if comparison.against == BASE and before is not None and _binds(comparison.judgement):
            yield from _since_base(before, after, comparison.judgement, base)
        elif (
            comparison.against == REGISTRY
            and same is None
            and comparison.judgement.compatible
            and not comparison.judgement.suffices
        ):
            yield _too_small(comparison.judgement)


def _since_base(before: Contract, after: Contract, judgement: Judgement, base: str) -> Iterator[tuple[str, str]]:
    greater = before.version is None or after.version is None or after.version > before.version
    if before.version_text == after.version_text:
        if judgement.compatible:  # else a greater version would not do either
            message = f"the contract is not what it is at {base}, and both are version {after.version_text}"
            yield message, f"write version {_least(before, judgement)} or greater"
    elif not greater:
        yield f"version {after.version} is not greater than {before.version}, that of {base}", "write a greater version"
    elif judgement.compatible and not judgement.suffices:
        yield _too_small(judgement)


def _too_small(judgement: Judgement) -> tuple[str, str]:
    changes = [
        judged
        for comparison in judgement.comparisons
        for judged in comparison.changes
        if judged.grade == judgement.needed
    ]
    why = "; ".join(judged.change.message for judged in changes[:3])
    message = f"version {judgement.version} is too small a step for what changed ({why})"
    return message, f"write version {judgement.required} or greater"


def _least(before: Contract, judgement: Judgement) -> str:
    """The least version after the one before, also where nothing changed that has a grade."""
    version = before.version
    if judgement.needed is None and version is not None:
        return f"{version.major}.{version.minor}.{version.patch + 1}"
    return str(judgement.required)


def _binds(judgement: Judgement) -> bool:
    return any(comparison.free is None for comparison in judgement.comparisons)


def _place(change: Gathered, key: str, contract_change: Change) -> Place:
    """Where a change is in the contract as it is; of what is gone, what it was in."""
    contract = change.now.contracts[key]
    return change.place(contract.file, contract.position(_path(contract, contract_change)))


def _path(contract: Contract, change: Change) -> KeyPath:
    if change.table is None:
        word = change.kind.value.partition("-")[0]
        named = (name for name in (word, f"{word}s", "team" if word == "owner" else "customProperties"))
        return (next((name for name in named if name in contract.raw), "version"),)
    column = change.new_column or change.column
    for _, candidate in contract.properties():
        if candidate.column == column and len(candidate.path) == len(("schema", 0, "properties", 0)):
            return candidate.path
    return ("schema", 0, "properties" if change.column else "name")


def _beside(checkout: Checkout, key: str) -> str | None:
    """The newest earlier version of a product that is there."""
    domain, _, name = key.partition("/")
    stem, major = name.rpartition("_v")[0], major_of(name) or 0
    beside = (f"{domain}/{stem}_v{number}" for number in range(major - 1, 0, -1))
    return next((earlier for earlier in beside if earlier in checkout.contracts), None)
