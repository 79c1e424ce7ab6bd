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
from data_platform.contracts.registry.versions import RegisteredVersion
from data_platform.contracts.suggest import counted
from data_platform.mesh.overview.health import Health, spoken
from data_platform.mesh.overview.products import Portrait, Row
from data_platform.mesh.overview.remarks import Remark
from data_platform.products.errors import InvalidProductError
from data_platform.storage.objects.url import StoreUrl

_STYLES = {"active": "green", "deprecated": "yellow", "retired": "dim", "unreadable": "red"}


def print_rows(rows: Sequence[Row], why_not: str, unread: Sequence[str] = ()) -> None:
    """The list of products, then what of the registry is gone or cannot be read."""
    table = _table("Product", "Version", "Status", "Owner", "Registered", "Consumers")
    for row in rows:
        status = Text(row.status, style=_STYLES.get(row.status, ""))
        table.add_row(row.product, row.version, status, row.owner, _standing(row.registered), str(row.consumers))
    out = console()
    out.print(table if rows else "No products.")
    if why_not:
        out.print(f"The registry was not looked at: {why_not}", markup=False)
    gone = [f"{row.product}: {reason}" for row in rows if row.registered for reason in row.registered.why]
    remarks = [*(reason for reason in gone if not any(reason.endswith(line) for line in unread)), *unread]
    if remarks:
        _print_lines("In the registry", remarks)


def rows_json(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The same as plain data."""
    return [{**asdict_flat(row), "domain": row.domain, "registered": _state_json(row.registered)} for row in rows]


def print_portrait(portrait: Portrait, why_not: str) -> None:
    """Everything about one product."""
    out, contract = console(), portrait.product.contract
    out.print(f"{portrait.product.key} {contract.version_text}, {contract.status}, of {contract.owner}", markup=False)
    if contract.description and contract.description.purpose:
        out.print(contract.description.purpose.strip(), markup=False)
    if contract.status in {"deprecated", "retired"} or portrait.sunset:
        ends = f"ends on {portrait.sunset:%Y-%m-%d}" if portrait.sunset else "no end is named"
        out.print(f"{ends}; replaced by {contract.custom.replaced_by or 'nothing that is named'}", markup=False)
    out.print(_columns(portrait))
    _print_lines("Rules", (f"{check.name} ({check.severity.value})" for check in portrait.product.checks.checks))
    _print_lines(
        "Service levels", (f"{level.property}: {level.value} {level.unit or ''}" for level in contract.service_levels)
    )
    _print_lines("Inputs", (f"{source.key}: {', '.join(source.columns)}" for source in portrait.product.inputs))
    outside = [
        f"{subscription.consumer} ({subscription.kind} of {subscription.owner}): {_reads(subscription.columns)}"
        for subscription in portrait.subscriptions or ()
    ]
    inside = [
        f"{consumer.product.key} (product of {consumer.product.contract.owner}): {', '.join(source.columns)}"
        for consumer in portrait.readers
        for source in consumer.inputs
    ]
    _print_lines("Consumers", [*inside, *outside])
    if why_not:
        out.print(f"The registry was not looked at: {why_not}", markup=False)
        return
    new = portrait.state is not None and portrait.state.standing is not Standing.REGISTERED
    standing = str(portrait.state) if new else portrait.state.readers_have if portrait.state else ""
    _print_lines("In the registry", [*filter(None, [standing]), *map(str, portrait.versions or ())])
    _print_lines("What happened", (_event(event) for event in portrait.events or ()))
    if portrait.unread:
        _print_lines("What is gone or cannot be read", portrait.unread)


def portrait_json(portrait: Portrait) -> dict[str, Any]:
    """The same as plain data."""
    product, contract = portrait.product, portrait.product.contract
    looked = portrait.versions is not None
    return {
        "product": product.key,
        "name": contract.name,
        "version": contract.version_text,
        "status": contract.status,
        "owner": contract.owner,
        "purpose": contract.description.purpose if contract.description else None,
        "replaced_by": contract.custom.replaced_by,
        "sunset": portrait.sunset,
        "columns": [
            {
                "name": column.column,
                "type": column.physical_type or column.logical_type,
                "required": column.required or column.primary_key,
                "primary_key": column.primary_key,
                "classification": column.classification,
                "description": column.description,
            }
            for column in product.schema.properties
        ],
        "rules": [{"name": check.name, "severity": check.severity.value} for check in product.checks.checks],
        "service_levels": [
            {"property": level.property, "value": level.value, "unit": level.unit} for level in contract.service_levels
        ],
        "inputs": [
            {"product": source.key, "columns": source.columns, "partitions": source.partitions}
            for source in product.inputs
        ],
        "consumers": [
            {
                "product": consumer.product.key,
                "owner": consumer.product.contract.owner,
                "columns": _all_columns(consumer.inputs),
            }
            for consumer in portrait.readers
        ],
        "subscriptions": [asdict(subscription) for subscription in portrait.subscriptions or ()] if looked else None,
        "registered": _state_json(portrait.state),
        "versions": [_version(version) for version in portrait.versions or ()] if looked else None,
        "events": [asdict(event) for event in portrait.events or ()] if looked else None,
        "unread": portrait.unread,
    }


def print_health(
    healths: Sequence[Health],
    broken: Mapping[str, InvalidProductError],
    store: StoreUrl,
    remarks: Sequence[Remark] = (),
    *,
    has_runs: bool,
) -> None:
    """How products are, and what the registry knows otherwise of them.

    Args:
        healths: How they are.
        broken: Those that cannot be read.
        store: The store.
        remarks: What the registry knows otherwise.
        has_runs: Whether their newest runs on this machine were looked at as well.
    """
    table = _table("", "Product", "Published", "Contract", "Rows", "Newest", "Notes")
    for health in healths:
        mark = Text("well", style="green") if health.healthy else Text("not well", style="red")
        published = f"{health.published:%Y-%m-%d %H:%M}" if health.published else "never"
        told = (str(remark) for remark in remarks if remark.product == health.product)
        notes = [*health.reasons, *_notes(health), *told]
        table.add_row(
            mark,
            health.product,
            published,
            health.contract_version or "",
            f"{health.rows:,}",
            health.newest or "",
            "\n".join(notes),
        )
    for key, error in broken.items():
        table.add_row(Text("unreadable", style="red"), key, "", "", "", "", str(error))
    out = console()
    out.print(table)
    ill = len(broken) + sum(not health.healthy for health in healths)
    out.print(
        f"{len(healths) + len(broken) - ill} of {len(healths) + len(broken)} are well, by what {store} says"
        f"{' and the newest runs here' if has_runs else ''}.",
        markup=False,
    )


def health_json(
    healths: Sequence[Health], broken: Mapping[str, InvalidProductError], store: StoreUrl
) -> dict[str, Any]:
    """The same as plain data; spans in seconds."""
    answers = []
    for health in healths:
        allowed = health.allowed.total_seconds() if health.allowed else None
        answers.append({**asdict(health), "allowed": allowed, "healthy": health.healthy})
    unreadable = {key: [str(message) for message in error.errors] for key, error in broken.items()}
    return {"store": str(store), "products": answers, "unreadable": unreadable}


def asdict_flat(row: Row) -> dict[str, Any]:
    """A row's own values."""
    return {name: getattr(row, name) for name in ("product", "version", "status", "owner", "consumers")}


def _columns(portrait: Portrait) -> Table:
    table = _table("Column", "Type", "Required", "Classification", "Description")
    for column in portrait.product.schema.properties:
        needed = "key" if column.primary_key else "yes" if column.required else ""
        kind = column.physical_type or column.logical_type or ""
        table.add_row(column.column, kind, needed, column.classification or "", (column.description or "").strip())
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


def _notes(health: Health) -> list[str]:
    notes = []
    if health.failed:
        notes.append(f"{counted(health.failed, 'warning')} of the contract's rules")
    if health.quarantined:
        notes.append(f"{counted(health.quarantined, 'row')} left out, in quarantine")
    if health.outdated:
        what = counted(health.outdated, "partition") if health.newest else "it"
        notes.append(f"{what} made by an earlier contract or transform: data-platform restate {health.product}")
    if health.allowed and health.healthy:
        notes.append(f"may be {spoken(health.allowed)} old")
    return notes


def _reads(columns: Sequence[str]) -> str:
    return ", ".join(columns) or "all columns"


def _all_columns(inputs: Iterable[Any]) -> list[str]:
    return sorted({column for source in inputs for column in source.columns})


def _standing(state: State | None) -> Text:
    if state is None:
        return Text("?")
    if state.standing is Standing.REGISTERED:
        return Text("as a draft" if state.draft else "yes")
    if state.standing in {Standing.DIFFERS, Standing.GONE, Standing.UNREADABLE}:
        return Text(state.standing.value, style="red")
    known = state.promised if state.draft else state.last
    return Text(f"no, {known.version} is" if known else "no")


def _state_json(state: State | None) -> dict[str, Any] | None:
    if state is None:
        return None
    return {
        "standing": state.standing,
        "last": state.last.version if state.last else None,
        **({"why": state.why} if state.why else {}),
        **({"promised": state.promised.version if state.promised else None} if state.draft else {}),
    }


def _version(version: RegisteredVersion) -> dict[str, Any]:
    return {
        "version": version.version,
        "digest": version.digest,
        "by": version.by,
        "at": version.at,
        "commit": version.commit,
        "object": version.uri,
    }


def _event(event: Event) -> str:
    details = event.details
    about = {
        "deprecated": f"ends on {details.get('sunset')}, replaced by {details.get('replacement')}",
        "retired": f"against the rules: {details['why']}" if details.get("why") else "",
        "subscribed": str((details.get("subscription") or {}).get("consumer", "")),
        "unsubscribed": str(details.get("consumer", "")),
        "owned": f"{details.get('repository')}" + (f", before: {before}" if (before := details.get("before")) else ""),
        "rolled_back": _rolled_back(details),
    }.get(event.kind.value, "")
    return f"{event.at:%Y-%m-%d %H:%M} UTC {event.kind} by {event.by}" + (f": {about}" if about else "")


def _rolled_back(details: Mapping[str, Any]) -> str:
    partitions = details.get("partitions") or []
    of = f"{', '.join(map(str, partitions[:3]))}{' and more' if len(partitions) > 3 else ''} " if partitions else ""  # noqa: PLR2004
    why = f", {details['why']}" if details.get("why") else ""
    return f"{of}from version {details.get('from')} of its table to {details.get('to')}{why}"
