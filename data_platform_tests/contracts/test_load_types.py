"""Physical types: which logical types a name can hold."""

import pytest

from data_platform.contracts.checks.arrow_types import Physical
from data_platform.contracts.physical_types import NAMES, logical_types_of


@pytest.mark.parametrize(
    ("physical", "logical"),
    [
        ("VARCHAR(20)", {"string"}),
        ("varchar(max)", {"string"}),
        ("Character  Varying(5)", {"string"}),
        ("DECIMAL(10, 2)", {"integer", "number"}),
        ("DOUBLE PRECISION", {"number"}),
        ("TIMESTAMP(6) WITH TIME ZONE", {"timestamp"}),
        ("INTEGER[]", {"array", "vector"}),
        ("ARRAY<STRING>", {"array", "vector"}),
        ("STRUCT<a: INT>", {"object"}),
        ("json", {"object", "string"}),
    ],
)
def test_a_physical_type_holds_its_logical_types(physical: str, logical: set[str]) -> None:
    assert logical_types_of(physical) == logical


@pytest.mark.parametrize("physical", ["", "foo", "int(", "varchar 20", "[]x", "GEOGRAPHY"])
def test_an_unknown_name_holds_nothing(physical: str) -> None:
    assert logical_types_of(physical) is None


@pytest.mark.parametrize("name", sorted({name for names in NAMES.values() for name in names}))
def test_the_checks_know_every_name_too(name: str) -> None:
    assert Physical.parse(name).name
