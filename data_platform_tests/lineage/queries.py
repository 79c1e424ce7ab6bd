"""Random queries over two small tables, for DuckDB to run: whatever a query does, its result is the same each time."""

from dataclasses import dataclass
from itertools import count

from hypothesis import strategies as st

TABLES = {"d.t": ("k", "a", "b", "c"), "d.u": ("k", "v", "w")}


@dataclass(frozen=True)
class Part:
    """A query and the columns that it makes; ``starred`` where some of them come from a ``*``."""

    sql: str
    columns: tuple[str, ...]
    starred: bool = False


class Builder:
    """Makes parts out of parts. Every name that it makes is new, so that no name means something else by accident."""

    def __init__(self, draw, tables=TABLES) -> None:
        self.draw, self.numbers, self.tables = draw, count(), tables

    def name(self, prefix: str) -> str:
        return f"{prefix}{next(self.numbers)}"

    def pick(self, columns, most: int = 3) -> list[str]:
        return self.draw(st.lists(st.sampled_from(columns), min_size=1, max_size=most, unique=True))

    def value(self, alias: str, columns) -> str:
        column = f"{alias}.{self.draw(st.sampled_from(columns))}"
        other = f"{alias}.{self.draw(st.sampled_from(columns))}"
        shape = self.draw(st.sampled_from(["{0}", "{0} + {1}", "coalesce({0}, 0)", "case when {0} > 1 then {1} end"]))
        return shape.format(column, other)

    def condition(self, alias: str, columns) -> str:
        value = self.value(alias, columns)
        inner = self.draw(st.sampled_from(sorted(TABLES)))  # those have a k
        x, own = self.name("x"), TABLES[inner]
        mine, theirs = f"{alias}.{self.draw(st.sampled_from(columns))}", f"{x}.{self.draw(st.sampled_from(own))}"
        shape = self.draw(st.integers(0, 4))
        return [
            f"{value} > 1",
            f"{value} is not null",
            f"exists (select {theirs} from {inner} {x} where {x}.k = {mine})",
            f"{mine} in (select {theirs} from {inner} {x} where {x}.k > 0)",
            f"{value} <= (select max({theirs}) from {inner} {x} where {x}.k = {mine})",
        ][shape]

    def part(self, depth: int) -> Part:
        if depth == 0:
            return self.table()
        shapes = [self.project, self.star, self.join, self.group, self.window, self.set_operation, self.with_parts]
        return self.draw(st.sampled_from(shapes))(depth)

    def table(self) -> Part:
        name = self.draw(st.sampled_from(sorted(self.tables)))
        if self.draw(st.booleans()):
            return Part(f"select * from {name}", self.tables[name], starred=True)
        # With an alias, or a name that is gone would be looked for further out, and found.
        columns, x = self.pick(self.tables[name], 4), self.name("x")
        return Part(f"select {', '.join(f'{x}.{each}' for each in columns)} from {name} {x}", tuple(columns))

    def project(self, depth: int) -> Part:
        inner, x = self.part(depth - 1), self.name("x")
        made = [(self.value(x, inner.columns), self.name("p")) for _ in range(self.draw(st.integers(1, 3)))]
        scalar = self.draw(st.booleans())
        if scalar:
            y = self.name("y")
            made.append((f"(select sum({y}.v) from d.u {y} where {y}.k = {x}.{inner.columns[0]})", self.name("p")))
        where = f" where {self.condition(x, inner.columns)}" if self.draw(st.booleans()) else ""
        distinct = self.draw(st.sampled_from(["", "", "distinct "]))
        text = ", ".join(f"{value} as {name}" for value, name in made)
        return Part(f"select {distinct}{text} from ({inner.sql}) {x}{where}", tuple(n for _, n in made), inner.starred)

    def star(self, depth: int) -> Part:
        inner, x = self.part(depth - 1), self.name("x")
        where = f" where {self.condition(x, inner.columns)}" if self.draw(st.booleans()) else ""
        if len(inner.columns) > 1 and self.draw(st.booleans()):
            out = self.draw(st.sampled_from(inner.columns))
            kept = tuple(name for name in inner.columns if name != out)
            return Part(f"select * exclude ({out}) from ({inner.sql}) {x}{where}", kept, starred=True)
        return Part(f"select {x}.* from ({inner.sql}) {x}{where}", inner.columns, starred=True)

    def join(self, depth: int) -> Part:
        left, right, x, y = self.part(depth - 1), self.part(depth - 1), self.name("x"), self.name("y")
        kind = self.draw(st.sampled_from(["join", "left join", "full join", "semi join", "anti join"]))
        one = self.draw(st.sampled_from(left.columns))
        on = f"{x}.{one} = {y}.{self.draw(st.sampled_from(right.columns))}"
        condition = f"using ({one})" if one in right.columns and self.draw(st.booleans()) else f"on {on}"
        made = [(f"{x}.{name}", self.name("j")) for name in self.pick(left.columns)]
        if kind not in ("semi join", "anti join"):
            made += [(f"{y}.{name}", self.name("j")) for name in self.pick(right.columns)]
        text = ", ".join(f"{value} as {name}" for value, name in made)
        sql = f"select {text} from ({left.sql}) {x} {kind} ({right.sql}) {y} {condition}"
        return Part(sql, tuple(name for _, name in made), left.starred or right.starred)

    def group(self, depth: int) -> Part:
        inner, x, g, n = self.part(depth - 1), self.name("x"), self.name("g"), self.name("n")
        by, value = (f"{x}.{self.draw(st.sampled_from(inner.columns))}" for _ in range(2))
        total = self.draw(st.sampled_from([f"sum({value})", "count(*)", f"count(*) filter (where {value} > 1)"]))
        grouping = self.draw(st.sampled_from(["all", "1", by, g]))
        having = self.draw(st.sampled_from(["", f" having max({value}) > 0", f" having {n} > 0"]))
        sql = f"select {by} as {g}, {total} as {n} from ({inner.sql}) {x} group by {grouping}{having}"
        return Part(sql, (g, n), inner.starred)

    def window(self, depth: int) -> Part:
        inner, x, p, r = self.part(depth - 1), self.name("x"), self.name("p"), self.name("r")
        value, by, order = (f"{x}.{self.draw(st.sampled_from(inner.columns))}" for _ in range(3))
        call = self.draw(st.sampled_from([f"sum({value})", "rank()", f"max({value})"]))
        qualify = self.draw(
            st.sampled_from(["", f" qualify {r} < 3", f" qualify count(*) over (partition by {by}) > 1"])
        )
        sql = f"select {value} as {p}, {call} over (partition by {by} order by {order}) as {r} from ({inner.sql}) {x}"
        return Part(sql + qualify, (p, r), inner.starred)

    def set_operation(self, depth: int) -> Part:
        left, right, x, y = self.part(depth - 1), self.part(depth - 1), self.name("x"), self.name("y")
        width = min(len(left.columns), len(right.columns), 2)
        names = [self.name("s") for _ in range(width)]
        kind = self.draw(st.sampled_from(["union", "union all", "intersect", "except", "except all", "intersect all"]))
        mine = ", ".join(f"{x}.{name} as {to}" for name, to in zip(left.columns, names, strict=False))
        theirs = ", ".join(f"{y}.{name}" for name in right.columns[:width])
        sql = f"select {mine} from ({left.sql}) {x} {kind} select {theirs} from ({right.sql}) {y}"
        return Part(sql, tuple(names), left.starred or right.starred)

    def with_parts(self, depth: int) -> Part:
        inner, unused, w, z = self.part(depth - 1), self.part(depth - 1), self.name("w"), self.name("z")
        alias, again = self.name("x"), self.name("x")
        value = self.value(alias, inner.columns)
        key = self.draw(st.sampled_from(inner.columns))
        join = f" join {w} {again} on {alias}.{key} = {again}.{key}" if self.draw(st.booleans()) else ""
        made = self.name("p")
        sql = f"with {w} as ({inner.sql}), {z} as ({unused.sql}) select {value} as {made} from {w} {alias}{join}"
        return Part(sql, (made,), inner.starred or unused.starred)


@st.composite
def queries(draw, tables=TABLES) -> Part:
    """A query of up to three parts within each other, sometimes ordered by what it does not make."""
    builder = Builder(draw, tables)
    inner, x = builder.part(draw(st.integers(1, 3))), builder.name("x")
    made = {name: builder.name("o") for name in builder.pick(inner.columns)}
    text = ", ".join(f"{x}.{name} as {to}" for name, to in made.items())
    order = f" order by {x}.{draw(st.sampled_from(inner.columns))}" if draw(st.booleans()) else ""
    return Part(f"select {text} from ({inner.sql}) {x}{order}", tuple(made.values()), inner.starred)
