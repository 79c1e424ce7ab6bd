"""What ``impact`` says of this mesh, against what really happens when a column goes, is renamed or has another type.

Every product is made by its real transform on made-up rows, in its order, and checked by its contract; the first ones,
which read no product, hold made-up rows. Then a column of a product is dropped, renamed or cast, and all that is behind
it is made again. It broke if its transform fails, if a check fails that passed, or if its input broke.

SQL gets every column that its inputs have, not those that lineage says it reads: so what lineage overlooks shows.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from data_platform.contracts.checks.results import Status
from data_platform.contracts.checks.run import check
from data_platform.lineage.effects import Verdict
from data_platform.lineage.impact import impact
from data_platform.mesh.files.checkout import Checkout
from data_platform.mesh.impact.graph import MeshGraph
from data_platform.mesh.impact.proposal import Proposal
from data_platform.mesh.impact.readers import MeshReaders
from data_platform.products.catalogue import columns_of
from data_platform.products.edges import graph_name, key_of
from data_platform.products.errors import TransformError
from data_platform.products.folder import Product
from data_platform.products.schema import arrow_type
from data_platform.products.testing import DOMAINS
from data_platform.products.transform import limits_of, run_transform
from data_platform_tests.mesh.frames import DAY, frame, of_type

NOW = datetime.combine(DAY, datetime.min.time(), UTC) + timedelta(hours=30)
RETYPES = {
    "string": ["integer"],
    "integer": ["string", "DOUBLE", "INTEGER"],
    "number": ["string", "DOUBLE", "DECIMAL(30, 6)"],
    "date": ["string", "timestamp"],
    "timestamp": ["string", "date"],
    "boolean": ["string", "integer"],
}
TEXT_FILES = ("marketing/raw_ad_exports", "logistics/raw_shipments")
BROKEN = "broken"


@dataclass(frozen=True)
class Made:
    """A product's output and which checks it passed."""

    table: pa.Table
    passed: frozenset[str]

    @property
    def rows(self) -> Counter:
        names = sorted(self.table.column_names)
        return Counter(repr([row[name] for name in names]) for row in self.table.to_pylist())


@dataclass
class Mesh:
    """The mesh as it is."""

    checkout: Checkout = field(default_factory=lambda: Checkout(DOMAINS))

    def __post_init__(self) -> None:
        self.graph = MeshGraph(self.checkout)
        self.order = [key for name in self.graph.graph().order() if (key := key_of(name)) in self.checkout.products]
        self.products = {key: self.checkout.products[key] for key in self.order}
        self.raw = {key: self.raw_tables(product) for key, product in self.products.items()}
        self.roots = {
            key: frame(one.contract, key)
            for key, one in self.products.items()
            if not any(each.contract for each in one.inputs)
        }

    def raw_tables(self, product: Product) -> dict[str, pa.Table]:
        """What a product reads that is no product: text where it is files, else in the types of its own columns."""
        made = {}
        for one in product.inputs:
            if one.contract is None:
                declared = product.spec.inputs[one.name].columns or []
                seeded = frame(product.contract, f"{product.key} raw")
                made[one.key] = pa.table({name: raw(one.key, name, seeded) for name in declared})
        return made

    def make(self, product: Product, tables: dict[str, pa.Table]) -> Made | str:
        """Make a product and check it."""
        inputs = {}
        for one in product.inputs:
            table = tables.get(one.key, self.raw[product.key].get(one.key))
            if product.source.kind == "python":
                if missing := [name for name in one.columns if name not in table.column_names]:
                    return f"{BROKEN}: {missing}"
                table = table.select(list(one.columns))
            inputs[one.name] = table
        partition = DAY.isoformat() if product.partitions else None
        try:
            made = run_transform(product, inputs, partition)
        except TransformError as error:
            return f"{BROKEN}: {error}"
        report = check(
            product.checks, made, others=tables, now=NOW, partition=partition, limits=limits_of(product)
        )  # fmt: skip
        return Made(made, frozenset(one.check.name for one in report.results if one.status is Status.PASSED))

    def run(self, only=None, known=None, changed=None) -> dict[str, Made | str]:
        """Make the products, or those of them that are given on top of what is known."""
        tables = {**self.roots, **{key: one.table for key, one in (known or {}).items() if isinstance(one, Made)}}
        tables |= changed or {}
        found: dict[str, Made | str] = {}
        for key in self.order if only is None else [each for each in self.order if each in only]:
            product = self.products[key]
            if key in self.roots:
                found[key] = Made(tables[key], frozenset())
                continue
            lost = [one.key for one in product.inputs if isinstance(found.get(one.key), str)]
            made = f"{BROKEN}: without {lost}" if lost else self.make(product, tables)
            if known and isinstance(made, Made) and not known[key].passed <= made.passed:
                made = f"{BROKEN}: {sorted(known[key].passed - made.passed)}"
            found[key] = made
            if isinstance(made, Made):
                tables[key] = made.table
        return found


def raw(key: str, name: str, seeded: pa.Table) -> pa.ChunkedArray | pa.Array:
    """A column of what is no product."""
    known = {"_taken_at": pa.timestamp("us", "UTC"), "scanned": pa.int64(), "blank": pa.int64(), "rejected": pa.int64()}
    if name in known:
        chance = random.Random(name)
        return pa.array([of_type(known[name], chance) for _ in range(seeded.num_rows)], known[name])
    if name not in seeded.column_names:
        return pa.array([f"{name}-{each % 3}" for each in range(seeded.num_rows)])
    return seeded[name].cast(pa.string()) if key in TEXT_FILES else seeded[name]


@pytest.fixture(scope="module")
def mesh() -> Mesh:
    return Mesh()


@pytest.fixture(scope="module")
def before(mesh: Mesh) -> dict[str, Made]:
    made = mesh.run()
    broken = {key: one for key, one in made.items() if not isinstance(one, Made)}
    assert not broken, "the made-up rows do not suit a transform, so that nothing can be said of it"
    return made


def mutations(product: Product, table: pa.Table, columns) -> Iterator[tuple[Proposal, pa.Table]]:
    """Each change of each column, as it is proposed and as it is done."""
    for column in columns:
        at = table.column_names.index(column)
        yield Proposal(drop=(column,)), table.drop_columns([column])
        names = [f"{name}_renamed" if name == column else name for name in table.column_names]
        yield Proposal(rename=((column, f"{column}_renamed"),)), table.rename_columns(names)
        (own,) = [one for one in product.schema.properties if one.column == column]
        for to in RETYPES.get(own.logical_type, ()):
            proposal = Proposal(retype=((column, to),))
            _, after = proposal.effects(product.key, columns_of(product.contract), product.contract)
            kind = arrow_type(after.schemas[0].properties[at])
            if kind != table.column(at).type:
                yield proposal, table.set_column(at, column, cast(table.column(at), kind))


def cast(values: pa.ChunkedArray, kind: pa.DataType) -> pa.Array:
    try:
        return pc.cast(values, kind, safe=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        chance = random.Random(0)
        return pa.array([None if one is None else of_type(kind, chance) for one in values.to_pylist()], kind)


def hold_against_truth(mesh: Mesh, before, key: str, columns=None, alarms: Counter | None = None) -> None:
    product, contract = mesh.products[key], mesh.products[key].contract
    behind = {key_of(name) for name in mesh.graph.downstream(graph_name(key))}
    behind |= {key_of(name) for name in mesh.graph.links.consumers.get(graph_name(key), ())}
    for proposal, changed in mutations(product, before[key].table, columns or columns_of(contract)):
        changes, contract_then = proposal.effects(key, columns_of(contract), contract)
        readers = MeshReaders(mesh.graph, {graph_name(key): contract_then})
        said = {key_of(each.consumer): each for each in impact(readers, changes)}
        after = mesh.run(behind, before, {key: changed})
        for name in sorted(behind):
            broke = isinstance(after[name], str)
            same = not broke and after[name].rows == before[name].rows
            # Another type for the same values is no change to any reader, and nobody is named for it.
            verdict = said[name].verdict if changes else Verdict.UNAFFECTED
            assert same or verdict is not Verdict.UNAFFECTED, (proposal, name, after[name], said.get(name))
            assert not broke or verdict is Verdict.BREAKS or proposal.retype, (
                proposal,
                name,
                after[name],
                said.get(name),
            )
            if alarms is not None:
                kind = next(each for each in ("drop", "rename", "retype") if getattr(proposal, each))
                alarms[kind, verdict, "broke" if broke else "same" if same else "changed"] += 1


@pytest.mark.parametrize(
    ("key", "columns"),
    [("sales/customers_v1", ["created_at"]), ("movies/top_movies_v1", ["id", "overview"])],
)
@pytest.mark.slow
def test_of_some_columns_nothing_that_broke_or_changed_was_called_unaffected(mesh, before, key, columns) -> None:
    hold_against_truth(mesh, before, key, columns)


@pytest.mark.slow
@pytest.mark.timeout(1200)  # some 600 runs of consumers
def test_of_all_columns_of_all_products_nothing_that_broke_or_changed_was_called_unaffected(mesh, before) -> None:
    alarms: Counter = Counter()
    for key in mesh.order:
        hold_against_truth(mesh, before, key, alarms=alarms)
    for (kind, verdict, truth), number in sorted(alarms.items()):
        print(f"{kind:8} {verdict:12} {truth:8} {number}")  # noqa: T201 - the share of false alarms
    called = [number for (_, verdict, _), number in alarms.items() if verdict is not Verdict.UNAFFECTED]
    false = [number for (_, verdict, truth), number in alarms.items()
             if verdict is not Verdict.UNAFFECTED and truth == "same"]  # fmt: skip
    print(f"false alarms: {sum(false)} of {sum(called)}")  # noqa: T201
    assert sum(called) > 100
