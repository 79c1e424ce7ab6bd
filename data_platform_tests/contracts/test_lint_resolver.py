"""References to other products: their syntax alone, and with a resolver that they exist."""

import pytest

from data_platform.contracts.lint import lint
from data_platform.contracts.loading import load
from data_platform.contracts.model import Contract
from data_platform.contracts.references import Reference
from data_platform_tests.contracts.examples import MOVIES, edited, line_of

FILE = "../../movies/top_movies_v1/contract.odcs.yaml"


class Mesh:
    """A resolver that knows one product."""

    def lookup(self, product: str) -> Contract | None:
        return load(MOVIES) if product == "movies/top_movies_v1" else None


def _pointing_to(target: str) -> str:
    return edited(
        "        description: The title.",
        f"        description: T.\n        relationships: [{{to: '{target}'}}]",
        MOVIES,
    )


def test_without_a_resolver_only_the_syntax_of_another_products_column_is_checked() -> None:
    assert lint(_pointing_to(f"{FILE}#/schema/no_table/properties/nothing")) == []


def test_an_existing_column_of_another_product_is_found_by_name_where_it_has_no_id() -> None:
    target = f"{FILE}#/schema/top_movies/properties/title"
    assert [found.rule for found in lint(_pointing_to(target), Mesh())] == ["foreign-key-target-not-unique"]


@pytest.mark.parametrize(
    ("target", "rule", "told"),
    [
        (f"{FILE}#/schema/top_movies/properties/titel", "dangling-reference", "is no column of contract 'Top movies'"),
        (f"{FILE}#/schema/top_movie/properties/title", "dangling-reference", "is no column of contract 'Top movies'"),
        (
            FILE.replace("v1", "v9") + "#/schema/t/properties/p",
            "dangling-reference",
            "no product 'movies/top_movies_v9'",
        ),
        (f"{FILE}#/schema/top_movies/properties/movie_id", "mistyped-foreign-key", "logicalType 'string'"),
        (f"{FILE}#/schema/top_movies", "malformed-reference", "is no reference to a column"),
        ("top movies#/schema/top_movies/properties/title", "malformed-reference", "names no contract file"),
    ],
)
def test_a_wrong_reference_to_another_product_is_reported_at_its_line(target: str, rule: str, told: str) -> None:
    text = _pointing_to(target)
    found = [one for one in lint(text, Mesh()) if one.rule == rule]
    assert [one.line for one in found] == [line_of("relationships", text)]
    assert told in found[0].message


@pytest.mark.parametrize(
    ("text", "product", "steps"),
    [
        ("orders.order_id", None, ("orders", "order_id")),
        ("orders.address.street", None, ("orders", "address", "street")),
        ("schema/a/properties/b/properties/c", None, ("a", "b", "c")),
        (f"{FILE}#/schema/a/properties/b", "movies/top_movies_v1", ("a", "b")),
        ("https://mesh.example/movies/top_movies_v1.yaml#schema/a/properties/b", "movies/top_movies_v1", ("a", "b")),
        ("movies/top_movies_v1.odcs.yml#/schema/a/properties/b", "movies/top_movies_v1", ("a", "b")),
        ("contract.odcs.yaml#/schema/a/properties/b", "", ("a", "b")),
    ],
)
def test_both_notations_of_a_reference_are_read(text: str, product: str | None, steps: tuple[str, ...]) -> None:
    reference = Reference.parse(text)
    assert (reference.product, reference.steps) == (product, steps)


@pytest.mark.parametrize(
    "text", ["", "orders", "orders.", ".id", "a b.c", "schema/a", "schema//properties/b", "x#a.b", "#a.b"]
)
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"reference|contract file"):
        Reference.parse(text)
