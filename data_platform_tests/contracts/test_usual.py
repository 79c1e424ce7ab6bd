"""Whether a batch is like those before it: robust against an odd one, explained, and silent without a history."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_platform.contracts.rules.kinds.usual import Measured, Usual, opinion

WEEK = [1000.0, 1040, 980, 1010, 995, 1020, 1005]
PRICES = [{"p10": 1.0, "p50": 5.0 + at / 100, "p90": 9.0} for at in range(8)]
COUNTRIES = [{"SE": 0.5 + at / 100, "DE": 0.5 - at / 100} for at in range(8)]


@pytest.mark.parametrize(
    ("aspect", "measured", "history", "is_usual", "reason"),
    [
        ("rows", 1015.0, WEEK, True, "the middle is 1,005, and 804 to 1,206 is usual"),
        ("rows", 312.0, WEEK, False, "312 rows; "),
        ("rows", 312.0, [*WEEK, 9.0], False, "312 rows; "),
        ("rows", 0.0, [0.0] * 9, True, "0 rows; "),
        ("nulls", 0.012, [0.01] * 7, True, "1.2% of the values are null; "),
        ("nulls", 0.4, [0.01, 0.0, 0.02, 0.01, 0.0, 0.01, 0.01], False, "40.0% of the values are null; "),
        ("values", {"p10": 1.0, "p50": 5.02, "p90": 9.0}, PRICES, True, "the median is 5.02, as in 8 batches before"),
        (
            "values",
            {"p10": 100.0, "p50": 500.0, "p90": 900.0},
            PRICES,
            False,
            "the 90th percentile is 900, usually 7.4 to 10.6",
        ),
        ("values", {"SE": 0.55, "DE": 0.45}, COUNTRIES, True, "1.5% of the values are others than usual"),
        ("values", {"SE": 0.1, "XX": 0.9}, COUNTRIES, False, "'XX' is 90.0% of the values, usually 0.0%"),
    ],
)
def test_what_is_unusual_is_told_with_what_is_usual(
    aspect: str, measured: Measured, history: list[Measured], is_usual: bool, reason: str
) -> None:
    view = opinion(Usual(aspect), measured, history)  # type: ignore[arg-type]
    assert view is not None
    assert view.is_usual is is_usual, view
    assert reason in view.reason


def test_with_few_batches_there_is_no_opinion_and_other_measures_do_not_count() -> None:
    assert opinion(Usual("rows"), 10.0, WEEK[:6]) is None
    assert opinion(Usual("rows", least=2), 10.0, WEEK[:2]) is not None
    assert opinion(Usual("values"), {"SE": 1.0}, PRICES) is None
    assert opinion(Usual("values"), {"p10": 1.0, "p50": 1.0, "p90": 1.0}, COUNTRIES) is None


@given(st.lists(st.floats(0, 1e9), min_size=7, max_size=40), st.data())
def test_the_middle_of_what_was_is_always_usual_and_one_odd_batch_changes_no_verdict_on_it(
    history: list[float], data: st.DataObject
) -> None:
    middle = sorted(history)[len(history) // 2]
    view = opinion(Usual("rows"), middle, history)
    assert view is not None
    assert view.is_usual
    odd = data.draw(st.floats(0, 1e12))
    again = opinion(Usual("rows"), middle, [*history, odd])
    assert again is not None


@given(st.lists(st.dictionaries(st.sampled_from("abcdef"), st.floats(0.01, 1), min_size=1), min_size=7, max_size=20))
def test_shares_of_any_kind_have_an_opinion_and_those_that_never_moved_are_usual(raw: list[dict[str, float]]) -> None:
    history = [{name: share / sum(shares.values()) for name, share in shares.items()} for shares in raw]
    assert opinion(Usual("values"), history[0], history) is not None
    same = opinion(Usual("values"), history[0], [history[0]] * 7)
    assert same is not None
    assert same.is_usual
