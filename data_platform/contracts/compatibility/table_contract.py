"""The rows of the table about the contract as a whole: identity, life, where and how it is published, service levels.

What belongs here: these rows. What does not: the others (``table_schema``, ``table_rules``), and reading them
(``modes``).
"""

from collections.abc import Mapping
from typing import Final

from data_platform.contracts.compatibility.effects import (
    Effect,
    both,
    breaks,
    fine,
    loosens,
    may_break,
    neutral,
    unknown,
)
from data_platform.contracts.compatibility.kinds import Direction, Grade, Kind

_MEASURED: Final = "how well it is served is measured anew, nothing in the data changes"

IDENTITY: Final[Mapping[Kind, Effect]] = {
    Kind.CONTRACT_ID_CHANGED: both(
        "`id` is another", "it is another contract to whoever knows it by its id", "it is another contract"
    ),
    Kind.DOMAIN_CHANGED: both(
        "`domain` is another", "the product's key begins with the domain: nothing is left at the old one",
        "what was published stays under the old key",
    ),
    Kind.DATA_PRODUCT_CHANGED: both(
        "`dataProduct` is another", "it is another product: readers pinned to the old one do not get it",
        "what was published stays under the old key",
    ),
    Kind.TENANT_CHANGED: unknown(
        "`tenant` is another", "who may read it may have changed with the tenant",
        "who may deliver it may have changed with the tenant",
    ),
    Kind.CONTRACT_RENAMED: neutral("`name` of the contract is another", "a title; the product's key stays"),
    Kind.STATUS_ADVANCED: neutral(
        "`status` moves towards active, or back from deprecated", "the promise is firmer than before", Grade.MINOR
    ),
    Kind.STATUS_DEPRECATED: neutral(
        "`status` becomes deprecated", "it is served until its end; its consumers are told to move", Grade.MINOR
    ),
    Kind.STATUS_RETIRED: Effect(
        "`status` becomes retired", Direction.NEUTRAL, Grade.MINOR,
        may_break("nothing is published any more; `retire` refuses while a consumer is left"),
        may_break("nothing more is taken"),
    ),
    Kind.STATUS_WITHDRAWN: Effect(
        "`status` falls back to draft or proposed", Direction.LOOSENS, Grade.MINOR,
        may_break("a draft promises nothing: what is read today may be gone tomorrow"),
        fine("nothing more is asked"),
    ),
    Kind.OWNER_CHANGED: neutral("who answers for it is another", "alerts and questions go elsewhere; no data change"),
    Kind.REPLACEMENT_CHANGED: neutral("`dataPlatform.replacedBy` is another", "advice to readers; no data change"),
    Kind.DESCRIPTION_CHANGED: neutral("a description is another", "words for people; no rule changes"),
    Kind.BUSINESS_NAME_CHANGED: neutral("a business name is another", "words for people; no rule changes"),
    Kind.TAGS_CHANGED: neutral("tags are others", "for finding, not for reading"),
    Kind.OTHER_CHANGED: neutral(
        "anything else that the contract says is another", "no rule of the platform reads it"
    ),
}  # fmt: skip

PUBLISHING: Final[Mapping[Kind, Effect]] = {
    Kind.SERVER_ADDED: neutral("one more server", "one more place to read from", Grade.MINOR),
    Kind.SERVER_MOVED: Effect(
        "a server's type or location is another", Direction.NEUTRAL, Grade.MINOR,
        may_break("who reads by the product's key follows; who wrote the location down does not"),
        fine("the platform writes where its store is"),
    ),
    Kind.SERVER_REMOVED: Effect(
        "a server is gone", Direction.NEUTRAL, Grade.MINOR,
        may_break("who reads from it must read elsewhere"), fine("one place less to deliver to"),
    ),
    Kind.ROLES_CHANGED: unknown(
        "`roles` are others", "a reader's role may be gone", "a producer's role may be gone"
    ),
    Kind.PUBLISH_MODE_CHANGED: unknown(
        "`dataPlatform.publishMode` is another", "a table that is appended to is read otherwise than one replaced",
        "a batch made for one mode may be too little, or too much, for the other",
    ),
    Kind.QUARANTINE_SHARE_RAISED: Effect(
        "`dataPlatform.quarantineShare` is larger", Direction.LOOSENS, Grade.MINOR,
        may_break("more rows may be missing from a batch; those that are there keep every rule"),
        fine("more batches are taken"),
    ),
    Kind.QUARANTINE_SHARE_LOWERED: Effect(
        "`dataPlatform.quarantineShare` is smaller", Direction.TIGHTENS, Grade.MINOR,
        fine("fewer rows may be missing"), breaks("a batch that was taken without its bad rows may be refused"),
    ),
    Kind.VERSION_RETENTION_SHORTENED: Effect(
        "`dataPlatform.versionRetention` is shorter", Direction.LOOSENS, Grade.MINOR,
        may_break("who reads earlier versions of the table finds fewer"), fine("nothing more is asked"),
    ),
    Kind.VERSION_RETENTION_LENGTHENED: neutral(
        "`dataPlatform.versionRetention` is longer", "more versions of the table stay readable", Grade.MINOR
    ),
    Kind.RESTATED_DAYS_LENGTHENED: Effect(
        "`dataPlatform.restatedDays` is more, or not said any more", Direction.LOOSENS, Grade.MINOR,
        may_break("partitions change that a reader took for final"), fine("partitions may change for longer"),
    ),
    Kind.RESTATED_DAYS_SHORTENED: Effect(
        "`dataPlatform.restatedDays` is less, or said for the first time", Direction.TIGHTENS, Grade.MINOR,
        fine("partitions are final sooner"), may_break("a partition may have to be changed that is final by now"),
    ),
    Kind.RESTATE_CHANGED: neutral(
        "`dataPlatform.restate` is another", "says what is made anew by itself, not what it is", Grade.MINOR
    ),
    Kind.EXTRA_COLUMNS_IGNORED: Effect(
        "`dataPlatform.extraColumns`: ignore", Direction.LOOSENS, Grade.MINOR,
        fine("columns that the contract lacks are not published"), fine("batches with more columns are taken"),
    ),
    Kind.EXTRA_COLUMNS_REFUSED: Effect(
        "`dataPlatform.extraColumns`: refuse", Direction.TIGHTENS, Grade.MINOR,
        fine("readers never saw them"), breaks("batches with more columns are refused"),
    ),
    Kind.COMPATIBILITY_WEAKENED: neutral(
        "`dataPlatform.compatibility` protects fewer",
        "holds from the next version on; this one is judged by the former mode", Grade.MINOR,
    ),
    Kind.COMPATIBILITY_STRENGTHENED: neutral(
        "`dataPlatform.compatibility` protects more", "later versions promise more", Grade.MINOR
    ),
}  # fmt: skip

SERVICE: Final[Mapping[Kind, Effect]] = {
    Kind.LATENCY_LENGTHENED: Effect(
        "`latency` is longer", Direction.LOOSENS, Grade.MINOR,
        may_break("data may be older than a reader reckons with"), fine("more time to deliver"),
    ),
    Kind.LATENCY_SHORTENED: Effect(
        "`latency` is shorter", Direction.TIGHTENS, Grade.MINOR,
        fine("data are fresher"), may_break("what was in time may be late"),
    ),
    Kind.FREQUENCY_LOWERED: Effect(
        "`frequency`: more time may lie between", Direction.LOOSENS, Grade.MINOR,
        may_break("the next data may come later than a reader reckons with"), fine("more time to deliver"),
    ),
    Kind.FREQUENCY_RAISED: Effect(
        "`frequency`: less time may lie between", Direction.TIGHTENS, Grade.MINOR,
        fine("data come more often"), may_break("what was often enough may be too seldom"),
    ),
    Kind.RETENTION_SHORTENED: loosens(
        "`retention` is shorter", "rows that were readable are deleted", "less must be kept"
    ),
    Kind.RETENTION_LENGTHENED: Effect(
        "`retention` is longer", Direction.TIGHTENS, Grade.MINOR,
        fine("older rows stay"), may_break("rows that were deleted would have to be there"),
    ),
    Kind.END_ANNOUNCED: neutral(
        "`endOfSupport` or `endOfLife` is named", "readers learn until when; nothing changes before", Grade.MINOR
    ),
    Kind.END_EARLIER: Effect(
        "`endOfSupport` or `endOfLife` comes sooner", Direction.LOOSENS, Grade.MINOR,
        may_break("a reader who planned by the former day has less time"), fine("it must be delivered for less long"),
    ),
    Kind.END_LATER: Effect(
        "`endOfSupport` or `endOfLife` comes later, or is gone", Direction.TIGHTENS, Grade.MINOR,
        fine("readers have more time"), may_break("it must be delivered for longer"),
    ),
    Kind.SERVICE_LEVEL_ADDED: Effect(
        "one more service level", Direction.TIGHTENS, Grade.MINOR,
        fine("readers are promised more"), may_break("what is delivered may not keep it"),
    ),
    Kind.SERVICE_LEVEL_REMOVED: Effect(
        "a service level is gone", Direction.LOOSENS, Grade.MINOR,
        may_break("a reader may rely on it"), fine("less is promised"),
    ),
    Kind.SERVICE_LEVEL_WEAKENED: Effect(
        "availability, throughput, errors or repair promise less", Direction.LOOSENS, Grade.MINOR,
        may_break("a reader may rely on the former promise"), fine("less is promised"),
    ),
    Kind.SERVICE_LEVEL_STRENGTHENED: Effect(
        "availability, throughput, errors or repair promise more", Direction.TIGHTENS, Grade.MINOR,
        fine(_MEASURED), may_break("what is delivered may not keep it"),
    ),
    Kind.SERVICE_LEVEL_CHANGED: unknown(
        "a service level that cannot be compared", "whether it promises less, only people can say",
        "whether it asks for more, only people can say",
    ),
}  # fmt: skip
