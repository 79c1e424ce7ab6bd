"""The order system's tables as far as we read them: columns, types and what they mean.

What belongs here: one description a table. What does not: queries (`extract`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

_SQL_TYPES: Final[Mapping[str, sa.types.TypeEngine[Any]]] = {
    "int64": sa.BigInteger(),
    "string": sa.String(),
    "bool": sa.Boolean(),
    "timestamp": sa.DateTime(),
    "decimal(12, 2)": sa.Numeric(12, 2),
}

INGESTED: Final[dict[str, tuple[str, str]]] = {
    "_source": ("string", "The landed extract that the row is from"),
    "_taken_at": ("timestamp", "When that extract was taken from the database, UTC"),
}


@dataclass(frozen=True)
class Source:
    """One table of the order system.

    Attributes:
        table: Its name there.
        key: Its primary key.
        columns: Type and description of each column, in the database's own units and spelling.
    """

    table: str
    key: tuple[str, ...]
    columns: Mapping[str, tuple[str, str]]

    def clause(self) -> sa.TableClause:
        """The table, for queries."""
        return sa.table(self.table, *(sa.column(name, _SQL_TYPES[kind]) for name, (kind, _) in self.columns.items()))


CUSTOMERS: Final = Source(
    "customers",
    ("customer_id",),
    {
        "customer_id": ("int64", "The order system's number of the customer"),
        "full_name": ("string", "Name as typed; spaces and capitals included"),
        "email": ("string", "E-mail address as typed"),
        "phone": ("string", "Telephone number as typed; null where none was given"),
        "street": ("string", "Street and house"),
        "postcode": ("string", "Postcode as typed"),
        "city": ("string", "City"),
        "country": ("string", "ISO 3166 code in either case, or the country's English name"),
        "marketing_consent": ("bool", "Whether the customer wants advertising"),
        "created_at": ("timestamp", "When the customer signed up, UTC"),
        "updated_at": ("timestamp", "When the row changed last, UTC"),
    },
)

ORDERS: Final = Source(
    "orders",
    ("order_id",),
    {
        "order_id": ("int64", "The order system's number of the order"),
        "customer_id": ("int64", "Who ordered"),
        "status": ("string", "placed, paid, shipped, delivered, cancelled or refunded, at the time of the extract"),
        "placed_at": ("timestamp", "When it was placed, UTC; its date is the partition"),
        "currency": ("string", "ISO 4217; of every amount of the order"),
        "total_amount": ("decimal(12, 2)", "All lines and the shipping fee"),
        "shipping_fee": ("decimal(12, 2)", "For sending it; 0 where nothing is sent"),
        "payment_method": ("string", "card, wallet or invoice"),
        "utm_campaign": ("string", "Campaign as the link said it: an id in either case, unknown ids, (not set), null"),
        "ship_to_name": ("string", "Recipient as typed"),
        "ship_to_street": ("string", "Street and house"),
        "ship_to_postcode": ("string", "Postcode as typed"),
        "ship_to_city": ("string", "City"),
        "ship_to_country": ("string", "As in customers"),
        "updated_at": ("timestamp", "When the row changed last, UTC"),
    },
)

ORDER_LINES: Final = Source(
    "order_lines",
    ("order_id", "line_number"),
    {
        "order_id": ("int64", "The order"),
        "line_number": ("int64", "Position in the order, from 1"),
        "film_id": ("int64", "TMDb's number of the film"),
        "format": ("string", "dvd, blu-ray, 4k or stream"),
        "quantity": ("int64", "How many"),
        "unit_price": ("decimal(12, 2)", "For one, in the order's currency"),
        "updated_at": ("timestamp", "When the row changed last, UTC"),
    },
)
