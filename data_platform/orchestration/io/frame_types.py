"""Dagster types for frames, by dagster-pandas: what the UI shows of an output, checked before it is stored.

What belongs here: the one use of dagster-pandas, whose constructors are beta. What does not: rules on values, which
are asset checks.
"""

import warnings
from collections.abc import Iterable

import dagster as dg
from dagster_pandas import PandasColumn, create_dagster_pandas_dataframe_type


def frame_type(name: str, description: str, columns: Iterable[str]) -> dg.DagsterType:
    """A type of pandas frames that have at least these columns.

    Args:
        name: The type's name in the UI; unique in a code location.
        description: What a row is.
        columns: Names of the columns that must be there.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)
        needed = [PandasColumn(column, is_required=True) for column in columns]  # type: ignore[no-untyped-call]
        dagster_type: dg.DagsterType = create_dagster_pandas_dataframe_type(  # type: ignore[no-untyped-call]
            name=name, description=description, columns=needed
        )
        return dagster_type
