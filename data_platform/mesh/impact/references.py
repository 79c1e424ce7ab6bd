"""The rules of a contract that look at other products: foreign keys, and SQL that names a product.

What belongs here: which products and columns a rule looks at. What does not: what a change means for it
(``lineage.effects``).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from data_platform.contracts.model import Contract
from data_platform.contracts.references import Reference as ColumnReference
from data_platform.lineage.effects import Reference
from data_platform.products.edges import graph_name

_KEY: Final = re.compile(r"[a-z][a-z0-9_]*/[a-z][a-z0-9_]*")


def references_of(consumer: str, contract: Contract, others: Mapping[str, Sequence[Contract]]) -> Iterator[Reference]:
    """The rules of a contract that look at other products.

    Args:
        consumer: The product, ``domain.name``.
        contract: Its contract.
        others: The contracts of products that may be looked at, by ``domain.name``, before and after a change: for
            references by ``id``.

    Yields:
        Each rule with the columns that it looks at, as far as they can be told.
    """
    located = [
        (column.column, relationship) for _, column in contract.properties() for relationship in column.relationships
    ]
    located += [("", relationship) for schema in contract.schemas for relationship in schema.relationships]
    for column, relationship in located:
        ends = [target for end in relationship.target if (target := _end(end, others)) is not None]
        own = column or ", ".join(end.rpartition(".")[2] for end in relationship.source)
        for product in sorted({product for product, _ in ends}):
            names = {name for owner, name in ends if owner == product}
            known = None if None in names else frozenset(name for name in names if name)
            yield Reference(consumer, product, known, f"the foreign key {own}".rstrip())
    for _, _, rule in contract.quality():
        for key in sorted(set(_KEY.findall(rule.query or ""))):
            yield Reference(consumer, graph_name(key), None, f"the rule {rule.name or rule.id or 'in SQL'}")


def _end(text: str, others: Mapping[str, Sequence[Contract]]) -> tuple[str, str | None] | None:
    """Product and column (if it can be told) of an end of a foreign key; ``None`` for one in the contract itself."""
    try:
        reference = ColumnReference.parse(text)
    except ValueError:
        return None
    if reference.product is None:
        return None
    product = graph_name(reference.product)
    for other in others.get(product, ()):
        if (located := reference.find(other)) is not None:
            return product, located[1].column
    return product, None if reference.by_id else reference.steps[1]
