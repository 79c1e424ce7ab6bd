"""Two versions of a contract to compare: files, folders, products, as they are or as they were at a git revision.

What belongs here: from what people name to a contract, and the data to try rules on. What does not: comparing
(``contracts.compatibility``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from data_platform.contracts.checks.compiling import compile_checks
from data_platform.contracts.compatibility.judge import Comparison
from data_platform.contracts.compatibility.replay import Replay, replay
from data_platform.contracts.model import Contract
from data_platform.contracts.properties import CompatibilityMode
from data_platform.contracts.reading import contract as contract_of
from data_platform.contracts.references import CONTRACT_FILE
from data_platform.contracts.source import read
from data_platform.mesh.errors import MeshError
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.files.git import content_at
from data_platform.products.others import open_others
from data_platform.storage.delta import exists, open_scan
from data_platform.storage.objects.store import ObjectStore


@dataclass(frozen=True)
class Data:
    """Data to try rules on.

    Attributes:
        rows: What ``contracts.checks.run.check`` takes.
        others: Tables that rules refer to; ``None``: none are at hand, and rules that need them are not tried.
    """

    rows: object
    others: Mapping[str, object] | None = None


def contract_file(name: str, domains: Path) -> Path:
    """The file of a contract, which need not be there any more.

    Args:
        name: A file, a folder with ``contract.odcs.yaml``, or a product such as ``sales/orders_v1``.
        domains: The folder of all domains.

    Raises:
        MeshError: It is none of these; the message names the likely product.
    """
    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        return path
    if path.is_dir() and (path / CONTRACT_FILE).is_file():
        return path / CONTRACT_FILE
    return domains / Checkout(domains).key_of(name) / CONTRACT_FILE


def contract_at(file: Path, revision: str | None) -> Contract:
    """A contract as it is in its file, or as it was at a git revision; right or not, since that is the lint's to say.

    Args:
        file: The contract.
        revision: Anything that git takes for a commit; ``None``: as it is.

    Raises:
        MeshError: No git, no repository, no such revision, or the file was not there then.
        ContractError: It cannot be read.
    """
    if revision is None:
        return contract_of(read(file))
    content = content_at(file, revision)
    if content is None:
        raise MeshError(f"{file} was not there at {revision}: there is nothing to compare it with")
    return contract_of(read(content, file=f"{revision}:{file}"))


def tried_on_data(
    comparison: Comparison, contracts: tuple[Contract, Contract], mode: CompatibilityMode, data: Data
) -> tuple[Comparison, Replay]:
    """A comparison with what could not be decided tried on data.

    Args:
        comparison: Of the two contracts.
        contracts: The old one and the new one.
        mode: Under which mode it was judged.
        data: The data, see ``data_at`` and ``published_data``.

    Returns:
        The comparison with the verdicts that the data give, and all that came out.

    Raises:
        UnreadableDataError: The data cannot be read.
        StorageError: The store failed.
        ValueError: The new contract has no table, or several.
    """
    replayed = replay(*contracts, [judged.change for judged in comparison.changes], data.rows, others=data.others)
    return replayed.applied(comparison, mode), replayed


def data_at(location: str) -> Data:
    """Data that somebody named: a path or URL of a Parquet file, a CSV file or a Delta table."""
    return Data(location)


def published_data(store: ObjectStore, key: str, contract: Contract) -> Data:
    """The current table of a product, with the tables that a contract's rules refer to.

    Raises:
        MeshError: It was never published.
        StorageError: The store failed.
    """
    if not exists(store, key):
        raise MeshError(f"{key} was never published to {store.url}: materialize it first, or give data with --data")
    return Data(open_scan(store, key), open_others(store, compile_checks(contract)))
