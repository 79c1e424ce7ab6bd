"""How many examples hypothesis tries: all that a test asks for where fresh ones are looked for, else a part of them.

`make test` tries the same examples every time, so trying very many of them tells nothing new from one run to the next.
"""

from typing import Final

from hypothesis import settings

FRESH: Final = "fresh"
SAME: Final = "same"
_PART: Final = 5
_LEAST: Final = 4


def examples(number: int) -> int:
    """How many examples a test tries that would try so many.

    Args:
        number: With `make test-slow`.
    """
    return number if settings.get_current_profile_name() == FRESH else min(number, max(_LEAST, number // _PART))
