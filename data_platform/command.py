"""The `data-platform` command as a program: the verbs that read what people wrote run in a process that is watched.

What belongs here: which verbs are watched, and starting them. What does not: the verbs (``cli``).

SQL of a product is parsed and run by most verbs. So each of them is one process more, started once and not once a rule,
which costs 60 ms; what starts and stops the laptop's stack is not: it runs nobody's SQL, and lives for days.
"""

import os
import sys
from typing import Final

_UNWATCHED: Final = frozenset({"up", "env", "down"})


def main() -> None:
    """Run the verb of the command line.

    Raises:
        SystemExit: Always, with the verb's exit code.
    """
    from data_platform.confined.supervisor import COULD_NOT, attached, supervise  # noqa: PLC0415 - not to be paid for twice
    from data_platform.settings import COMMAND_MEMORY_VARIABLE, command_memory, query_seconds  # noqa: PLC0415

    verb = next((argument for argument in sys.argv[1:] if not argument.startswith("-")), "")
    completes = any(name.startswith("_") and name.endswith("_COMPLETE") for name in os.environ)
    if verb and verb not in _UNWATCHED and not completes and "DATA_PLATFORM_WATCHED" not in os.environ:
        settings = f"`memory` in the product's defs.yaml, or {COMMAND_MEMORY_VARIABLE}"
        raise SystemExit(supervise([sys.executable, "-m", "data_platform.command", *sys.argv[1:]], settings=settings))
    if (pipe := attached()) is not None:
        from data_platform.confined.board import watch  # noqa: PLC0415

        try:
            watch(pipe, command_memory())
            query_seconds()
        except ValueError as error:
            sys.stderr.write(f"error: {error}\n")
            raise SystemExit(COULD_NOT) from None
    from data_platform.project import ProjectError  # noqa: PLC0415

    try:
        from data_platform.cli import app  # noqa: PLC0415 - 0.2 s, in the process that needs it

        app(prog_name="data-platform")
    except ProjectError as error:
        sys.stderr.write(f"error: {error}\n")
        raise SystemExit(COULD_NOT) from None


if __name__ == "__main__":
    main()
