"""A product's picture as its folder describes it: ``picture.py``, and what ``defs.yaml`` says that it gets.

What belongs here: reading the two, and whether they may be as they are. What does not: drawing (``picture``).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from data_platform.contracts.checks.compiling import classified_columns
from data_platform.contracts.document import Document
from data_platform.contracts.findings import Finding, Position, Severity
from data_platform.contracts.model import Contract
from data_platform.contracts.suggest import did_you_mean
from data_platform.products.catalogue import columns_of
from data_platform.products.defs_file import DEFS_FILE
from data_platform.products.errors import InvalidProductError
from data_platform.products.sources import public_function, text_of
from data_platform.products.spec import PictureSpec, ProductSpec

PICTURE_FILE: Final = "picture.py"


@dataclass(frozen=True)
class Picture:
    """A picture as it is written.

    Attributes:
        file: Where.
        function: The function's name, which is also the picture's.
        columns: The columns of the product that it gets.
        lookback_days: How many days before the partition just made it gets too.
    """

    file: Path
    function: str
    columns: tuple[str, ...]
    lookback_days: int


def read_picture(
    folder: Path, spec: ProductSpec, defs: Document, contract: Contract | None
) -> tuple[Picture | None, list[Finding]]:
    """Read the picture in a product's folder.

    Args:
        folder: The folder.
        spec: The product's attributes.
        defs: ``defs.yaml``, for lines.
        contract: The product's contract, where that can be read.

    Returns:
        The picture, if there is one without an error, and everything that was found.
    """
    file, declared = folder / PICTURE_FILE, spec.picture
    if not file.is_file():
        message, fix = f"there is no {PICTURE_FILE}", f"write {PICTURE_FILE} with one function (published) -> bytes"
        return None, [_at_defs(defs, message, fix)] if declared else []
    if declared is None:
        message, fix = "nothing says what it gets", f"add picture: {{columns: [...]}} to {DEFS_FILE}"
        return None, [Finding("picture", Severity.ERROR, str(file), Position(1, 1), (), message, fix)]
    findings = list(_unfit(declared, spec, defs, contract))
    try:
        node = public_function(file, text_of(file))
    except InvalidProductError as error:
        return None, [*findings, *error.findings]
    if len(node.args.args) != 1 or node.args.kwonlyargs:
        message, fix = f"{node.name} takes other arguments than the published rows", "give it one: (published) -> bytes"
        findings.append(Finding("picture", Severity.ERROR, str(file), Position(node.lineno, 1), (), message, fix))
    picture = Picture(file, node.name, tuple(declared.columns), declared.lookback_days or 0)
    return (None if findings else picture), findings


def _unfit(picture: PictureSpec, spec: ProductSpec, defs: Document, contract: Contract | None) -> Iterator[Finding]:
    if picture.lookback_days and (spec.partitions is None or spec.partitions.type != "daily"):
        message = "the product has no days to look back to"
        yield _at_defs(defs, message, "leave it out", "lookback_days")
    if contract is None or not contract.schemas:
        return
    known, classified = columns_of(contract), classified_columns(contract.schemas[0])
    for at, column in enumerate(picture.columns):
        if column not in known:
            message = f"the contract has no column {column!r}"
            yield _at_defs(defs, message, did_you_mean(column, known), "columns", at)
        elif column in classified:
            message = f"the column {column!r} is classified, and a picture is seen by everybody"
            yield _at_defs(defs, message, "draw another one", "columns", at)


def _at_defs(defs: Document, message: str, fix: str, *rest: str | int) -> Finding:
    return defs.finding("picture", Severity.ERROR, ("attributes", "picture", *rest), message, fix)
