"""A contract as a page of Markdown, for people.

What belongs here: what a reader of the product wants to know, in that order. What does not: how it is made.
"""

from collections.abc import Iterator

from data_platform.contracts.checks.compiling import compile_checks
from data_platform.contracts.elements import Property, SchemaObject
from data_platform.contracts.model import Contract
from data_platform.markdown import code, escaped


def exported(contract: Contract) -> str:
    """The page.

    Args:
        contract: The contract.
    """
    return "\n".join(_lines(contract)) + "\n"


def _lines(contract: Contract) -> Iterator[str]:
    yield f"# {escaped(contract.name)} {escaped(contract.version_text)}"
    about = contract.description
    for text in (about.purpose, about.usage, about.limitations) if about else ():
        if text:
            yield from ("", escaped(text))
    facts = {
        "product": code("/".join(filter(None, [contract.domain, contract.data_product or contract.name]))),
        "owner": escaped(contract.owner or ""),
        "status": escaped(contract.status),
        "published": contract.custom.publish_mode.value,
        "replaced by": code(contract.custom.replaced_by) if contract.custom.replaced_by else "",
    }
    yield from ("", "| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in facts.items() if value))
    for table in contract.schemas:
        yield from _table(contract, table)
    if contract.service_levels:
        yield from ("", "## Service levels", "", "| what | value | of |", "|---|---|---|")
        for level in contract.service_levels:
            value = " ".join(str(part) for part in (level.value, level.unit) if part is not None)
            yield f"| {escaped(level.property)} | {escaped(value)} | {escaped(', '.join(level.elements))} |"


def _table(contract: Contract, table: SchemaObject) -> Iterator[str]:
    yield from ("", f"## {escaped(table.name)}", "")
    if table.description:
        yield from (escaped(table.description), "")
    yield from ("| column | type | required | key | meaning | classification |", "|---|---|---|---|---|---|")
    for column in table.properties:
        key = ", ".join(
            filter(None, ["primary" if column.primary_key else "", "partition" if column.partitioned else ""])
        )
        cells = (
            code(column.column),
            escaped(_type(column)),
            "yes" if column.required or column.primary_key else "",
            key,
        )
        yield f"| {' | '.join((*cells, escaped(column.description or ''), escaped(column.classification or '')))} |"
    yield from ("", "### Checked", "", "| rule | promise | blocks |", "|---|---|---|")
    for check in compile_checks(contract, table.name).checks:
        yield f"| {code(check.name)} | {escaped(check.description or '')} | {'yes' if check.blocking else ''} |"


def _type(column: Property) -> str:
    logical = column.logical_type or ""
    return f"{logical} ({column.physical_type})" if column.physical_type else logical
