"""``python -m data_platform.simulator``: serve the simulator until a signal comes.

What belongs here: arguments, the port file, signals. What does not: everything else.
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import FrameType

from sqlalchemy.exc import SQLAlchemyError

from data_platform.simulator.serving import bind, build_server, url_of
from data_platform.simulator.settings import PREFIX, SimulatorSettingsError, from_environment
from data_platform.web.access import AccessError
from data_platform.web.access import from_environment as web_access


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT.

    Args:
        arguments: The command line without the program's name; None for that of the process.

    Returns:
        Exit status: 0 after a signal, 1 where the address or the order database cannot be had, 2 for settings
        that cannot be used.
    """
    options = _parser().parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    try:
        settings = from_environment(os.environ)
        given = {"host": options.host, "port": options.port}
        settings = replace(settings, **{name: value for name, value in given.items() if value is not None})
        access = web_access(os.environ)
        listener = bind(settings)
    except (SimulatorSettingsError, AccessError, OSError) as error:
        sys.stderr.write(f"simulator: {error}\n")
        return 1 if isinstance(error, OSError) else 2

    def announce() -> None:
        if options.port_file is not None:
            _write_atomically(options.port_file, f"{listener.getsockname()[1]}\n")
        sys.stdout.write(f"simulator: {url_of(listener)}\n")
        sys.stdout.flush()

    server, state = build_server(settings, announce, access)
    try:
        with closing(listener), state.orders.kept(), state.shipper.kept():
            server.run([listener])
    except SQLAlchemyError as error:
        sys.stderr.write(f"simulator: the order database {state.orders.url} cannot be kept: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m data_platform.simulator", description="The shop's outside world.")
    parser.add_argument("--host", help=f"address to listen on (else ${PREFIX}HOST, else 127.0.0.1)")
    parser.add_argument("--port", type=int, help=f"port, 0 for any free one (else ${PREFIX}PORT, else 0)")
    parser.add_argument("--port-file", type=Path, help="file to write the port to once the simulator answers")
    return parser


def _leave(_number: int, _frame: FrameType | None) -> None:
    """Before the server takes the signals over, and when it hands them back after it has stopped."""
    raise SystemExit(0)


def _write_atomically(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text)
    beside.replace(path)


if __name__ == "__main__":
    raise SystemExit(main())
