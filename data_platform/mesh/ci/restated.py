"""What a change leaves as it was: partitions that another contract or transform made than there is after it.

What belongs here: saying how many there are, and what becomes of them. What does not: counting them
(``products.outdated``), and which changes of a contract need it (``contracts.compatibility``).
"""

from collections.abc import Iterator, Sequence
from typing import Final

from data_platform.contracts.model import Contract
from data_platform.contracts.properties import Restate
from data_platform.mesh.ci.gathering import Gathered
from data_platform.mesh.ci.report import Compared, Level, Place, Problem, Rule
from data_platform.products.outdated import told

CODE: Final = "needs-restatement"


def restatement_notices(change: Gathered, key: str, comparisons: Sequence[Compared], count: int) -> Iterator[Problem]:
    """That what was published of a product stays as it was, or is made anew by itself.

    Args:
        change: The change.
        key: A product that changed.
        comparisons: Its contract held against earlier ones.
        count: How many of its partitions were made otherwise than they will be; 0: none, or nobody looked.
    """
    product, contract = change.now.products.get(key), change.now.contracts.get(key)
    changes = dict.fromkeys(
        judged.change.message for comparison in comparisons for judged in comparison.judgement.restating
    )
    if product is None or contract is None or not (count or changes):
        return
    message = told(product, count) if count else f"what was published of {key} needs restatement"
    if changes:
        message += f" ({'; '.join(list(changes)[:3])})"
    what, fix = _what_then(contract, key)
    position = contract.position(("version",))
    place = change.place(contract.file, position) if contract.file else Place(change.file(key))
    yield Problem(Rule.VERSION, Level.NOTICE, key, CODE, place, f"{message}, and {what}", fix)


def _what_then(contract: Contract, key: str) -> tuple[str, str]:
    """What becomes of what is there, and what to do."""
    restate = contract.custom.restate
    if restate is Restate.ALL:
        return "all of it is made anew by itself after the merge (dataPlatform.restate: all)", ""
    again = f"data-platform restate {key} after the merge"
    if restate is Restate.NONE:
        return (
            "it stays as it is (dataPlatform.restate: none)",
            f"{again}, or dataPlatform.restate: all in the contract",
        )
    return f"partitions of the last {restate} days are made anew by themselves (dataPlatform.restate: {restate})", again
