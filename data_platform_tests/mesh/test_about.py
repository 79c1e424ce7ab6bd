"""Owner, version and status read from a part of the contract are those of the whole."""

from pathlib import Path

import pytest

from data_platform.contracts.reading import contract as contract_of
from data_platform.contracts.source import read
from data_platform.mesh.files.about import About, about
from data_platform.products.testing import DOMAINS

HEAD = "version: 1.2.3\nstatus: active\n"
SCHEMA = "schema:\n  - name: t\n    properties: [{name: version}]\n"


@pytest.mark.parametrize("file", sorted(DOMAINS.glob("*/*/contract.odcs.yaml")), ids=lambda file: file.parent.name)
def test_of_every_product_of_this_mesh(file: Path) -> None:
    whole = contract_of(read(file))
    assert about(DOMAINS, f"{file.parent.parent.name}/{file.parent.name}") == About(
        whole.owner, whole.version_text, whole.status
    )


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}{SCHEMA}team: {{name: after}}\n",
        f"team: {{name: before}}\n{SCHEMA}{HEAD}",
        f"team:\n  name: &who anchored\n{HEAD}schema: [{{name: *who}}]\n",
        f"{HEAD}schema:\n- name: &who inside\nteam: {{name: *who}}\n",
        f'{HEAD}team: {{name: "two\nschema: lines"}}\n',
        f"{HEAD}team: {{\nname: flow\n}}\nschema: {{\nstatus: draft\n}}\n",
        '{"version": "1.2.3", "schema": [], "team": {"name": "json"}}',
        f"# schema: no\n{HEAD}schema:\n# a comment\n  - name: t\nteam: {{name: commented}}\n",
        f"{HEAD}description: |\n  schema: text\nteam: {{name: block}}\n",
    ],
)
def test_however_the_contract_is_written(tmp_path: Path, text: str) -> None:
    file = tmp_path / "d" / "t_v1" / "contract.odcs.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    whole = contract_of(read(file))
    assert whole.owner
    assert about(tmp_path, "d/t_v1") == About(whole.owner, whole.version_text or None, whole.status or None)


def test_of_what_is_not_there_or_cannot_be_read_nothing_is_known(tmp_path: Path) -> None:
    file = tmp_path / "d" / "t_v1" / "contract.odcs.yaml"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"\xff")
    assert about(tmp_path, "d/t_v1") == about(tmp_path, "d/other_v1") == About()
