"""What sets the simulator up, and the environment variables that it is read from.

What belongs here: names, defaults and validation of settings. What does not: faults (``tmdb/faults.py`` says which
there are; they are carried here as one value), and what the settings do.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeVar

from data_platform.project import state_folder
from data_platform.settings import SIMULATOR_TOKEN, STATE_VARIABLE, start_date
from data_platform.simulator.clock import FIRST_DAY, LAST_DAY, parse_day
from data_platform.simulator.tmdb.faults import Faults
from data_platform.simulator.traffic import LINES_A_DAY
from data_platform.simulator.traffic.landing import ENDPOINT_VARIABLE, check_landing

PREFIX: Final = "DATA_PLATFORM_SIMULATOR_"
DEFAULT_TOKEN: Final = SIMULATOR_TOKEN
_MAX_PORT: Final = 65_535
_MAX_TRAFFIC: Final = 1_000_000

_Value = TypeVar("_Value")


class SimulatorSettingsError(ValueError):
    """A setting that cannot be used; the message names it."""


@dataclass(frozen=True, slots=True)
class SimulatorSettings:
    """Settings of one simulator.

    Attributes:
        host: Address to listen on; loopback unless said otherwise, for the simulator has no defences.
        port: Port to listen on; 0 takes any free one.
        token: The one bearer token or API key that is accepted. Not shown by ``repr``.
        seed: Another seed is another catalogue.
        day: The day that it always is; None for today in UTC.
        faults: The faults to start with; none by default.
        database: SQLAlchemy URL of the order database that it keeps; empty for none. Not shown by ``repr``.
        since: First day of the feeds that have a past: orders, exports, drops, logs.
        landing: URL of this machine's store into which the web servers' logs are put; empty for none.
        landing_after: Seconds after its start when the first of them are put.
        endpoint: The S3 of `landing`.
        traffic: About how many log lines a usual day has.

    Raises:
        SimulatorSettingsError: A value that cannot be used; the message names the setting.
    """

    host: str = "127.0.0.1"
    port: int = 0
    token: str = field(default=DEFAULT_TOKEN, repr=False)
    seed: int = 0
    day: date | None = None
    faults: Faults = field(default_factory=Faults)
    database: str = field(default="", repr=False)
    since: date = field(default_factory=start_date)
    landing: str = ""
    landing_after: int = 0
    endpoint: str = ""
    traffic: int = LINES_A_DAY

    def __post_init__(self) -> None:
        if not self.host:
            raise SimulatorSettingsError("host: must not be empty")
        if not 0 <= self.port <= _MAX_PORT:
            raise SimulatorSettingsError(f"port: {self.port} is not between 0 and {_MAX_PORT}")
        if not self.token or not self.token.isascii() or any(character.isspace() for character in self.token):
            raise SimulatorSettingsError("token: must be ASCII text without spaces, and not empty")
        if self.day is not None and not FIRST_DAY <= self.day <= LAST_DAY:
            raise SimulatorSettingsError(f"day: {self.day} is not between {FIRST_DAY} and {LAST_DAY}")
        if not 0 <= self.traffic <= _MAX_TRAFFIC:
            raise SimulatorSettingsError(f"traffic: {self.traffic} is not between 0 and {_MAX_TRAFFIC}")
        if self.landing_after < 0:
            raise SimulatorSettingsError(f"landing_after: {self.landing_after} is less than 0")
        try:
            if self.landing:
                check_landing(self.landing, self.endpoint)
        except ValueError as error:
            raise SimulatorSettingsError(f"landing: {error}") from error


def from_environment(environment: Mapping[str, str]) -> SimulatorSettings:
    """Read the settings; a variable that is empty is not set.

    Args:
        environment: ``os.environ`` or its like. Read are ``DATA_PLATFORM_SIMULATOR_HOST``, ``_PORT``, ``_TOKEN``,
            ``_SEED``, ``_DAY`` (YYYY-MM-DD), ``_FAULTS`` (a JSON object of fault keys), ``_DATABASE`` (else a SQLite
            file in ``$DATA_PLATFORM_STATE``, else none), ``_TRAFFIC``, ``_LANDING``, ``_LANDING_AFTER`` and, for the
            landing, AWS' own ``AWS_ENDPOINT_URL``.

    Returns:
        The settings, with defaults for what is not set.

    Raises:
        SimulatorSettingsError: A value that cannot be used; the message names the variable or setting.
    """
    default = SimulatorSettings()

    def read(name: str, parse: Callable[[str], _Value], otherwise: _Value) -> _Value:
        text = environment.get(PREFIX + name, "").strip()
        if not text:
            return otherwise
        try:
            return parse(text)
        except ValueError as error:
            raise SimulatorSettingsError(f"{PREFIX}{name}: {error}") from error

    return SimulatorSettings(
        host=read("HOST", str, default.host),
        port=read("PORT", int, default.port),
        token=read("TOKEN", str, default.token),
        seed=read("SEED", int, default.seed),
        day=read("DAY", parse_day, default.day),
        faults=read("FAULTS", Faults.from_json, default.faults),
        database=read("DATABASE", str, _order_database() if environment.get(STATE_VARIABLE) else ""),
        landing=read("LANDING", str, default.landing),
        landing_after=read("LANDING_AFTER", int, default.landing_after),
        endpoint=environment.get(ENDPOINT_VARIABLE, ""),
        traffic=read("TRAFFIC", int, default.traffic),
    )


def _order_database() -> str:
    return f"sqlite:///{state_folder() / 'sales.sqlite'}"
