"""A product's history, as a change of its contract.

What belongs here: the order of the steps, and the contract's new text. What does not: any of the steps.
"""

from dataclasses import replace
from pathlib import Path

from data_platform.contracts.editing import UneditableError, add_item, replace_item
from data_platform.contracts.findings import Severity
from data_platform.contracts.lint import lint
from data_platform.mesh.errors import MeshError
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.files.lookup import contract_file, contract_text, product_of
from data_platform.mesh.files.writing import replace_text
from data_platform.mesh.promise.history import read_history
from data_platform.mesh.promise.levels import levels
from data_platform.mesh.promise.proposal import Action, Promise, Proposal
from data_platform.mesh.promise.proposing import proposed
from data_platform.mesh.promise.publications import regularity
from data_platform.products.folder import Contracts, Product
from data_platform.storage.objects.store import ObjectStore


def promise(domains: Path, name: str, store: ObjectStore, *, batches: int, write: bool = False) -> Promise:
    """What a product's history allows to be promised.

    Args:
        domains: The folder of all domains.
        name: The product.
        store: Where products are.
        batches: How many batches are looked at, the newest ones.
        write: Whether to write it into the contract.

    Raises:
        MeshError: There is no such product, it was never published, or its contract cannot be edited by machine;
            ``Refused``: something is wrong with its folder.
        StorageError: The store failed.
    """
    product = product_of(Checkout(domains), name)
    history = read_history(store, product, batches)
    edits = [*proposed(product, history), *levels(product, regularity(store, product))]
    proposals = tuple(entry for entry in edits if isinstance(entry, Proposal))
    notes = [entry for entry in edits if isinstance(entry, str)]
    notes += [f"nothing is told of {column}: it {_is(why)}" for column, why in sorted(history.withheld.items())]
    before = contract_text(product)
    after = _edited(product, before, proposals)
    outcome = Promise(product.key, _shown(product), len(history.batches), proposals, tuple(notes), before, after)
    if not write or not proposals:
        return outcome
    replace_text(contract_file(product), after)
    return replace(outcome, written=True)


def _edited(product: Product, text: str, proposals: tuple[Proposal, ...]) -> str:
    file = _shown(product)
    try:
        for proposal in proposals:
            edit = add_item if proposal.action is Action.NEW else replace_item
            text = edit(text, proposal.path, proposal.entry, file=file)
    except UneditableError as error:
        raise MeshError(str(error)) from error
    findings = lint(text.encode(), Contracts(product.folder.parent.parent), file=file)
    if errors := [str(finding) for finding in findings if finding.severity is Severity.ERROR]:
        raise MeshError("nothing was written, since the contract would not load:\n" + "\n".join(errors))
    return text


def _shown(product: Product) -> str:
    """The contract's file as people call it here."""
    file, here = contract_file(product), Path.cwd()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)


def _is(why: str) -> str:
    return why if why.startswith("looks") else f"is {why}"
