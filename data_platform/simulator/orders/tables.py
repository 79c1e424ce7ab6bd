"""The tables of the shop's order system, as its makers defined them.

What belongs here: names, types, keys. What does not: rows. Moments are UTC without a zone, as the order system's
makers had it; amounts are in the order's currency.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Integer,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    String,
    Table,
)

METADATA: Final = MetaData()

CUSTOMERS: Final = Table(
    "customers",
    METADATA,
    Column("customer_id", BigInteger, primary_key=True, autoincrement=False),
    Column("full_name", String(200), nullable=False),
    Column("email", String(200), nullable=False),
    Column("phone", String(40)),
    Column("street", String(200), nullable=False),
    Column("postcode", String(20), nullable=False),
    Column("city", String(100), nullable=False),
    Column("country", String(60), nullable=False),
    Column("marketing_consent", Boolean, nullable=False),
    Column("created_at", DateTime, nullable=False),
    Column("updated_at", DateTime, nullable=False, index=True),
)

ORDERS: Final = Table(
    "orders",
    METADATA,
    Column("order_id", BigInteger, primary_key=True, autoincrement=False),
    Column("customer_id", BigInteger, ForeignKey("customers.customer_id"), nullable=False),
    Column("status", String(20), nullable=False),
    Column("placed_at", DateTime, nullable=False, index=True),
    Column("currency", String(3), nullable=False),
    Column("total_amount", Numeric(12, 2), nullable=False),
    Column("shipping_fee", Numeric(12, 2), nullable=False),
    Column("payment_method", String(20), nullable=False),
    Column("utm_campaign", String(60)),
    Column("ship_to_name", String(200), nullable=False),
    Column("ship_to_street", String(200), nullable=False),
    Column("ship_to_postcode", String(20), nullable=False),
    Column("ship_to_city", String(100), nullable=False),
    Column("ship_to_country", String(60), nullable=False),
    Column("updated_at", DateTime, nullable=False, index=True),
)

ORDER_LINES: Final = Table(
    "order_lines",
    METADATA,
    Column("order_id", BigInteger, ForeignKey("orders.order_id"), nullable=False),
    Column("line_number", Integer, nullable=False),
    Column("film_id", BigInteger, nullable=False),
    Column("format", String(20), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("unit_price", Numeric(12, 2), nullable=False),
    Column("updated_at", DateTime, nullable=False, index=True),
    PrimaryKeyConstraint("order_id", "line_number"),
)
