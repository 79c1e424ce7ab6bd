"""The ad platform's format, with the dirt of real ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_platform.domains.marketing.exports import read_export

DAY = "2026-11-20"
HEAD = "# Rows: 2\nCampaign ID,Campaign,Market,Device,Impressions,Clicks,Cost,Currency\n"
ROWS = 'C-1,One,DE,mobile,"1,234",--,"€1,000.50",EUR\nC-2,"Two, too",DE,mobile,5,1,0.10 €,EUR\n'
TOTAL = 'Total,,,,"1,239",1,"€1,000.60",EUR\n'


def test_a_whole_export_has_no_problem_and_keeps_every_cell() -> None:
    export = read_export((HEAD + ROWS + TOTAL).encode(), DAY)
    assert export.problems == []
    assert export.comments == ["Rows: 2"]
    assert [(row["campaign"], row["clicks"], row["cost"], row["_line"]) for row in export.rows] == [
        ("One", "--", "€1,000.50", 3),
        ("Two, too", "1", "0.10 €", 4),
        ("", "1", "€1,000.60", 5),
    ]


@pytest.mark.parametrize("text", [HEAD + ROWS, HEAD, "", "# Rows: 2\n"])
def test_an_export_that_was_cut_off_is_told(text: str) -> None:
    assert "there is no line of totals" in read_export(text.encode(), DAY).problems


def test_a_missing_row_is_told() -> None:
    assert read_export((HEAD + TOTAL).encode(), DAY).problems == ["0 rows instead of the 2 that it announces"]


def test_an_export_of_another_day_is_told() -> None:
    text = HEAD.replace("# Rows", "# Date: 2026-11-20\n# Rows") + ROWS + TOTAL
    assert read_export(text.encode(), "2026-11-20").problems == []
    assert read_export(text.encode(), "2026-11-21").problems == ["it says that it is of 2026-11-20"]


def test_an_unknown_heading_loses_nothing() -> None:
    text = "Campaign ID,Reach\nC-1,17\n"
    (row,) = read_export(text.encode(), DAY).rows
    assert (row["campaign_id"], row["campaign"], row["_extra"]) == ("C-1", None, '{"Reach": "17"}')


@given(st.binary(max_size=400))
def test_any_bytes_are_rows_of_text_or_none(content: bytes) -> None:
    for row in read_export(content, DAY).rows:
        assert all(value is None or isinstance(value, str | int) for value in row.values())
