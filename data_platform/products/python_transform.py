"""Running a Python transform: one plain function of frames, which gets the declared columns and no others.

What belongs here: loading ``transform.py`` and calling its function. What does not: reading it without running it
(``sources``), turning frames into each other (``storage.formats.frames``).
"""

import re
import traceback
from collections.abc import Callable, Mapping
from typing import Any, get_type_hints

import pyarrow as pa

from data_platform.products.catalogue import columns_of
from data_platform.products.errors import TransformError, UndeclaredColumnError
from data_platform.products.folder import Product
from data_platform.products.python_module import imported
from data_platform.products.sources import PARTITION
from data_platform.storage.errors import InvalidFrame
from data_platform.storage.formats.frames import from_arrow, to_arrow


class PythonTransform:
    """A product's function, called for one partition after the other."""

    def __init__(self, product: Product) -> None:
        """Nothing is loaded yet."""
        self._product = product

    def run(self, inputs: Mapping[str, pa.Table], partition: str | None) -> pa.Table:
        """See ``run_python``."""
        return run_python(self._product, inputs, partition)

    def run_together(self, inputs: Mapping[str, object], read_by: Mapping[str, str | None]) -> None:
        """Nobody can tell what a function would make of other rows."""
        del inputs, read_by


def run_python(product: Product, inputs: Mapping[str, pa.Table], partition: str | None) -> pa.Table:
    """Call a product's function.

    Args:
        product: A product with a Python transform.
        inputs: Its inputs by name.
        partition: The key of the partition being made, for an argument ``partition_key``.

    Returns:
        What it gave, as Arrow.

    Raises:
        UndeclaredColumnError: It read a column that an input has but that was not declared.
        TransformError: It failed, or gave something else than a frame.
    """
    function = load_function(product)
    try:
        hints = get_type_hints(function)
        arguments = {name: from_arrow(table, hints.get(name, Any)) for name, table in inputs.items()}
    except (InvalidFrame, NameError) as error:
        raise TransformError(f"{product.source.file}:{product.source.line}: {error}") from error
    if product.source.wants_partition:
        arguments[PARTITION] = partition
    try:
        return to_arrow(function(**arguments))
    except InvalidFrame as error:
        raise TransformError(f"{product.source.file}:{product.source.line}: {error}") from error
    except MemoryError:  # which is about the step, not about the function
        raise
    except Exception as error:
        raise _explained(product, error) from error


def load_function(product: Product) -> Callable[..., Any]:
    """The function of ``transform.py``, from the file as it is now.

    Raises:
        TransformError: The file cannot be imported.
    """
    try:
        module = imported(product.source.file, f"{product.domain}_{product.name}")
    except Exception as error:
        raise _explained(product, error) from error
    function: Callable[..., Any] = getattr(module, product.source.function)
    return function


def _explained(product: Product, error: Exception) -> TransformError:
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(product.source.file)]
    where = f"{product.source.file}:{(lines or [product.source.line])[-1]}"
    undeclared = _undeclared(product, error)
    if undeclared is None:
        return TransformError(f"{where}: {type(error).__name__}: {error}")
    name, key, column = undeclared
    return UndeclaredColumnError(
        f"{where}: column {column!r} of {key} was read, but is not declared. Add it to defs.yaml: inputs: "
        f"{{{name}: {{columns: [..., {column}]}}}}"
    )


def _undeclared(product: Product, error: Exception) -> tuple[str, str, str] | None:
    """Input, product and column, where the error is about a column that the product has and the input lacks."""
    kinds = {base.__name__ for base in type(error).__mro__}
    if not kinds & {"KeyError", "AttributeError", "ColumnNotFoundError", "SchemaFieldNotFoundError"}:
        return None
    words = set(re.findall(r"\w+", str(error)))
    for upstream in product.inputs:
        for column in columns_of(upstream.contract) if upstream.contract else ():
            if column in words and column not in upstream.columns:
                return upstream.name, upstream.key, column
    return None
