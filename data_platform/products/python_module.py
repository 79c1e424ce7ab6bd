"""A Python file of a domain as a module, from the file as it is now.

What belongs here: importing one file, which need not be part of a package. What does not: what is called in it
(``python_transform``, ``source_reader``).
"""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType


def imported(file: Path, name: str) -> ModuleType:
    """A Python file as a module.

    Args:
        file: The file.
        name: What tells its module from those of other products and sources.

    Raises:
        Exception: Whatever running it raises.
    """
    full = f"data_platform_product_{name}_{file.stem}"
    spec = spec_from_file_location(full, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file}: it cannot be imported")
    module = module_from_spec(spec)
    sys.modules[full] = module  # dataclasses and the like look their module up
    spec.loader.exec_module(module)
    return module
