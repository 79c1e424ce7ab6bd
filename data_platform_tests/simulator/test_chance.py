"""Draws repeat: the same numbers for the same key, one by one and many at once."""

from hypothesis import given
from hypothesis import strategies as st

from data_platform.simulator.chance import uniform_rows, uniforms

KEYS = st.lists(st.integers() | st.text(max_size=5) | st.dates(), max_size=3)


@given(KEYS, st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
def test_many_draws_at_once_are_the_draws_one_by_one(key: list[object], numbers: list[int]) -> None:
    rows = uniform_rows(*key, numbers=numbers)
    assert [tuple(column) for column in rows.T.tolist()] == [uniforms(*key, number) for number in numbers]


def test_draws_are_those_of_every_machine_and_version() -> None:
    assert uniforms(0, "traits", 1)[:2] == (0.6848469802508155, 0.46351601726921343)
