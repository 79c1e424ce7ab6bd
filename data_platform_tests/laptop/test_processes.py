"""Processes are ended with everything that they started."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from data_platform.laptop.processes import Service, of_stack
from data_platform.laptop.settings import STACK_VARIABLE

STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN); signal.signal(signal.SIGTERM, signal.SIG_IGN)
if len(sys.argv) < 2:
    subprocess.Popen([sys.executable, __file__, "child"], start_new_session=True)
print("ready", flush=True)
time.sleep(600)
"""


def service(tmp_path: Path, code: str, **environment: str) -> Service:
    script = tmp_path / "script.py"
    script.write_text(code)
    variables = {**os.environ, **environment}
    return Service("part", [sys.executable, str(script)], variables, tmp_path / "part.log", tmp_path)


def wait_for(part: Service, lines: int) -> None:
    deadline = time.monotonic() + 30
    while part.tail().count("ready") < lines and time.monotonic() < deadline:
        time.sleep(0.02)
    assert part.tail().count("ready") >= lines


def test_a_grandchild_in_its_own_session_that_ignores_signals_is_ended_too(tmp_path: Path) -> None:
    part = service(tmp_path, STUBBORN)
    part.start()
    wait_for(part, 2)
    everything = [psutil.Process(part.pid), *psutil.Process(part.pid).children(recursive=True)]
    assert len(everything) == 2
    part.stop(seconds=0.2)
    assert not [process for process in everything if process.is_running()]


@pytest.mark.slow
def test_a_process_is_found_by_the_stack_that_it_belongs_to(tmp_path: Path) -> None:
    part = service(tmp_path, STUBBORN, **{STACK_VARIABLE: "one of a kind"})
    part.start()
    wait_for(part, 2)
    found = of_stack("one of a kind")
    part.stop(seconds=0.1)
    assert len(found) == 2
    assert of_stack("one of a kind") == []


def test_sigint_ends_a_process_also_when_the_starter_ignores_it(tmp_path: Path) -> None:
    code = "import time\nprint('ready', flush=True)\ntime.sleep(600)\n"
    starter = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "from pathlib import Path; from data_platform_tests.laptop.test_processes import service, wait_for\n"
        f"part = service(Path({str(tmp_path)!r}), {code!r}); part.start(); wait_for(part, 1)\n"
        "part.stop(seconds=20); print(part.exit_code)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", starter], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() in {"-2", "1", "130"}


def test_a_process_ends_when_its_starter_is_killed(tmp_path: Path) -> None:
    code = "import time\nprint('ready', flush=True)\ntime.sleep(600)\n"
    starter = (
        "import os, signal; from pathlib import Path\n"
        "from data_platform_tests.laptop.test_processes import service, wait_for\n"
        f"part = service(Path({str(tmp_path)!r}), {code!r}); part.start(); wait_for(part, 1)\n"
        "print(part.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", starter], cwd=root, capture_output=True, text=True, check=False)
    pid = int(done.stdout)
    deadline = time.monotonic() + 20
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie"
