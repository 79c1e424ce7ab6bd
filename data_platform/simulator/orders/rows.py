"""The world as rows: a customer, an order and its lines as the database has them at a moment.

What belongs here: from facts to columns. What does not: SQL (``database.py``).
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from data_platform.simulator.shop.customers import Customer
from data_platform.simulator.shop.orders import Change, Line, Order

Row = dict[str, Any]


def customer_row(state: Customer) -> Row:
    """A customer's row."""
    return {
        "customer_id": state.number,
        "full_name": state.name,
        "email": state.email,
        "phone": state.telephone,
        "street": state.address.street,
        "postcode": state.address.postcode,
        "city": state.address.city,
        "country": state.address.country,
        "marketing_consent": state.consents,
        "created_at": _stored(state.since),
        "updated_at": _stored(state.changed),
    }


def order_row(order: Order, moment: datetime) -> Row:
    """An order's row at a moment, which is not before its placing."""
    changes = _until(order, moment)
    status = [change.status for change in changes if change.status][-1]
    address = [change.address for change in changes if change.address][-1]
    lines = [change.lines for change in changes if change.lines][-1]
    return {
        "order_id": order.number,
        "customer_id": order.customer,
        "status": status,
        "placed_at": _stored(order.placed),
        "currency": order.currency,
        "total_amount": sum((line.price * line.quantity for line in lines), Decimal(0)) + order.shipping_fee,
        "shipping_fee": order.shipping_fee,
        "payment_method": order.payment,
        "utm_campaign": order.campaign,
        "ship_to_name": order.name,
        "ship_to_street": address.street,
        "ship_to_postcode": address.postcode,
        "ship_to_city": address.city,
        "ship_to_country": address.country,
        "updated_at": _stored(changes[-1].moment),
    }


def line_rows(order: Order, moment: datetime) -> list[Row]:
    """The rows of an order's lines at a moment; each knows when it was changed itself."""
    changes = [change for change in _until(order, moment) if change.lines]
    return [_line_row(order, index, line, changes) for index, line in enumerate(changes[-1].lines or ())]


def _line_row(order: Order, index: int, line: Line, changes: list[Change]) -> Row:
    first = next(change for change in changes if change.lines and change.lines[index] == line)
    return {
        "order_id": order.number,
        "line_number": line.number,
        "film_id": line.film,
        "format": line.format,
        "quantity": line.quantity,
        "unit_price": line.price,
        "updated_at": _stored(first.moment),
    }


def _until(order: Order, moment: datetime) -> list[Change]:
    return [change for change in order.changes if change.moment <= moment]


def _stored(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
