"""What a verb's file names at its top is loaded by the verb that uses it, and by no other."""

import subprocess
import sys
from pathlib import Path

import pytest

_PROGRAM = """
import sys
from data_platform.cli.deferred import deferred

loaded = []
sys.loaded = loaded
with deferred():
    from shop import orders, returns

assert loaded == ["shop"], loaded
assert orders.TOTAL == 3
assert loaded == ["shop", "orders"], loaded
from shop.returns import COUNT
assert loaded == ["shop", "orders", "returns"], loaded
assert returns.COUNT is COUNT
import shop.later
assert loaded[-1] == "later", loaded
"""


def _shop(folder: Path) -> Path:
    package = folder / "shop"
    package.mkdir()
    (package / "__init__.py").write_text("import sys\nsys.loaded.append('shop')\n")
    (package / "orders.py").write_text("import sys\nsys.loaded.append('orders')\nTOTAL = 3\n")
    (package / "returns.py").write_text("import sys\nsys.loaded.append('returns')\nCOUNT = 1\n")
    (package / "later.py").write_text("import sys\nsys.loaded.append('later')\n")
    return folder


def _run(program: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=folder)


def test_a_deferred_module_loads_when_something_of_it_is_first_asked_for_and_once(tmp_path: Path) -> None:
    done = _run(_PROGRAM, _shop(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_deferred_module_that_is_missing_is_told_at_once(tmp_path: Path) -> None:
    program = (
        "import sys\nsys.loaded = []\nfrom data_platform.cli.deferred import deferred\n"
        "with deferred():\n    from shop import refunds\n"
    )
    assert "ImportError: cannot import name 'refunds'" in _run(program, _shop(tmp_path)).stderr


@pytest.mark.parametrize("verb", [["--help"], ["impact", "--help"]])
def test_help_loads_no_module_that_a_verb_works_with(verb: list[str]) -> None:
    program = (
        "import sys, types\nfrom data_platform.cli import app\n"
        f"try:\n    app({verb!r})\nexcept SystemExit:\n    pass\n"
        "loaded = [name for name, module in sys.modules.items() if type(module) is types.ModuleType\n"
        "    and name.startswith(('data_platform.mesh.', 'data_platform.lineage.', 'sqlglot', 'duckdb', 'pyarrow'))\n"
        "    and not hasattr(module, '__path__') and not name.endswith('.errors')]\n"
        "print(loaded, file=sys.stderr)"
    )
    assert _run(program, Path.cwd()).stderr.strip() == "[]"
