"""Paths of files with placeholders, such as ``sales/price_lists/{list}/{partition}.csv``.

What belongs here: reading such a path, and what the placeholders are in a real one. What does not: the
store, the files.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from data_platform.storage.errors import InvalidLocation
from data_platform.storage.objects.url import check_path, decode_segment, encode_segment

PARTITION: Final = "partition"
"""The placeholder of the partition's key."""

_SUFFIX: Final = ".csv"
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class FilePath:
    """A path below the store, with placeholders.

    Attributes:
        text: As it was written.
        names: The placeholders, in their order.
    """

    text: str
    names: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> "FilePath":
        """Read a path.

        Raises:
            ValueError: It is none; says what is wrong with it, and what to write.
        """
        names = tuple(_PLACEHOLDER.findall(text))
        if not text.endswith(_SUFFIX):
            raise ValueError(f"{text!r} does not end in {_SUFFIX}; no other files can be read")
        try:
            check_path(text)
        except InvalidLocation as error:
            raise ValueError(f"{error}; write a path below the store, such as orders/{{partition}}.csv") from error
        if odd := [name for name in names if not _NAME.fullmatch(name)]:
            raise ValueError(f"{{{odd[0]}}} in {text!r} names no column; write letters, digits and underscores")
        if len(set(names)) < len(names):
            raise ValueError(f"a placeholder occurs twice in {text!r}; give each a name of its own")
        for segment in text.split("/"):
            if len(_PLACEHOLDER.findall(segment)) > 1 or set(_PLACEHOLDER.sub("", segment)) & set("{}"):
                raise ValueError(
                    f"{segment!r} in {text!r} is not clear; write at most one {{name}} between two slashes"
                )
        if _PLACEHOLDER.search(text.partition("/")[0]):
            raise ValueError(f"{text!r} starts with a placeholder; write the domain's own folder first")
        return cls(text, names)

    @property
    def domain(self) -> str:
        """The folder on top, which is the domain's."""
        return self.text.partition("/")[0]

    @property
    def partitioned(self) -> bool:
        """Whether each partition has files of its own."""
        return PARTITION in self.names

    @property
    def folder(self) -> str:
        """The deepest folder that all of the files are in."""
        before = self.text.partition("{")[0]
        return before.rpartition("/")[0]

    def values(self, path: str) -> Mapping[str, str] | None:
        """What the placeholders are in a path; ``None`` for a path that is none of these."""
        match = self._pattern.fullmatch(path)
        try:
            return {name: decode_segment(value) for name, value in match.groupdict().items()} if match else None
        except UnicodeDecodeError:
            return None

    def exactly(self, partition: str | None) -> str | None:
        """The one path of a partition, or of all; ``None`` where other placeholders leave it open."""
        if not self.names:
            return self.text
        if partition is None or self.names != (PARTITION,):
            return None
        return self.text.replace(f"{{{PARTITION}}}", encode_segment(partition))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts = _PLACEHOLDER.split(self.text)  # text and names in turns
        return re.compile(
            "".join(f"(?P<{part}>[^/]+)" if at % 2 else re.escape(part) for at, part in enumerate(parts)),
        )
