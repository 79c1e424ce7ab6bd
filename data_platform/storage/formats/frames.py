"""Frames in and out: pandas, Polars, Arrow, anything that exports Arrow; always through Arrow, never by pickle.

What belongs here: which kinds of frames there are, and turning one into another. What does not: files and tables.
pandas and Polars are imported only where a frame of theirs is asked for.
"""

import sys
from typing import Any, Final, get_args

import pyarrow as pa

from data_platform.storage.errors import InvalidFrame
from data_platform.storage.formats.column_types import plain

_KINDS: Final = "pandas.DataFrame, polars.DataFrame, polars.LazyFrame, pyarrow.Table"


def to_arrow(frame: object) -> pa.Table:
    """Any frame as an Arrow table.

    Args:
        frame: A pandas frame (default index only), a Polars frame or lazy frame, an Arrow table, batch or reader, a
            DuckDB relation, or anything else that exports an Arrow stream.

    Returns:
        The table: column names unique and not empty; categorical columns as their values; text, lists and binary in
        their plain Arrow types; a pandas ``NaN`` or ``NaT`` as null, one in Polars or Arrow stays ``NaN``. Lone
        surrogates in pandas text, which have no UTF-8, become U+FFFD.

    Raises:
        InvalidFrame: It is no frame, or cannot be one table; the message says what to change.
    """
    polars, pandas = sys.modules.get("polars"), sys.modules.get("pandas")
    if pandas is not None and isinstance(frame, pandas.DataFrame):
        table = _from_pandas(frame)
    elif polars is not None and isinstance(frame, polars.LazyFrame):
        table = frame.collect().to_arrow()
    elif hasattr(frame, "__arrow_c_stream__") and not (pandas is not None and isinstance(frame, pandas.Series)):
        table = pa.table(frame)
    elif isinstance(frame, pa.RecordBatch):
        table = pa.Table.from_batches([frame])
    else:
        raise InvalidFrame(f"{type(frame).__name__} is no frame; return one of {_KINDS}")
    _check_names(table.column_names)
    return plain(table)


def from_arrow(table: pa.Table, kind: object = Any) -> Any:
    """An Arrow table as the kind of frame that an annotation asks for.

    Args:
        table: The table.
        kind: ``pandas.DataFrame``, ``polars.DataFrame``, ``polars.LazyFrame``, ``pyarrow.Table``, ``X | None`` of one
            of them, or ``Any`` (no annotation) for pandas.

    Returns:
        The frame. In pandas, integer and boolean columns with nulls are ``Int64`` and ``boolean`` (they would turn
        into floats and objects), all else as pandas has it by default.

    Raises:
        InvalidFrame: The annotation is none of those.
    """
    match frame_name(kind):
        case "pandas.DataFrame":
            return _to_pandas(table)
        case "polars.DataFrame" | "polars.LazyFrame" as name:
            import polars as pl  # noqa: PLC0415 - heavy, and not every asset uses it

            frame = pl.DataFrame(table)
            return frame if name == "polars.DataFrame" else frame.lazy()
        case "pyarrow.Table":
            return table
    raise InvalidFrame(f"an input of type {kind} cannot be loaded; annotate it as one of {_KINDS}")


def frame_name(kind: object) -> str | None:
    """The name of the kind of frame that an annotation means (``Any`` is pandas), ``None`` where it means none."""
    if kind is Any:
        return "pandas.DataFrame"
    for member in get_args(kind) or (kind,):
        package, name = getattr(member, "__module__", "").partition(".")[0], getattr(member, "__name__", "")
        if (package, name) in (("polars", "DataFrame"), ("polars", "LazyFrame"), ("pandas", "DataFrame")):
            return f"{package}.{name}"
        if member is pa.Table:
            return "pyarrow.Table"
    return None


def _check_names(names: list[str]) -> None:
    if bad := sorted({name for name in names if not name or names.count(name) > 1}):
        raise InvalidFrame(f"column names must be unique and not empty; look at {bad}")


def _from_pandas(frame: Any) -> pa.Table:
    import pandas as pd  # noqa: PLC0415 - loaded already, by whoever made the frame

    index = frame.index
    if not (isinstance(index, pd.RangeIndex) and index.start == 0 and index.step == 1 and index.name is None):
        raise InvalidFrame(
            f"the frame's index ({type(index).__name__} {index.names}) would be lost; call .reset_index() to keep it "
            "as columns or .reset_index(drop=True) to drop it"
        )
    if odd := [name for name in frame.columns if not isinstance(name, str)]:
        raise InvalidFrame(f"column names must be text; look at {odd[:5]}")
    _check_names(list(frame.columns))
    try:
        return pa.Table.from_pandas(frame, preserve_index=False)
    except UnicodeEncodeError:
        return pa.Table.from_pandas(frame.map(_without_surrogates), preserve_index=False)
    except (pa.ArrowException, ValueError) as error:
        raise InvalidFrame(f"a column mixes types or holds objects: {error}; give it one type first") from error


def _without_surrogates(value: object) -> Any:
    if not isinstance(value, str):
        return value
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _to_pandas(table: pa.Table) -> Any:
    import pandas as pd  # noqa: PLC0415 - heavy, and not every asset uses it

    nullable: dict[pa.DataType, Any] = {
        pa.int8(): pd.Int8Dtype(),
        pa.int16(): pd.Int16Dtype(),
        pa.int32(): pd.Int32Dtype(),
        pa.int64(): pd.Int64Dtype(),
        pa.bool_(): pd.BooleanDtype(),
    }
    frame = table.to_pandas()
    for field, column in zip(table.schema, table.columns, strict=True):
        if column.null_count and field.type in nullable:
            # From the Arrow column: what pandas made of it are floats, which may have lost digits.
            frame[field.name] = nullable[field.type].__from_arrow__(column)
    return frame
