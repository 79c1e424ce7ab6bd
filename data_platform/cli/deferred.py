"""Imports that only the verb pays for which uses them.

What belongs here: deferring them. What does not: any import of a verb.

A verb's file names all that it uses at its top, and yet `--help`, a completion and every other verb load none of it:
within ``deferred`` the statement ``from package import module`` binds a module that is read when something of it is
first asked for, by the standard library's own ``LazyLoader``. Python 3.15 has the same as ``lazy import`` (PEP 810).
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType


@contextmanager
def deferred() -> Iterator[None]:
    """Let the modules that are imported in this block load when they are first used.

    It must be modules, not names of them: a name cannot be bound before its module is read. The packages that they lie
    in do load, so they have to be cheap. A module that is missing is told at once; an error in one, where it is first
    used.
    """
    finder = _Deferring()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _Deferring(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.loader is None:
            return None
        spec.loader = LazyLoader(spec.loader)
        return spec
