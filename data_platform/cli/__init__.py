"""The `data-platform` command: one file a group of verbs.

What belongs here: arguments, options and their help. What does not: logic, which lives outside `cli`, and any import
that makes `--help` slow: a verb imports what it needs when it is called.
"""

import typer

from data_platform.cli import author, ci, compare, exchange, find, laptop, lineage, registry

app = typer.Typer(
    help="The data platform: a data mesh on Dagster.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # they would print credentials
)
laptop.register(app)
find.register(app)
registry.register(app)
compare.register(app)
lineage.register(app)
author.register(app)
exchange.register(app)
ci.register(app)
