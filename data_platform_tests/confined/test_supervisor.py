"""A command that is watched: ended by time and memory, with the reason; answer, signals and end are its own."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_platform.confined.memory import size_of, size_text

# These tests may run under `nohup`, which has what it starts ignore a hang-up.
SUPERVISOR = """
import os, signal, sys
signal.signal(signal.SIGHUP, signal.SIG_IGN if "IGNORING" in os.environ else signal.SIG_DFL)
signal.signal(signal.SIGTERM, signal.SIG_DFL)  # Dagster has it ignored where SIGINT is, as in a background shell
from data_platform.confined.supervisor import supervise
sys.exit(supervise([sys.executable, "-c", sys.argv[1]], settings="MEMORY_SETTING"))
"""
WATCHED = """
import os, sys, time
from data_platform.confined.supervisor import attached
from data_platform.confined.board import about, allowed, watch, working
from data_platform.confined.memory import limit
watch(attached(), 100_000_000)
"""


def start(code: str, **variables: str) -> "subprocess.Popen[str]":
    environment = {**os.environ, **variables, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", SUPERVISOR, WATCHED + code]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, env=environment, text=True, **pipes)


def run(code: str, said: str = "") -> tuple[int, str, str]:
    with start(code) as process:
        out, error = process.communicate(said, timeout=120)
        return process.returncode, out, error


def test_what_a_command_reads_writes_and_ends_with_is_passed_through() -> None:
    code, out, error = run("print(input()[::-1]); print('told', file=sys.stderr); sys.exit(7)", "hello\n")
    assert (code, out, error) == (7, "olleh\n", "told\n")


def test_work_that_hears_no_interrupt_is_ended_and_named_with_its_setting() -> None:
    code, out, error = run("""
print("begun", flush=True)
with about("sales/orders_v1"), about("rule total"), working("a query", 0.2, "QUERY_SECONDS"):
    time.sleep(600)
""")
    assert (code, out) == (2, "begun\n")
    assert error == (
        "error: sales/orders_v1: rule total: a query took longer than the 0.2 s that it may, and was ended: make it "
        "simpler, or set QUERY_SECONDS\n"
    )


@pytest.mark.slow
def test_of_several_pieces_of_work_the_one_that_ends_first_is_watched_and_work_that_is_done_is_not() -> None:
    _, _, error = run("""
with working("the whole", 600), working("long done", 0.1):
    pass
with working("the whole", 600):
    with working("a part", 0.1):
        time.sleep(600)
""")
    assert "a part took longer than the 0.1 s" in error


def test_memory_is_refused_by_the_system_first_so_that_the_command_can_tell() -> None:
    code, out, _ = run("""
try:
    bytearray(150_000_000)
except MemoryError:
    print("refused")
with allowed(200_000_000):
    print(len(bytearray(150_000_000)))
try:
    bytearray(150_000_000)
except MemoryError:
    print("refused again")
""")
    assert (code, out.split()) == (0, ["refused", "150000000", "refused", "again"])


def test_memory_that_the_system_does_not_refuse_is_seen_from_outside() -> None:
    code, _, error = run("""
limit(None)
with about("sales/orders_v1"), working("a query", 600):
    kept = []
    while True:
        kept.append(bytearray(b"x") * 10_000_000)
""")
    assert code == 2
    assert error.startswith("error: sales/orders_v1: a query took more memory than the 100 MB that a command may")
    assert error.endswith("or set MEMORY_SETTING\n")


def test_a_command_that_dies_is_told_with_what_it_worked_on() -> None:
    code, _, error = run("""
with working("reading a query", 600):
    os.kill(os.getpid(), 11)
""")
    assert code == 2
    assert "reading a query ended the process (SIGSEGV)" in error


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_reaches_the_supervisor_reaches_the_command(number: signal.Signals) -> None:
    with start("print(os.getpid(), flush=True); time.sleep(600)") as process:
        assert process.stdout is not None
        child = psutil.Process(int(process.stdout.readline()))
        process.send_signal(number)
        assert process.wait(60) == 128 + number
        child.wait(60)


def test_a_hang_up_that_is_ignored_from_the_start_stays_ignored() -> None:
    with start("print(1, flush=True); time.sleep(1); print(2)", IGNORING="yes") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "1\n"
        process.send_signal(signal.SIGHUP)
        assert process.stdout.readline() == "2\n"
        assert process.wait(60) == 0


def test_no_command_outlives_a_supervisor_that_is_killed() -> None:
    with start("print(os.getpid(), flush=True); time.sleep(600)") as process:
        assert process.stdout is not None
        child = psutil.Process(int(process.stdout.readline()))
        process.kill()
        process.wait(60)
        while child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)


@given(st.integers(1, 9999), st.sampled_from(["", "K", "M", "G"]), st.booleans())
def test_sizes_are_read_as_duckdb_writes_them(number: int, unit: str, binary: bool) -> None:
    base = 1024 if binary else 1000
    text = f"{number}{unit}{'i' if binary and unit else ''}B"
    assert size_of(text) == number * (base if unit else 1) ** " KMG".index(unit or " ")


@pytest.mark.parametrize("text", ["", "0GB", "-1GB", "much", "1XB", "GB"])
def test_what_is_no_size_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="write one such as 512MB"):
        size_of(text)


def test_sizes_for_people() -> None:
    assert (size_text(3_000_000_000), size_text(250_000_000)) == ("3.0 GB", "250 MB")
