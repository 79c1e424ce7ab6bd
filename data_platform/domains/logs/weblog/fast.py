"""The regular lines of a block, all at once: exactly what `careful` says of each of them.

What belongs here: which lines are regular, and where in them each field is; by position, with whole arrays. What does
not: cutting the fields out (`columns`). A line of which anything is in doubt is not regular, and is read carefully.

A regular line is `client - user [stamp] "METHOD target HTTP/d.d" ddd size`, and in the Combined format ` "referrer"
"agent"` and what may follow after a space, with single spaces between the fields and none in client and user, a client
as it stands, a method that is known, and a size of at most 8 digits or `-`.
"""

from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data_platform.domains.logs.weblog import decode, words, zones
from data_platform.domains.logs.weblog.clients import are_clients
from data_platform.domains.logs.weblog.marks import Marks, Positions
from data_platform.domains.logs.weblog.request import METHODS
from data_platform.domains.logs.weblog.stamp import HEAD, SIZE

Mask = NDArray[np.bool_]
Block = NDArray[np.uint8]

COMMON_QUOTES: Final = 2
COMBINED_QUOTES: Final = 6

_SPACE: Final = ord(" ")
_DASH: Final = ord("-")
_QUESTION: Final = ord("?")
_BACKSLASH: Final = ord("\\")
_ZERO: Final = ord("0")
_LEAST_BEFORE: Final = len("h - - ") + SIZE + len(" ")
_LEAST_REQUEST: Final = len('"GET / HTTP/1.0')
_LEAST_AFTER: Final = len('" 200 1')
_PROTOCOL: Final = len(" HTTP/1.0")
_MOST_DIGITS: Final = 8


@dataclass(frozen=True, slots=True)
class Span:
    """A field of each row: where it starts and ends in the block (ascending over rows), and where it is not null."""

    starts: Positions
    ends: Positions
    valid: Mask | None = None

    def at(self, rows: Mask) -> "Span":
        """The same field of some rows."""
        return Span(self.starts[rows], self.ends[rows], None if self.valid is None else self.valid[rows])


@dataclass(frozen=True, slots=True)
class Regular:
    """Regular lines of one format, a row each.

    Attributes:
        lines: Their places among the block's lines, ascending.
        seconds: Their times since 1970 UTC.
        days: Their dates since 1970 in the zone asked for (int32).
        methods: Places in `request.METHODS` (int8).
        protocols: 10 x major + minor version of HTTP (uint8).
        statuses: Status codes (int16).
        sizes: Bytes; below 0 where null.
        fields: client, user, path, query, and in the Combined format referrer, agent, extra.
    """

    lines: Positions
    seconds: Positions
    days: NDArray[np.int32]
    methods: NDArray[np.int8]
    protocols: NDArray[np.uint8]
    statuses: NDArray[np.int16]
    sizes: Positions
    fields: dict[str, Span]

    def at(self, rows: Mask) -> "Regular":
        """Some of the rows."""
        if rows.all():
            return self
        return Regular(
            self.lines[rows],
            self.seconds[rows],
            self.days[rows],
            self.methods[rows],
            self.protocols[rows],
            self.statuses[rows],
            self.sizes[rows],
            {name: span.at(rows) for name, span in self.fields.items()},
        )


def find_regular(block: Block, marks: Marks, zone: tzinfo) -> list[Regular]:
    """The regular lines of a block (contiguous): those of the Common format, those of the Combined."""
    common, combined = marks.quotes == COMMON_QUOTES, marks.quotes >= COMBINED_QUOTES
    regular = []
    for kind, quotes in ((common, COMMON_QUOTES), (combined, COMBINED_QUOTES)):
        lines = np.flatnonzero(kind & marks.plain)
        if len(lines):
            quote_at = [marks.marks[marks.quote_marks[marks.first_quote[lines] + place]] for place in range(quotes)]
            far = quote_at[0] - marks.starts[lines] >= _LEAST_BEFORE
            far &= quote_at[1] - quote_at[0] >= _LEAST_REQUEST
            far &= marks.ends[lines] - quote_at[1] >= _LEAST_AFTER
            if not far.all():
                lines, quote_at = lines[far], [positions[far] for positions in quote_at]
        if len(lines):
            regular.append(_Reading(block, marks, zone, lines, quote_at).read())
    return regular


@dataclass(frozen=True, slots=True)
class _Reading:
    """Lines that are long enough for what is looked at in them. Each method also says which rows are regular."""

    block: Block
    marks: Marks
    zone: tzinfo
    lines: Positions
    quote_at: list[Positions]

    def read(self) -> Regular:
        before, client, user = self._who()
        seconds, days, timed = self._time()
        asked, methods, protocols, path, query = self._request()
        answered, statuses, sizes = self._answer()
        fields = {"client": client, "user": user, "path": path, "query": query}
        good = before & timed & asked & answered
        if len(self.quote_at) == COMBINED_QUOTES:
            sent, more = self._sent()
            good &= sent
            fields |= more
        return Regular(self.lines, seconds, days, methods, protocols, statuses, sizes, fields).at(good)

    def _who(self) -> tuple[Mask, Span, Span]:
        starts, ends = self.marks.starts[self.lines], self.quote_at[0] - SIZE - 2
        first = words.find_byte(self.block, starts, ends, _SPACE)
        user = np.minimum(first + 3, ends - 1)
        good = (first > starts) & (first + 3 < ends)
        good &= (self.block[first + 1] == _DASH) & (self.block[first + 2] == _SPACE)
        named = (ends - user > 1) | (self.block[user] != _DASH)
        some = np.flatnonzero(named)
        good[some] &= words.find_byte(self.block, user[some], ends[some], _SPACE) == ends[some]
        good &= self.block[ends] == _SPACE
        some = np.flatnonzero(good)
        good[some] = are_clients(self.block, starts[some], first[some])
        return good, Span(starts, first), Span(user, ends, named)

    def _time(self) -> tuple[Positions, NDArray[np.int32], Mask]:
        positions = self.quote_at[0] - SIZE - 1
        stamps = decode.words_at(self.block, positions)
        # Lines that follow each other are often of the same minute, which is then read once.
        changes = np.flatnonzero(np.concatenate([[True], ~decode.same_minute(stamps)]))
        minutes = decode.minutes(stamps[changes])
        known = minutes != decode.NO_STAMP
        minutes = np.where(known, minutes, 0)
        days = zones.days(minutes, self.zone)
        known &= days != zones.UNSURE
        seconds, runs = decode.seconds(stamps), np.diff(changes, append=len(stamps))
        good = (seconds >= 0) & (self.block[self.quote_at[0] - 1] == _SPACE)
        good &= positions + SIZE - self.marks.starts[self.lines] <= HEAD
        if not known.all():
            good &= np.repeat(known, runs)
        return np.repeat(minutes * 60, runs) + seconds, np.repeat(days.astype(np.int32), runs), good

    def _request(self) -> tuple[Mask, NDArray[np.int8], NDArray[np.uint8], Span, Span]:
        starts, ends = self.quote_at[0] + 1, self.quote_at[1]
        methods, targets = words.find_methods(words.at(self.block, starts), METHODS)
        targets += starts
        before, major = words.at(self.block, ends - _PROTOCOL), self.block[ends - 3] - _ZERO
        minor = self.block[ends - 1] - _ZERO
        good = (methods >= 0) & words.is_http(before) & (major <= 9) & (minor <= 9)  # noqa: PLR2004
        over = ends - _PROTOCOL
        good &= (targets < over) & (self.block[targets] != _SPACE) & (self.block[over - 1] != _SPACE)
        # The mark after the request's first quote: its first question mark, or its second quote.
        next_mark = self.marks.quote_marks[self.marks.first_quote[self.lines]] + 1
        asks = self.marks.kinds[next_mark] == _QUESTION
        good &= self.marks.kinds[next_mark] != _BACKSLASH  # it may hide a question mark behind it
        path_ends = np.where(asks, self.marks.marks[next_mark], over)
        query = Span(np.minimum(path_ends + 1, over), over, asks)
        return good, methods, major * 10 + minor, Span(np.minimum(targets, path_ends), path_ends), query

    def _answer(self) -> tuple[Mask, NDArray[np.int16], Positions]:
        quote = self.quote_at[1]
        ends = self.quote_at[2] - 1 if len(self.quote_at) > COMMON_QUOTES else self.marks.ends[self.lines]
        digits = [self.block[quote + place] - _ZERO for place in (2, 3, 4)]
        good = (digits[0] <= 9) & (digits[1] <= 9) & (digits[2] <= 9)  # noqa: PLR2004
        good &= (self.block[quote + 1] == _SPACE) & (self.block[quote + 5] == _SPACE)
        if len(self.quote_at) > COMMON_QUOTES:
            good &= self.block[ends] == _SPACE
        lengths = ends - quote - 6
        good &= (lengths >= 1) & (lengths <= _MOST_DIGITS)
        sizes = words.numbers(words.at(self.block, ends - 8), np.clip(lengths, 1, _MOST_DIGITS))
        null = (lengths == 1) & (self.block[ends - 1] == _DASH)
        good &= null | (sizes >= 0)
        statuses = digits[0].astype(np.int16) * 100 + digits[1] * 10 + digits[2]
        return good, statuses, np.where(null, -1, sizes)

    def _sent(self) -> tuple[Mask, dict[str, Span]]:
        """Referrer, agent and what follows it."""
        _, _, third, fourth, fifth, sixth = self.quote_at
        ends = self.marks.ends[self.lines]
        good = (fifth == fourth + 2) & (self.block[fourth + 1] == _SPACE)
        last = sixth + 1
        longer = last < ends
        extra = np.minimum(last + 1, ends)
        if longer.any():
            some = np.flatnonzero(longer)
            good[some] &= (self.block[last[some]] == _SPACE) & (last[some] + 1 < ends[some])
            good[some] &= (self.block[np.minimum(extra, ends - 1)[some]] != _SPACE) & (
                self.block[ends[some] - 1] != _SPACE
            )
        return good, {
            "referrer": self._quoted(third + 1, fourth),
            "agent": self._quoted(fifth + 1, sixth),
            "extra": Span(extra, ends, longer),
        }

    def _quoted(self, starts: Positions, ends: Positions) -> Span:
        sizes = ends - starts
        return Span(starts, ends, (sizes > 1) | (sizes == 1) & (self.block[starts] != _DASH))
