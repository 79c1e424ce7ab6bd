"""The memory of a product's step: ``DATA_PLATFORM_RUN_MEMORY``, kept by the system, told as an error of the product.

What belongs here: the limit of one step, and what is said when it is met. What does not: how a limit is kept
(``confined.memory``), and DuckDB's own (``memory`` in ``defs.yaml``).

It is set in the step itself, on top of what the process has then, and taken back after it: so it holds for a process
that runs one step (Dagster's multiprocess executor) and for one that runs them all (ours, in-process) alike. An
allocation that fails is an error in the step, and Dagster's own threads go on; a process that is killed from outside
would be seen as a crash, without a reason, and its run be tried again.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from data_platform.confined.memory import limited, memory_taken, size_text
from data_platform.products.errors import ProductError
from data_platform.products.folder import Product
from data_platform.settings import RUN_MEMORY_VARIABLE, run_memory


@contextmanager
def step_memory(product: Product) -> Iterator[None]:
    """Let a step take as much memory as it may.

    Raises:
        ProductError: It needed more; or the setting is no size.
    """
    with memory_errors_explained(product), limited(None if (most := _setting()) is None else memory_taken() + most):
        yield


@contextmanager
def memory_errors_explained(product: Product) -> Iterator[None]:
    """Tell an allocation that failed inside as an error of the product.

    Raises:
        ProductError: In place of the system's error, with the limit and what sets it.
    """
    try:
        yield
    except MemoryError as error:  # Arrow's is one of these
        most = _setting()
        may = f"the {size_text(most)} that a step may take" if most else "there is"
        fix = f"let it make less at once, or set {RUN_MEMORY_VARIABLE}"
        raise ProductError(f"{product.key}: it needed more memory than {may}: {fix}") from error


def _setting() -> int | None:
    try:
        return run_memory()
    except ValueError as error:
        raise ProductError(str(error)) from error
