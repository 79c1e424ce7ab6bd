"""What list, show and status print: tables for people, plain data for machines.

What belongs here: the look of answers. What does not: finding them (`data_platform.mesh`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from data_platform.cli.answers import console
from data_platform.contracts.registry.events import Event
from data_platform.contracts.registry.state import Standing, State
from data_platform.contracts.registry.versions import Registered
from data_platform.contracts.suggest import counted
from data_platform.mesh.overview.health import Health, spoken
from data_platform.mesh.overview.products import Portrait, Row
from data_platform.products.errors import InvalidProductError
from data_platform.storage.objects.url import StoreUrl

_STYLES = {"active": "green", "deprecated": "yellow", "retired": "dim", "unreadable": "red"}


def print_rows(rows: Sequence[Row], why_not: str, unread: Sequence[str] = ()) -> None:
    """The list of products, then what of the registry is gone or cannot be read."""
    table = _table("Product", "Version", "Status", "Owner", "Registered", "Consumers")
    for one in rows:
        status = Text(one.status, style=_STYLES.get(one.status, ""))
        table.add_row(one.product, one.version, status, one.owner, _standing(one.registered), str(one.consumers))
    out = console()
    out.print(table if rows else "No products.")
    if why_not:
        out.print(f"The registry was not looked at: {why_not}", markup=False)
    gone = [f"{one.product}: {each}" for one in rows if one.registered for each in one.registered.why]
    told = [*(each for each in gone if not any(each.endswith(one) for one in unread)), *unread]
    if told:
        _print_lines("In the registry", told)


def rows_json(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The same as plain data."""
    return [{**asdict_flat(one), "domain": one.domain, "registered": _state_json(one.registered)} for one in rows]


def print_portrait(found: Portrait, why_not: str) -> None:
    """Everything about one product."""
    out, contract = console(), found.product.contract
    out.print(f"{found.product.key} {contract.version_text}, {contract.status}, of {contract.owner}", markup=False)
    if contract.description and contract.description.purpose:
        out.print(contract.description.purpose.strip(), markup=False)
    if contract.status in {"deprecated", "retired"} or found.sunset:
        ends = f"ends on {found.sunset:%Y-%m-%d}" if found.sunset else "no end is named"
        out.print(f"{ends}; replaced by {contract.custom.replaced_by or 'nothing that is named'}", markup=False)
    out.print(_columns(found))
    _print_lines("Rules", (f"{one.name} ({one.severity.value})" for one in found.product.checks.checks))
    _print_lines("Service levels", (f"{one.property}: {one.value} {one.unit or ''}" for one in contract.service_levels))
    _print_lines("Inputs", (f"{one.key}: {', '.join(one.columns)}" for one in found.product.inputs))
    outside = [
        f"{one.consumer} ({one.kind} of {one.owner}): {_reads(one.columns)}" for one in found.subscriptions or ()
    ]
    inside = [
        f"{each.product.key} (product of {each.product.contract.owner}): {', '.join(one.columns)}"
        for each in found.readers
        for one in each.inputs
    ]
    _print_lines("Consumers", [*inside, *outside])
    if why_not:
        out.print(f"The registry was not looked at: {why_not}", markup=False)
        return
    new = found.state is not None and found.state.standing is not Standing.REGISTERED
    _print_lines("In the registry", [*([str(found.state)] if new else []), *map(str, found.versions or ())])
    _print_lines("What happened", (_event(one) for one in found.events or ()))
    if found.unread:
        _print_lines("What is gone or cannot be read", found.unread)


def portrait_json(found: Portrait) -> dict[str, Any]:
    """The same as plain data."""
    product, contract = found.product, found.product.contract
    looked = found.versions is not None
    return {
        "product": product.key,
        "name": contract.name,
        "version": contract.version_text,
        "status": contract.status,
        "owner": contract.owner,
        "purpose": contract.description.purpose if contract.description else None,
        "replaced_by": contract.custom.replaced_by,
        "sunset": found.sunset,
        "columns": [
            {
                "name": one.column,
                "type": one.physical_type or one.logical_type,
                "required": one.required or one.primary_key,
                "primary_key": one.primary_key,
                "classification": one.classification,
                "description": one.description,
            }
            for one in product.schema.properties
        ],
        "rules": [{"name": one.name, "severity": one.severity.value} for one in product.checks.checks],
        "service_levels": [
            {"property": one.property, "value": one.value, "unit": one.unit} for one in contract.service_levels
        ],
        "inputs": [
            {"product": one.key, "columns": one.columns, "partitions": one.partitions} for one in product.inputs
        ],
        "consumers": [
            {"product": each.product.key, "owner": each.product.contract.owner, "columns": _all_columns(each.inputs)}
            for each in found.readers
        ],
        "subscriptions": [asdict(one) for one in found.subscriptions or ()] if looked else None,
        "registered": _state_json(found.state),
        "versions": [_version(one) for one in found.versions or ()] if looked else None,
        "events": [asdict(one) for one in found.events or ()] if looked else None,
        "unread": found.unread,
    }


def print_health(found: Sequence[Health], broken: Mapping[str, InvalidProductError], store: StoreUrl) -> None:
    """How products are."""
    table = _table("", "Product", "Published", "Contract", "Rows", "Newest", "Notes")
    for one in found:
        mark = Text("well", style="green") if one.healthy else Text("not well", style="red")
        published = f"{one.published:%Y-%m-%d %H:%M}" if one.published else "never"
        notes = [*one.reasons, *_notes(one)]
        table.add_row(
            mark,
            one.product,
            published,
            one.contract_version or "",
            f"{one.rows:,}",
            one.newest or "",
            "\n".join(notes),
        )
    for key, error in broken.items():
        table.add_row(Text("unreadable", style="red"), key, "", "", "", "", str(error))
    out = console()
    out.print(table)
    ill = len(broken) + sum(not one.healthy for one in found)
    out.print(
        f"{len(found) + len(broken) - ill} of {len(found) + len(broken)} are well, by what {store} says.", markup=False
    )


def health_json(found: Sequence[Health], broken: Mapping[str, InvalidProductError], store: StoreUrl) -> dict[str, Any]:
    """The same as plain data; spans in seconds."""
    made = []
    for one in found:
        allowed = one.allowed.total_seconds() if one.allowed else None
        made.append({**asdict(one), "allowed": allowed, "healthy": one.healthy})
    unreadable = {key: [str(each) for each in error.errors] for key, error in broken.items()}
    return {"store": str(store), "products": made, "unreadable": unreadable}


def asdict_flat(row: Row) -> dict[str, Any]:
    """A row's own values."""
    return {name: getattr(row, name) for name in ("product", "version", "status", "owner", "consumers")}


def _columns(found: Portrait) -> Table:
    table = _table("Column", "Type", "Required", "Classification", "Description")
    for one in found.product.schema.properties:
        needed = "key" if one.primary_key else "yes" if one.required else ""
        kind = one.physical_type or one.logical_type or ""
        table.add_row(one.column, kind, needed, one.classification or "", (one.description or "").strip())
    return table


def _table(*headers: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def _print_lines(title: str, lines: Iterable[str]) -> None:
    out = console()
    shown = list(lines)
    out.print(f"{title}:" if shown else f"{title}: none", markup=False)
    for line in shown:
        out.print(f"  {line}", markup=False)


def _notes(one: Health) -> list[str]:
    notes = []
    if one.failed:
        notes.append(f"{counted(one.failed, 'warning')} of the contract's rules")
    if one.quarantined:
        notes.append(f"{counted(one.quarantined, 'row')} left out, in quarantine")
    if one.allowed and one.healthy:
        notes.append(f"may be {spoken(one.allowed)} old")
    return notes


def _reads(columns: Sequence[str]) -> str:
    return ", ".join(columns) or "all columns"


def _all_columns(inputs: Iterable[Any]) -> list[str]:
    return sorted({column for one in inputs for column in one.columns})


def _standing(state: State | None) -> Text:
    if state is None:
        return Text("?")
    if state.standing is Standing.REGISTERED:
        return Text("yes")
    if state.standing in {Standing.DIFFERS, Standing.GONE, Standing.UNREADABLE}:
        return Text(state.standing.value, style="red")
    return Text(f"no, {state.last.version} is" if state.last else "no")


def _state_json(state: State | None) -> dict[str, Any] | None:
    if state is None:
        return None
    return {
        "standing": state.standing,
        "last": state.last.version if state.last else None,
        **({"why": state.why} if state.why else {}),
    }


def _version(one: Registered) -> dict[str, Any]:
    return {
        "version": one.version,
        "digest": one.digest,
        "by": one.by,
        "at": one.at,
        "commit": one.commit,
        "object": one.uri,
    }


def _event(one: Event) -> str:
    details = one.details
    about = {
        "deprecated": f"ends on {details.get('sunset')}, replaced by {details.get('replacement')}",
        "retired": f"against the rules: {details['why']}" if details.get("why") else "",
        "subscribed": str((details.get("subscription") or {}).get("consumer", "")),
        "unsubscribed": str(details.get("consumer", "")),
    }[one.kind.value]
    return f"{one.at:%Y-%m-%d %H:%M} UTC {one.kind} by {one.by}" + (f": {about}" if about else "")
