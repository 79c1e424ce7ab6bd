"""Markdown read as a person sees it, for tests that care what is said and not how it is escaped."""

import re

_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def shown(markdown: str) -> str:
    """Markdown without its escapes and without spaces of no width; tables, code and the like stay as they are."""
    return _ESCAPED.sub(r"\1", markdown).replace("\u200b", "")
