"""What a product reads, told to the registry for repositories that cannot see its files.

What belongs here: its form, and writing it down when it is something else than before. What does not: who has to know
(``guard`` for publications, ``mesh.life.registering``), and what follows for others (``mesh.impact.elsewhere``).
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from data_platform.contracts.registry import events as log
from data_platform.contracts.registry.deciding import retried
from data_platform.contracts.registry.events import Event, EventKind
from data_platform.products.catalogue import columns_of
from data_platform.products.edges import key_of, product_edges, tables_of
from data_platform.products.folder import Product
from data_platform.products.names import is_product_name
from data_platform.storage.objects.store import ObjectStore

_NAMED: Final = 5


def reads_of(product: Product) -> dict[str, Any]:
    """What an event of kind ``READS`` says of a product: plain JSON values.

    Args:
        product: The product.

    Returns:
        ``inputs``, the products that it depends on; ``reads``, the columns of them with what for; ``partitions``, as
        ``defs.yaml`` says it.
    """
    known = {upstream.key: columns_of(upstream.contract) for upstream in product.inputs if upstream.contract}
    tables = tables_of(product.source, product.spec.inputs, known)
    plain = [
        {
            "product": key_of(edge.producer.product),
            "column": edge.producer.name,
            "target": edge.target,
            "uses": sorted(use.value for use in edge.uses),
            "known_by": edge.known_by.value,
            "copied": edge.copied,
        }
        for edge in product_edges(product.key, product.source, tables, runner=product.spec.runner is not None)
        if is_product_name(edge.producer.product.partition(".")[2])
    ]
    return {
        "inputs": sorted(
            upstream.key for upstream in product.inputs if is_product_name(upstream.key.partition("/")[2])
        ),
        "reads": sorted(plain, key=lambda read: (read["product"], read["column"], read["target"] or "")),
        "partitions": product.partitions.model_dump(mode="json", exclude_none=True) if product.partitions else None,
    }


def last_reads(known: Iterable[Event]) -> Mapping[str, Any]:
    """What a product said last of what it reads; nothing, where it never did."""
    return next((event.details for event in reversed(tuple(known)) if event.kind is EventKind.READS), {})


def is_news(details: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
    """Whether what a product reads is other than what it said last; a product that reads nothing need not say so.

    Args:
        details: What it reads, see ``reads_of``.
        said: What it said last, see ``last_reads``.
    """
    return details != said and bool(said or details["inputs"] or details["partitions"])


def tell_reads(store: ObjectStore, product: Product, *, by: str) -> bool:
    """Write down what a registered product reads, unless that is what the registry has.

    Args:
        store: Where the registry is.
        product: The product.
        by: Who says so.

    Returns:
        Whether something was written.

    Raises:
        InvalidName: ``by`` cannot be written down.
        UnreadableEntry: An event of the product cannot be read.
        StorageError: The store failed.
    """
    details = reads_of(product)

    def attempt() -> bool:
        known = log.events(store, product.key)
        if not is_news(details, last_reads(known)):
            return False
        # It names no registered version: whoever says what they read relies on none of their own.
        log.add(store, product.key, EventKind.READS, by=by, after=len(known), details=details)
        return True

    return retried(attempt)


def news(product: Product, said: Mapping[str, Any]) -> str:
    """What a product reads otherwise than it said last, in a sentence without its full stop; empty: it does not.

    Args:
        product: The product.
        said: What it said last, see ``last_reads``.
    """
    details = reads_of(product)
    if not is_news(details, said):
        return ""
    if not said:
        return f"the registry was never told what {product.key} reads, so it is taken to read everything of its inputs"
    now, before = _columns(details), _columns(said)
    words = [
        f"{word} {', '.join(names[:_NAMED])}{f' and {len(names) - _NAMED} more' if len(names) > _NAMED else ''}"
        for word, names in (("now", sorted(now - before)), ("no longer", sorted(before - now)))
        if names
    ]
    how = f": {', '.join(words)}" if words else ", though not by its columns"
    return f"what {product.key} reads changed since the registry was told{how}"


def _columns(details: Mapping[str, Any]) -> set[str]:
    """The columns and products that are read; none, where what was said cannot be read."""
    try:
        return {f"{read['product']}.{read['column']}" for read in details["reads"]} | {*details["inputs"]}
    except (KeyError, TypeError):
        return set()
