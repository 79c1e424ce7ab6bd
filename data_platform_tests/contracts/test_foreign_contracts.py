"""Contracts that others wrote: lint and exchange answer to all of them, and to valid ones by the standard alone."""

import contextlib
import io
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest

from data_platform.contracts.checks.compiling import compile_checks
from data_platform.contracts.drafting import About
from data_platform.contracts.elements import Property, SchemaObject
from data_platform.contracts.errors import InvalidContractError, UnreadableContractError
from data_platform.contracts.exchange.errors import ExchangeError
from data_platform.contracts.exchange.forms import export, import_
from data_platform.contracts.exchange.sql_ddl import DIALECTS
from data_platform.contracts.findings import Basis, Severity
from data_platform.contracts.lint import lint
from data_platform.contracts.loading import load
from data_platform.contracts.model import Contract
from data_platform.contracts.reading import contract as contract_of
from data_platform.contracts.source import read
from data_platform_tests.contracts import foreign_contracts
from data_platform_tests.contracts.foreign_contracts import Foreign, NotFetchedError

ABOUT: Final = About("sales", "things_v1")
OF_ITS_TEXT: Final = frozenset({"metric-level"})
"""What the text of the standard forbids, and its JSON Schema lets pass."""

CONTRACT: Final = "kind: DataContract\nid: {}\n"


@pytest.fixture(scope="module")
def archives() -> list[Path]:
    try:
        return foreign_contracts.fetch()
    except NotFetchedError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def foreign(archives: list[Path]) -> list[Foreign]:
    contracts = foreign_contracts.contracts(archives)
    assert len(contracts) > len(foreign_contracts.PACKAGES)
    return contracts


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_every_finding_in_contracts_of_others_says_who_demands_it(foreign: list[Foreign]) -> None:
    for contract in foreign:
        every, standard = (lint(contract.text.encode(), file=contract.place, standard=alone) for alone in (False, True))
        assert standard == [finding for finding in every if finding.basis is Basis.STANDARD]
        assert all(str(finding).endswith(f"[{finding.basis}]") for finding in every)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_contracts_that_the_published_schemas_take_have_no_error_under_the_standard(
    archives: list[Path], foreign: list[Foreign]
) -> None:
    schemas = foreign_contracts.published_schemas(archives)
    assert schemas.keys() == {"3.0", "3.1", "3.2"}
    validators = {version: _validator(schema) for version, schema in schemas.items()}
    valid = 0
    for contract in foreign:
        validator = validators.get(contract.version.removeprefix("v")[:3])
        if validator is not None and validator.is_valid(contract.data):
            valid += 1
            findings = lint(contract.text.encode(), file=contract.place, standard=True)
            errors = [finding for finding in findings if finding.severity is Severity.ERROR]
            assert [str(finding) for finding in errors if finding.rule not in OF_ITS_TEXT] == []
    assert valid > len(foreign) / 3


def _validator(schema: dict[str, Any]) -> Any:
    return jsonschema.validators.validator_for(schema)(schema)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_contracts_of_others_go_into_every_form_and_back_or_the_reason_is_told(
    foreign: list[Foreign], tmp_path: Path
) -> None:
    back, reasons = 0, list[str]()
    for number, contract in enumerate(_loaded(foreign, tmp_path)):
        for table in contract.schemas:
            compile_checks(contract, table.name)
            for form in ("json-schema", "sql-ddl", "dbt", "markdown", "odcs"):
                dialect = DIALECTS[number % len(DIALECTS)]
                try:
                    text = export(contract, form, dialect, table.name)
                    again = _imported(text, form, dialect, tmp_path) if form != "markdown" else None
                except ExchangeError as error:
                    reasons.append(str(error).strip())
                    continue
                if again is not None:
                    assert _kept(again, form) == _kept(table, form), f"{contract.file}: {form}, {dialect}"
                    back += 1
    assert back > len(foreign)
    assert all(reasons)


def _loaded(foreign: list[Foreign], folder: Path) -> Iterator[Contract]:
    """The contracts that the standard takes, each from a file of its own."""
    for number, contract in enumerate(foreign):
        file = folder / f"{number}.odcs.yaml"
        file.write_text(contract.text, encoding="utf-8")
        with contextlib.suppress(InvalidContractError, UnreadableContractError):
            yield load(file, standard_only=True)


def _imported(text: str, form: str, dialect: str, folder: Path) -> SchemaObject:
    file = folder / "exported"
    file.write_text(text, encoding="utf-8")
    return contract_of(read(import_(file, form, ABOUT, dialect).encode())).schemas[0]


def _kept(table: SchemaObject, form: str) -> list[tuple[str, bool, bool]]:
    """Of each column its name, whether it is required, and whether it is in the key."""
    return [
        (_name(column, form), column.required or column.primary_key, column.primary_key) for column in table.properties
    ]


def _name(column: Property, form: str) -> str:
    return column.name if form in {"json-schema", "odcs"} else column.column


def test_contracts_are_taken_out_of_yaml_markdown_and_texts_in_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        "a/x.yaml": CONTRACT.format("yaml"),
        "a/y.yaml": "kind: DataProduct\n",
        "a/page.md": f"Text.\n```yaml\n{CONTRACT.format('markdown')}```\n",
        "a/test_x.py": 'A = """\n  kind: DataContract\n  id: python\n"""\n',
        "a/test_y.py": f'A = f"""{CONTRACT.format("piece")}{{A}}"""\n',
        "a/broken.py": f'A = """{CONTRACT.format("none")}',
        "a/schemas/odcs-3.1.0.schema.json": '{"title": "of 3.1"}',
    }
    archive = tmp_path / "package.tar.gz"
    with tarfile.open(archive, "w:gz") as opened:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            opened.addfile(member, io.BytesIO(text.encode()))
    further = tmp_path / "further"
    further.mkdir()
    for name in ("a.yml", "same.yml"):
        (further / name).write_text(CONTRACT.format("further"))
    monkeypatch.setitem(os.environ, foreign_contracts.FURTHER, str(further))
    contracts = foreign_contracts.contracts([archive])
    assert [contract.data["id"] for contract in contracts] == ["yaml", "markdown", "python", "further"]
    assert foreign_contracts.published_schemas([archive]) == {"3.1": {"title": "of 3.1"}}
