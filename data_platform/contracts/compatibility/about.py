"""Changes of the contract as a whole: what it is, who answers for it, where and how it is published.

What belongs here: everything outside of tables and service levels. What does not: these (``tables``, ``promises``).
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from data_platform.contracts.compatibility.changes import Change
from data_platform.contracts.compatibility.kinds import Kind
from data_platform.contracts.compatibility.modes import joined
from data_platform.contracts.compatibility.pairing import pair
from data_platform.contracts.compatibility.where import Where
from data_platform.contracts.compatibility.words import other_changes, tag_changes
from data_platform.contracts.model import Contract
from data_platform.contracts.properties import CompatibilityMode, CustomProperties, ExtraColumns
from data_platform.contracts.rules.registry import kinds_with

_ROOT: Final = Where()
_READ: Final = frozenset(
    ("kind", "id", "name", "version", "status", "domain", "dataProduct", "tenant", "tags", "description",
     "servers", "schema", "slaProperties", "customProperties", "roles")
)  # fmt: skip
_LIFE: Final = ("proposed", "draft", "active")
_SERVER_WORDS: Final = frozenset({"description", "id", "customProperties", "roles"})


def about_changes(old: Contract, new: Contract) -> Iterator[Change]:
    """What became of the contract as a whole."""
    named = (
        (Kind.CONTRACT_ID_CHANGED, "id", old.id, new.id),
        (Kind.DOMAIN_CHANGED, "domain", old.domain, new.domain),
        (Kind.DATA_PRODUCT_CHANGED, "dataProduct", old.data_product, new.data_product),
        (Kind.TENANT_CHANGED, "tenant", old.tenant, new.tenant),
        (Kind.CONTRACT_RENAMED, "name", old.name, new.name),
        (Kind.OWNER_CHANGED, "owner", old.owner, new.owner),
        (Kind.ROLES_CHANGED, "roles", old.raw.get("roles"), new.raw.get("roles")),
    )
    for kind, what, before, after in named:
        if before != after:
            yield _ROOT.turned(kind, what, before, after)
    yield from _status(old, new)
    yield from _servers(old, new)
    yield from _house(old, new)
    yield from _description(old, new)
    yield from tag_changes(old.tags, new.tags, _ROOT)
    read = _READ | {"team"} if old.owner != new.owner else _READ
    yield from other_changes(old.raw, new.raw, read, _ROOT)


def _status(old: Contract, new: Contract) -> Iterator[Change]:
    if old.status == new.status:
        return
    kind = {"deprecated": Kind.STATUS_DEPRECATED, "retired": Kind.STATUS_RETIRED}.get(new.status, Kind.STATUS_ADVANCED)
    if new.status != "active" and new.status in _LIFE and old.status not in _LIFE[: _LIFE.index(new.status)]:
        kind = Kind.STATUS_WITHDRAWN
    yield _ROOT.turned(kind, "status", old.status, new.status)


def _servers(old: Contract, new: Contract) -> Iterator[Change]:
    pairs = pair(old.servers, new.servers, lambda server: server.raw.get("id"), lambda server: server.server)
    for server in pairs.removed:
        yield _ROOT.change(
            Kind.SERVER_REMOVED, f"server {server.server or server.type} is gone", dict(server.raw), None
        )
    for server in pairs.added:
        yield _ROOT.change(Kind.SERVER_ADDED, f"server {server.server or server.type} is new", None, dict(server.raw))
    for server, other in pairs.both:
        changes = list(other_changes(server.raw, other.raw, _SERVER_WORDS, _ROOT))
        for change in changes:
            message = f"server {server.server or server.type}: {change.message}"
            yield _ROOT.change(Kind.SERVER_MOVED, message, change.before, change.after)


def _house(old: Contract, new: Contract) -> Iterator[Change]:
    was, now = old.custom, new.custom
    if was.publish_mode is not now.publish_mode:
        yield _custom_change(Kind.PUBLISH_MODE_CHANGED, "publishMode", was.publish_mode.value, now.publish_mode.value)
    if was.quarantine_share != now.quarantine_share:
        raised = now.quarantine_share > was.quarantine_share
        kind = Kind.QUARANTINE_SHARE_RAISED if raised else Kind.QUARANTINE_SHARE_LOWERED
        yield _custom_change(kind, "quarantineShare", was.quarantine_share, now.quarantine_share)
    if was.version_retention != now.version_retention:
        shorter = now.version_retention < was.version_retention
        kind = Kind.VERSION_RETENTION_SHORTENED if shorter else Kind.VERSION_RETENTION_LENGTHENED
        yield _custom_change(kind, "versionRetention", _days(was.version_retention), _days(now.version_retention))
    yield from _restating(was, now)
    if was.extra_columns is not now.extra_columns:
        ignored = now.extra_columns is ExtraColumns.IGNORE
        kind = Kind.EXTRA_COLUMNS_IGNORED if ignored else Kind.EXTRA_COLUMNS_REFUSED
        yield _custom_change(kind, "extraColumns", was.extra_columns.value, now.extra_columns.value)
    if was.compatibility is not now.compatibility:
        kind = _weakened(was.compatibility, now.compatibility)
        yield _custom_change(kind, "compatibility", was.compatibility.value, now.compatibility.value)
    if was.replaced_by != now.replaced_by:
        yield _custom_change(Kind.REPLACEMENT_CHANGED, "replacedBy", was.replaced_by, now.replaced_by)
    for kind_of_rule in kinds_with("contract_differences"):
        yield from map(_ROOT.differed, kind_of_rule.contract_differences(old, new))
    if was.retired_anyway != now.retired_anyway:
        yield _custom_change(Kind.OTHER_CHANGED, "retiredAnyway", was.retired_anyway, now.retired_anyway)


def _restating(was: CustomProperties, now: CustomProperties) -> Iterator[Change]:
    if was.restated_days != now.restated_days:
        longer = now.restated_days is None or (was.restated_days is not None and now.restated_days > was.restated_days)
        kind = Kind.RESTATED_DAYS_LENGTHENED if longer else Kind.RESTATED_DAYS_SHORTENED
        yield _custom_change(kind, "restatedDays", was.restated_days, now.restated_days)
    if was.restate != now.restate:
        yield _custom_change(Kind.RESTATE_CHANGED, "restate", was.restate, now.restate)


def _custom_change(kind: Kind, name: str, before: object, after: object) -> Change:
    return _ROOT.turned(kind, f"dataPlatform.{name}", before, after)


def _days(period: timedelta) -> str:
    return f"{period.total_seconds() / 86400:g} days"


def _weakened(was: CompatibilityMode, now: CompatibilityMode) -> Kind:
    """Weaker where it does not protect all whom the former one protected."""
    return Kind.COMPATIBILITY_STRENGTHENED if joined(was, now) is now else Kind.COMPATIBILITY_WEAKENED


def _description(old: Contract, new: Contract) -> Iterator[Change]:
    before, after = (contract.raw.get("description") for contract in (old, new))
    if before != after:
        yield _ROOT.change(Kind.DESCRIPTION_CHANGED, "the contract's description changed", before, after)
