"""Where the rows of a source are: one model a kind of source.

What belongs here: what each kind needs to be found. What does not: reading it (``sql``, ``files``, ``http``).
"""

import re
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from data_platform.ingestion.sources.addresses import check_address, check_variable, is_variable, scheme_of

DAY: Final = re.compile(r"\{day(?::(?P<format>[^{}]+))?\}")
"""Stands for the date in an address: ``{day}`` for 2026-11-30, or as ``{day:%Y%m%d}`` says."""

Format = Literal["csv", "json", "parquet"]

_URL: Final = "An address without a password, or the name of the environment variable that holds the address."
_PATH: Final = "What follows the address, such as {day}/*.csv, where the address itself is in a variable."
_DATABASES: Final = ("postgresql", "postgres", "mysql", "mariadb", "sqlite")
_FILES: Final = ("", "file", "s3", "sftp", "memory", "https", "http")
_READER: Final = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_READER_SAID: Final = (
    "A function of the domain's own that reads a format of one's own: module.function, of a module beside the source's "
    "folder. Left out: the format says how it is read."
)
ALTERNATIVES: Final = re.compile(r"\{(?!day[:}])[^{},]*(?:,[^{},]*)+\}")
"""Names of which a file has one, in an address: ``{parcelo,nordpost}/{day}.csv``."""


class SqlWhere(BaseModel):
    """A table or view of a database, by SQLAlchemy."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["sql"]
    url: str = Field(description=_URL, examples=["ORDERS_DATABASE_URL", "sqlite:///data/shop.sqlite"])
    table: str = Field(description="The table or view, with its schema where that is not the connection's own.")

    @field_validator("url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        return _of_scheme(value, _DATABASES, "a database", "ORDERS_DATABASE_URL, or sqlite:///data/shop.sqlite")


class FilesWhere(BaseModel):
    """Files of one kind in a folder, a bucket, on an SFTP server, or in a web server's folders that have an index."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["files"]
    url: str = Field(
        description=_URL
        + " A path is below the project; * and ? stand for anything between two slashes, {day} for the "
        "date in a file's name or folder, {day:%Y%m%d} for one that is written otherwise, {one,other} for names that "
        "each day is to have a file of.",
        examples=["data/orders/*.parquet", "s3://acme/orders/{day}/*.csv", "sftp://files.acme.com/out/{day}*.csv"],
    )
    path: str = Field(default="", description=_PATH)
    format: Format | None = Field(default=None, description="Left out: by how the names end.")
    reader: str | None = Field(default=None, description=_READER_SAID, examples=["exports.read_export"])
    removed: Literal["kept", "gone"] = Field(
        default="kept", description="Whether rows of files that are not there any more stay in the raw table."
    )
    token: str | None = Field(default=None, description="A web server: the variable that holds a bearer token.")
    user: str | None = Field(default=None, description="SFTP: who asks, where the address does not say.")
    password: str | None = Field(default=None, description="SFTP: the variable that holds the password.")
    key_file: str | None = Field(default=None, description="SFTP: the variable that holds the path of the private key.")
    known_hosts: str | None = Field(
        default=None, description="SFTP: the file of hosts' keys, below the project. Left out: ~/.ssh/known_hosts."
    )

    @field_validator("url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        return _of_scheme(value, _FILES, "files", "data/orders/*.csv, s3://bucket/orders/*.csv or sftp://host/*.csv")

    @field_validator("password", "key_file", "token")
    @classmethod
    def _a_variable(cls, value: str | None) -> str | None:
        return None if value is None else check_variable(value)

    @field_validator("reader")
    @classmethod
    def _a_reader(cls, value: str | None) -> str | None:
        return _reader(value)

    @property
    def names_all(self) -> bool:
        """Whether it says by name which files each day is to have."""
        return ALTERNATIVES.search(self.url + self.path) is not None

    @property
    def daily(self) -> bool:
        """Whether the date is in a file's name."""
        return DAY.search(self.url + self.path) is not None


class HttpWhere(BaseModel):
    """One file of a web server."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["http"]
    url: str = Field(description=_URL, examples=["https://acme.com/prices.csv", "https://acme.com/orders/{day}.csv"])
    path: str = Field(default="", description=_PATH)
    format: Format | None = Field(default=None, description="Left out: by how the address ends.")
    reader: str | None = Field(default=None, description=_READER_SAID, examples=["prices.read_prices"])
    token: str | None = Field(default=None, description="The variable that holds a bearer token.")

    @field_validator("url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        return _of_scheme(value, ("https", "http"), "a file by HTTP", "https://acme.com/prices.csv")

    @field_validator("token")
    @classmethod
    def _a_variable(cls, value: str | None) -> str | None:
        return None if value is None else check_variable(value)

    @field_validator("reader")
    @classmethod
    def _a_reader(cls, value: str | None) -> str | None:
        return _reader(value)

    @property
    def daily(self) -> bool:
        """Whether there is a file a day."""
        return DAY.search(self.url + self.path) is not None


class PagesSpec(BaseModel):
    """How an API goes on from page to page."""

    model_config = ConfigDict(extra="forbid")

    by: Literal["one", "link", "number", "offset", "cursor"] = Field(
        default="one",
        description="one: there is one page. link: a Link header, or the address of the next page in the answer. "
        "number: a page's number. offset: how many records were had. cursor: a mark out of the answer.",
    )
    parameter: str = Field(default="page", description="number, offset, cursor: the parameter of the address.")
    first: int = Field(default=1, description="number: of the first page.")
    next: str = Field(
        default="next", description="link, cursor: where the answer has it, as in meta.next. A Link header goes first."
    )


class RestWhere(BaseModel):
    """The records of an API, page by page."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["rest"]
    url: str = Field(description=_URL, examples=["https://api.acme.com/orders?date={day}"])
    path: str = Field(default="", description=_PATH)
    records: str = Field(default="", description="Where the answer has its list, as in data.items. Empty: it is one.")
    pages: PagesSpec = Field(default_factory=PagesSpec, description="How it goes on from page to page.")
    reader: str | None = Field(default=None, description=f"{_READER_SAID} It gets each page.")
    token: str | None = Field(default=None, description="The variable that holds a bearer token.")

    @field_validator("url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        return _of_scheme(value, ("https", "http"), "an API", "https://api.acme.com/orders")

    @field_validator("token")
    @classmethod
    def _a_variable(cls, value: str | None) -> str | None:
        return None if value is None else check_variable(value)

    @field_validator("reader")
    @classmethod
    def _a_reader(cls, value: str | None) -> str | None:
        return _reader(value)

    @property
    def daily(self) -> bool:
        """Whether it is asked for each day."""
        return DAY.search(self.url + self.path) is not None


def address_problems(where: "Where") -> list[tuple[tuple[str, ...], str, str]]:
    """What is wrong with an address as a whole: the attribute's path, what is wrong, and what to write."""
    if isinstance(where, SqlWhere):
        return [] if where.table else [(("source", "table"), "no table is named", "write table: orders")]
    text = where.url + where.path
    if not where.url:
        return [(("source", "url"), "nothing says where the source is", "write its address, or a variable's name")]
    if scheme_of(where.url) in {"http", "https", "s3", "sftp"} and not urlsplit(where.url).netloc:
        what = "the address names no server, or no bucket"
        return [(("source", "url"), what, "write it between :// and the path, such as https://acme.com/orders.csv")]
    if set("{}") & set(ALTERNATIVES.sub("", DAY.sub("", text))):
        fix = "write {day} where the date is, {day:%Y%m%d} where it is written otherwise, {a,b} for one of some names"
        return [(("source", "url"), "of what is in braces only {day} and names with commas have a meaning", fix)]
    wrong = [form for match in DAY.finditer(text) if (form := match["format"]) and not _says_a_day(form)]
    if wrong:
        fix = "write it as a whole, such as {day:%Y%m%d} or {day:year=%Y/month=%m/day=%d}; without days, write *"
        return [(("source", "url"), f"{wrong[0]} does not say of which year, month and day a file is", fix)]
    return []


def _says_a_day(form: str) -> bool:
    codes = set(re.findall(r"%(.)", form))
    return bool(codes & {"Y", "y"}) and ({"m", "d"} <= codes or "j" in codes)


Where = SqlWhere | FilesWhere | HttpWhere | RestWhere


def _reader(value: str | None) -> str | None:
    """The name of a function.

    Raises:
        ValueError: It is none of a module beside the source's folder; says what to write.
    """
    if value is not None and not _READER.fullmatch(value):
        raise ValueError(
            "write module.function, such as exports.read_export of exports.py beside the source's folder: one of the "
            "domain's own modules, and a function without _ before its name"
        )
    return value


def _of_scheme(value: str, schemes: tuple[str, ...], what: str, example: str) -> str:
    """An address of one of some schemes, or a variable's name.

    Raises:
        ValueError: It is neither, or has a secret in it; says what to write.
    """
    if is_variable(value):
        return value
    check_address(value)
    if scheme_of(value).partition("+")[0] not in schemes:
        raise ValueError(f"that is no address of {what}: write {example}")
    return value
