"""Using a product of another repository: its contract comes from the registry into this one's files.

What belongs here: finding the newest registered version, and writing it down. What does not: the file beside it
(``products.imported``), and reading the product's table.
"""

from dataclasses import dataclass
from pathlib import Path

from data_platform.contracts.compatibility.judge import why_no_promise
from data_platform.contracts.errors import UnreadableContractError
from data_platform.contracts.reading import contract as contract_of
from data_platform.contracts.references import CONTRACT_FILE
from data_platform.contracts.registry.events import events
from data_platform.contracts.registry.state import last_promised
from data_platform.contracts.registry.versions import digest, newest, readable
from data_platform.contracts.source import read
from data_platform.contracts.suggest import did_you_mean
from data_platform.mesh.errors import MeshError, Refused
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.scaffold.place import key_of
from data_platform.products.defs_file import DEFS_FILE
from data_platform.products.imported import IMPORTED_FILE, LOCATION, Imported, partitions_of
from data_platform.products.reads import last_reads
from data_platform.project import Project
from data_platform.storage.objects.store import ObjectStore
from data_platform.workspace_file import renewed_workspace


@dataclass(frozen=True)
class Used:
    """An imported product.

    Attributes:
        product: Its key.
        version: The version that is here now.
        before: The one that was here before; ``None``: none was.
        files: What was written; none where everything was as it is.
    """

    product: str
    version: str
    before: str | None
    files: tuple[Path, ...]


def use(checkout: Checkout, store: ObjectStore, text: str, *, dry_run: bool = False) -> Used:
    """Bring the newest registered version of a product's contract here that promises something.

    Args:
        checkout: The mesh.
        store: Where the registry is.
        text: The product, ``domain/name_vN``.
        dry_run: Whether to write nothing.

    Raises:
        MeshError: The product is made here, or is not registered, or is none.
        Refused: It has ended, or is not for others yet.
        UnreadableEntry: What the registry has of it cannot be read.
        StorageError: The store failed.
    """
    key = key_of(text)
    if key in checkout and (checkout.folder(key) / DEFS_FILE).is_file():
        raise MeshError(f"{key} is made here: it is read as it is, and needs not be imported")
    registered = newest(store, products=[key])
    if key in registered.problems:
        raise registered.problems[key][0]
    record = registered.by_product.get(key)
    if record is None:
        known = [product for product in newest(store).by_product if product not in checkout]
        raise MeshError(
            f"{key} is not registered in {store.uri('_registry')}: {did_you_mean(key, known)}"
            " (its own repository does that: data-platform register)"
        )
    record = last_promised(store, record) or record
    contract = record.contract
    if contract.status == "retired" or why_no_promise(contract):
        to = f"; use {contract.custom.replaced_by}" if contract.custom.replaced_by else ""
        state = contract.status if contract.status in {"retired", "proposed", "draft"} else "a pre-release"
        raise Refused([f"{key} is {state}, so others cannot read it{to}"])
    imported = Imported(key, record.version, record.digest, partitions_of(last_reads(events(store, key))))
    folder = checkout.folder(key)
    _see_ours(folder, store, key)
    wanted = {folder / CONTRACT_FILE: record.text, folder / IMPORTED_FILE: imported.text()}
    project = Project.of_domains(checkout.domains)
    wanted |= renewed_workspace(project, [*project.domain_modules(), LOCATION])
    before = _version_here(folder)
    changed = [file for file, content in wanted.items() if not file.is_file() or file.read_bytes() != content.encode()]
    if not dry_run:
        for file in changed:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(wanted[file].encode())
    return Used(key, record.version, before, tuple(changed))


def _see_ours(folder: Path, store: ObjectStore, key: str) -> None:
    """See that nothing of somebody's own would be written over.

    Raises:
        Refused: There are other files, a link, or a contract that never was registered.
    """
    files = [path for path in folder.iterdir() if path.name != "__pycache__"] if folder.is_dir() else []
    own = [path for path in files if path.is_symlink() or path.name not in {CONTRACT_FILE, IMPORTED_FILE}]
    contract = folder / CONTRACT_FILE
    if not own and contract.is_file() and not (folder / IMPORTED_FILE).exists():
        try:
            here = digest(contract_of(read(contract)))
            own = [] if any(record.digest == here for record in readable(store, key)[0]) else [contract]
        except UnreadableContractError:
            own = [contract]
    if own or folder.is_symlink():
        raise Refused([f"{(own or [folder])[0]} is no file of an import, and would be lost: move it away first"])


def _version_here(folder: Path) -> str | None:
    try:
        return Imported.read(folder).version
    except ValueError:
        return None  # it is not there, or not as it was written: it is written anew
