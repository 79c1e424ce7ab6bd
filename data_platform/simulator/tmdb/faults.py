"""Which faults can be switched on, and what their values may be.

What belongs here: the names, ranges and defaults of faults. What does not: when a fault strikes (``plan.py``), how it
is served (``misbehaviour.py``), how it changes a page (``pages.py``).
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Page = Annotated[int, Field(ge=1, le=500)]


MalleableField = Literal[
    "page", "results", "total_pages", "total_results", "genres",
    "adult", "backdrop_path", "genre_ids", "id", "original_language", "original_title", "overview", "popularity",
    "poster_path", "release_date", "title", "video", "vote_average", "vote_count",
]  # fmt: skip
ServerError = Literal["500", "502", "503", "504", "html"]
Refusal = Literal["401", "403", "404"]


class FaultsError(ValueError):
    """Faults that cannot be used; the message names the key."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Malformed(_Model):
    """One field of one page is not what TMDb promises.

    Attributes:
        field: A field of the envelope (of every list, or of the genres) or of a film.
        page: The page that it happens on, in every list.
        kind: The field is left out, has another JSON type, or is null.
        row: Which film of the page, from 0; of no meaning for a field of the envelope.
    """

    field: MalleableField
    page: Page = 1
    kind: Literal["missing", "wrong_type", "null"] = "missing"
    row: Annotated[int, Field(ge=0, le=19)] = 0


class Faults(_Model):
    """Every fault, all off by default.

    The rates of 429, 5xx, resets and refusals exclude each other, so they add up to 1 at most; the others come on top.

    Attributes:
        rate_429: Share of requests answered 429, code 25.
        retry_after_seconds_share: Share of the 429s with ``Retry-After: <retry_after_seconds>``.
        retry_after_date_share: Share with an HTTP-date that lies `retry_after_seconds` ahead.
        retry_after_absurd_share: Share with ``Retry-After: <retry_after_absurd_seconds>``. The rest have none.
        retry_after_seconds: A wait that a client should honour.
        retry_after_absurd_seconds: A wait that a client should not honour.
        bare_429_share: Share of the 429s whose body lacks ``success``, as was seen.
        rate_5xx: Share of requests answered with a server error.
        kinds_5xx: Which server errors, drawn evenly; ``html`` is a content network's 502 page, which is not JSON.
        rate_reset: Share of connections aborted by a TCP reset.
        reset_mid_body_share: Share of the resets that come after half of the body rather than before the answer.
        rate_slow: Share of requests answered late, whatever the answer.
        slow_seconds: How late.
        only_pages: Strike on these pages only; null for everywhere. Holds for the rates above.
        max_consecutive: After so many failures in a row the same page of the same list is served; null for no cap.
        seed: Another seed draws other victims.
        overlap_rate: Share of page boundaries where the last film of a page comes again as first of the next, which
            pushes the next page's last film out of the list.
        malformed: Fields that are not what TMDb promises.
        drift: Every film has one more field that nobody has heard of.
        list_ends_after: Every list has no more than so many films; null for its full length.
        answered_with_page: Every page of a list is answered with this one, as by a cache that ignores the query.
        lacks: Fields that no film has any more.
        genres_gone: The genre list is empty.
        rate_refused: Share of requests refused although nothing is wrong with them.
        kinds_refused: With which status, drawn evenly.
    """

    rate_429: Share = 0.0
    retry_after_seconds_share: Share = 0.25
    retry_after_date_share: Share = 0.15
    retry_after_absurd_share: Share = 0.10
    retry_after_seconds: Annotated[int, Field(ge=0, le=3600)] = 1
    retry_after_absurd_seconds: Annotated[int, Field(ge=0)] = 86_400
    bare_429_share: Share = 0.25
    rate_5xx: Share = 0.0
    kinds_5xx: Annotated[tuple[ServerError, ...], Field(min_length=1, strict=False)] = (
        *("500", "502", "503", "504", "html"),
    )
    rate_reset: Share = 0.0
    reset_mid_body_share: Share = 0.5
    rate_slow: Share = 0.0
    slow_seconds: Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)] = 1.0
    only_pages: Annotated[tuple[Page, ...], Field(strict=False)] | None = None
    max_consecutive: Annotated[int, Field(ge=0)] | None = None
    seed: int = 0
    overlap_rate: Share = 0.0
    malformed: Annotated[tuple[Malformed, ...], Field(strict=False)] = ()
    drift: bool = False
    list_ends_after: Annotated[int, Field(ge=0)] | None = None
    answered_with_page: Page | None = None
    lacks: Annotated[tuple[MalleableField, ...], Field(strict=False)] = ()
    genres_gone: bool = False
    rate_refused: Share = 0.0
    kinds_refused: Annotated[tuple[Refusal, ...], Field(min_length=1, strict=False)] = ("401", "403", "404")

    @model_validator(mode="after")
    def _add_up(self) -> Self:
        if self.rate_429 + self.rate_5xx + self.rate_reset + self.rate_refused > 1 + 1e-9:
            raise ValueError("rate_429, rate_5xx, rate_reset and rate_refused must not add up to more than 1")
        if self.retry_after_seconds_share + self.retry_after_date_share + self.retry_after_absurd_share > 1 + 1e-9:
            raise ValueError("the retry_after_*_share must not add up to more than 1")
        return self

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read faults; a key that is not named has its default.

        Args:
            text: A JSON object.

        Returns:
            The faults.

        Raises:
            FaultsError: Not JSON, an unknown key, or a value out of range; the message names each key.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise FaultsError("; ".join(_described(error))) from None


def _described(error: ValidationError) -> list[str]:
    return [
        f"{'.'.join(map(str, detail['loc'])) or 'faults'}: {detail['msg']}"
        for detail in error.errors(include_url=False, include_input=False)
    ]
