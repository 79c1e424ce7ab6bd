"""What may be written into the registry: names as text, checked at its edge.

What belongs here: the shape of names. What does not: whether there is such a product or column (``mesh``).
"""

import re
import unicodedata
from typing import Final

from data_platform.contracts.findings import quoted
from data_platform.contracts.registry.errors import InvalidName

LONGEST: Final = 200
LONGEST_TEXT: Final = 2000
_PRODUCT: Final = re.compile(r"[a-z][a-z0-9_]{0,99}/[a-z][a-z0-9_]{0,99}_v[1-9][0-9]{0,8}")


def product_name(text: str) -> str:
    """Let the key of a product pass, ``domain/name_vN``.

    Raises:
        InvalidName: It is none.
    """
    if not _PRODUCT.fullmatch(text):
        raise InvalidName(f"{quoted(text)} names no product: write domain/name_vN, such as sales/orders_v1")
    return text


def line(text: str, what: str, *, longest: int = LONGEST) -> str:
    """One line of readable text, without space around it.

    Args:
        text: The text.
        what: What it is, for messages: ``owner``.
        longest: How many characters at most.

    Raises:
        InvalidName: It is empty, too long, or holds a line break or another control character.
    """
    plain = text.strip()
    if not plain or len(plain) > longest:
        raise InvalidName(f"the {what} {quoted(text)} has {len(plain)} characters: write 1 to {longest}")
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in plain):
        raise InvalidName(f"the {what} {quoted(plain)} holds a line break or another control character: take it out")
    return plain
