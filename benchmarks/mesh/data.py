"""Meshes as files: products of 20 columns with three inputs each, and the same graph as a dbt project.

What belongs here: the graph and its files. What does not: measuring (``run``).

A mesh has as many layers as real ones have, whatever its size: raw, cleaned, joined, and so on, 8 in all. A product
reads three of the layers before, mostly of the one right before and of its own domain. One in ten is Python, one in ten
has a foreign key. So what is behind a product grows with the mesh.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

COLUMNS = 20
INPUTS = 3
LAYERS = 8
IN_A_DOMAIN = 50
PYTHON = 10
SEED = 20261121
NAMES = [f"c{number:02}" for number in range(1, COLUMNS)]


@dataclass(frozen=True)
class Made:
    """A product of a mesh.

    Attributes:
        domain: Its domain.
        name: Its name.
        inputs: The products that it reads; none in the first layer, which reads a raw table.
        python: Whether its transform is Python.
    """

    domain: str
    name: str
    inputs: tuple["Made", ...]
    python: bool

    @property
    def key(self) -> str:
        """``domain/name``."""
        return f"{self.domain}/{self.name}"


def mesh(size: int) -> list[Made]:
    """A mesh of so many products, the same each time."""
    chance = random.Random(SEED + size)  # noqa: S311 - a benchmark's graph
    domains = max(size // IN_A_DOMAIN, 2)
    layers: list[list[Made]] = []
    for layer in range(LAYERS):
        count = size // LAYERS + (size % LAYERS if layer == LAYERS - 1 else 0)
        row = []
        for number in range(count):
            domain = f"domain_{chance.randrange(domains):03}"
            inputs = _inputs(chance, layers, domain) if layers else ()
            python = bool(inputs) and chance.randrange(PYTHON) == 0
            row.append(Made(domain, f"p{layer}_{number:05}_v1", inputs, python))
        layers.append(row)
    return [each for row in layers for each in row]


def _inputs(chance: random.Random, layers: list[list[Made]], domain: str) -> tuple[Made, ...]:
    found: dict[str, Made] = {}
    while len(found) < INPUTS:
        row = layers[-1] if chance.random() < 0.8 else chance.choice(layers)  # noqa: PLR2004
        near = [each for each in chance.sample(row, min(8, len(row))) if each.domain == domain]
        one = chance.choice(near) if near and chance.random() < 0.8 else chance.choice(row)  # noqa: PLR2004
        found[one.key] = one
    return tuple(found.values())


def downstream(products: list[Made]) -> dict[str, int]:
    """How many products are behind each."""
    behind: dict[str, set[str]] = {each.key: set() for each in products}
    for each in reversed(products):
        for one in each.inputs:
            behind[one.key] |= {each.key, *behind[each.key]}
    return {key: len(found) for key, found in behind.items()}


def write(products: list[Made], domains: Path) -> None:
    """Write the folders of a mesh."""
    for each in products:
        folder = domains / each.key
        folder.mkdir(parents=True)
        (folder / "contract.odcs.yaml").write_text(_contract(each))
        (folder / "defs.yaml").write_text(_defs(each))
        file, text = ("transform.py", _python(each)) if each.python else ("transform.sql", sql(each, _table))
        (folder / file).write_text(text)


def write_dbt(products: list[Made], folder: Path) -> None:
    """Write the same graph as a dbt project, a seedless one on DuckDB; Python models as SQL, dbt lists them alike."""
    (folder / "models").mkdir(parents=True)
    profile = "mesh:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: ':memory:'}\n"
    (folder / "profiles.yml").write_text(profile)
    (folder / "dbt_project.yml").write_text(
        "name: mesh\nversion: '1.0'\nprofile: mesh\nmodel-paths: [models]\nflags: {send_anonymous_usage_stats: false}\n"
    )
    for each in products:
        below = folder / "models" / each.domain
        below.mkdir(exist_ok=True)
        name = f"{each.domain}__{each.name}"
        (below / f"{name}.sql").write_text(sql(each, lambda one: f"{{{{ ref('{one.domain}__{one.name}') }}}}"))
        columns = "".join(f"      - {{name: {one}, description: The column {one}.}}\n" for one in ("id", *NAMES))
        (below / f"{name}.yml").write_text(f"version: 2\nmodels:\n  - name: {name}\n    columns:\n{columns}")


def _table(one: Made) -> str:
    return f"{one.domain}.{one.name}"


def sql(each: Made, table: Callable[[Made], str]) -> str:
    """The query of a product; ``table`` says how an input is called."""
    if not each.inputs:
        columns = ",\n".join(f"    {name}" for name in ("id", *NAMES))
        raw = f"raw_{each.domain}__{each.name}" if table is not _table else f"{each.domain}.raw_{each.name}"
        return f"-- {each.name}: the raw table as it is.\nSELECT\n{columns}\nFROM {raw}\n"
    lines = ["    a.id"]
    for number, name in enumerate(NAMES):
        lines.append(
            (f"    a.{name}", f"    coalesce(b.{name}, 0) + a.{name} AS {name}",
             f"    max(c.{name}) OVER (PARTITION BY a.id) AS {name}")[number % 3]
        )  # fmt: skip
    a, b, c = map(table, each.inputs)
    return (
        f"-- {each.name}: three inputs joined by id.\nSELECT\n" + ",\n".join(lines) + f"\nFROM {a} AS a\n"
        f"LEFT JOIN {b} AS b ON a.id = b.id\nLEFT JOIN {c} AS c ON a.id = c.id AND c.c03 > 10\n"
        "WHERE a.c05 IS NOT NULL\n"
    )


def _python(each: Made) -> str:
    names = [f"input{number}" for number in range(len(each.inputs))]
    arguments = ", ".join(f"{name}: pd.DataFrame" for name in names)
    return (
        f'"""{each.name}: three inputs joined by id."""\n\nimport pandas as pd\n\n\n'
        f"def {each.name.removesuffix('_v1')}({arguments}) -> pd.DataFrame:\n"
        f'    """Join them."""\n    return {names[0]}.merge({names[1]}, on="id").merge({names[2]}, on="id")\n'
    )


def _defs(each: Made) -> str:
    head = "type: data_platform.DataProduct\n"
    columns = f"[{', '.join(['id', *NAMES])}]"
    if each.python:
        inputs = "".join(
            f"    input{number}: {{asset: {one.key}, columns: [id, c01, c02, c03]}}\n"
            for number, one in enumerate(each.inputs)
        )
        return f"{head}attributes:\n  inputs:\n{inputs}"
    if not each.inputs:
        return f"{head}attributes:\n  inputs:\n    {each.domain}.raw_{each.name}: {{columns: {columns}}}\n"
    return head


def _contract(each: Made) -> str:
    keyed = each.inputs and int(each.name.split("_")[1]) % 10 == 0
    relation = ""
    if keyed:
        one = each.inputs[0]
        relation = (
            "        relationships:\n          - type: foreignKey\n"
            f"            to: ../../{one.key}/contract.odcs.yaml#/schema/{one.name}/properties/id\n"
        )
    lines = [
        "apiVersion: v3.1.0",
        "kind: DataContract",
        f"id: urn:{each.domain}:{each.name}",
        f"name: {each.name}",
        "version: 1.0.0",
        "status: active",
        f"domain: {each.domain}",
        f"dataProduct: {each.name}",
        "description:",
        "  purpose: To measure how long it takes to know who breaks.",
        "  usage: Benchmarks.",
        "  limitations: It is made up.",
        f"team: {{name: team-{each.domain}}}",
        "schema:",
        f"  - name: {each.name}",
        "    physicalType: table",
        "    description: One row each.",
        "    properties:",
        "      - name: id",
        "        logicalType: integer",
        "        primaryKey: true",
        "        required: true",
        "        description: The number.",
    ]
    text = "\n".join(lines) + "\n" + relation
    for name in NAMES:
        text += f"      - name: {name}\n        logicalType: integer\n        description: The column {name}.\n"
        text += "        logicalTypeOptions: {minimum: 0}\n" if name.endswith("5") else ""
    return text
