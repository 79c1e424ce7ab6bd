"""The products of a folder of domains, read from their files, each broken one told instead of raised.

What belongs here: finding products, reading each once, and what is wrong with those that cannot be read. What does not:
git (``revision``), who reads what (``impact.graph``).

Nothing is read before it is asked for: a question about one product of ten thousand reads few of them.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from data_platform.contracts.errors import UnreadableContractError
from data_platform.contracts.model import Contract
from data_platform.contracts.reading import contract as contract_of
from data_platform.contracts.references import CONTRACT_FILE
from data_platform.contracts.source import read
from data_platform.contracts.suggest import did_you_mean
from data_platform.mesh.errors import MeshError
from data_platform.products.defs_file import DEFS_FILE
from data_platform.products.errors import InvalidProductError
from data_platform.products.imported import imported_in, is_imported
from data_platform.products.names import is_key, is_product_name
from data_platform.products.source_file import is_source, sources_in

if TYPE_CHECKING:
    from data_platform.products.folder import Product

_FILES: Final = (CONTRACT_FILE, DEFS_FILE)
_Value = TypeVar("_Value")


class Checkout:
    """The products of a folder.

    Attributes:
        domains: The folder of all domains.
    """

    def __init__(self, domains: Path) -> None:
        """See the class.

        Raises:
            MeshError: There is no such folder.
        """
        if not domains.is_dir():
            raise MeshError(f"there is no folder {domains}: give the folder of all domains with --domains")
        self.domains = domains.resolve()
        self._read: dict[str, Product | InvalidProductError] = {}

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The own products, as ``domain/name``, sorted; also those that cannot be read."""
        return tuple(
            sorted(
                key
                for domain in self.domains.iterdir()
                if domain.is_dir()
                for folder in domain.iterdir()
                if is_key(key := f"{domain.name}/{folder.name}") and any((folder / name).is_file() for name in _FILES)
                if not is_imported(folder)
                if is_product_name(folder.name) or (folder / CONTRACT_FILE).is_file() or not is_source(folder)
            )
        )

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """The own sources, as ``domain/raw_name``, sorted; also those that cannot be read."""
        domains = sorted(domain for domain in self.domains.iterdir() if domain.is_dir())
        return tuple(f"{domain.name}/{folder.name}" for domain in domains for folder in sources_in(domain))

    @cached_property
    def imported(self) -> tuple[str, ...]:
        """The products of other repositories whose contracts are here, as ``domain/name``, sorted."""
        return tuple(imported_in(self.domains))

    @cached_property
    def products(self) -> "Mapping[str, Product]":
        """The products that can be read, by key; each is read, and linted, when it is asked for."""
        return _Lazy(
            self, lambda key: None if isinstance(product := self._product(key), InvalidProductError) else product
        )

    @cached_property
    def problems(self) -> Mapping[str, InvalidProductError]:
        """What keeps a product from being read, by key; each is read when it is asked for."""
        return _Lazy(
            self, lambda key: problem if isinstance(problem := self._product(key), InvalidProductError) else None
        )

    @cached_property
    def contracts(self) -> Mapping[str, Contract]:
        """The contracts by key, right or not, each read when it is asked for; one that is no contract is not in it.

        Those of imported products are found as well, and are not among its keys.
        """
        return _Lazy(self, self._contract, self.imported)

    def product(self, key: str) -> "Product":
        """One product.

        Args:
            key: ``domain/name`` or ``domain.name``.

        Raises:
            MeshError: There is none of that name.
            InvalidProductError: Its folder is wrong.
        """
        key = self.key_of(key)
        product = self._product(key)
        if isinstance(product, InvalidProductError):
            raise product
        return product

    def key_of(self, text: str) -> str:
        """The key of a product as people write it.

        Args:
            text: ``domain/name`` or ``domain.name``.

        Raises:
            MeshError: There is none of that name; says which one may have been meant.
        """
        key = text.strip().strip("/").replace(".", "/", 1)
        if key in self.imported:
            raise MeshError(
                f"{key} is made in another repository; here it can be read and listed, and data-platform use {key} "
                "brings what has been registered of it since"
            )
        if key not in self:
            # Without a name it is the domain that is misspelt, and not the list of all products that helps.
            known = self.keys if "/" in key else {product.partition("/")[0] for product in self.keys}
            raise MeshError(f"there is no product {key}: {did_you_mean(key, known)}")
        return key

    def __contains__(self, key: object) -> bool:
        """Whether there is a product of a key, readable or not."""
        return key in self._known

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.keys)

    def folder(self, key: str) -> Path:
        """The folder of a product."""
        return self.domains / key

    def _product(self, key: str) -> "Product | InvalidProductError":
        from data_platform.products.folder import read_product  # noqa: PLC0415 - the checks take 30 ms to load

        if key not in self._read:
            try:
                self._read[key] = read_product(self.folder(key))
            except InvalidProductError as error:
                self._read[key] = error
        return self._read[key]

    def _contract(self, key: str) -> Contract | None:
        try:
            return contract_of(read(self.folder(key) / CONTRACT_FILE)) if is_key(key) else None
        except UnreadableContractError:
            return None


class _Lazy(Mapping[str, _Value]):
    """Values by product, each made when it is asked for, once; those that turn out ``None`` are not in it."""

    def __init__(self, checkout: Checkout, make: Callable[[str], _Value | None], also: Collection[str] = ()) -> None:
        self._checkout = checkout
        self._also = frozenset(also)
        self._make = make
        self._made: dict[str, _Value | None] = {}

    def __getitem__(self, key: str) -> _Value:
        if key not in self._made:
            self._made[key] = self._make(key) if key in self._checkout or key in self._also else None
        value = self._made[key]
        if value is None:
            raise KeyError(key)
        return value

    def __iter__(self) -> Iterator[str]:
        return (key for key in self._checkout.keys if key in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)
