"""Machine code that is kept: another one wherever anything that it is made of is another."""

import subprocess
import sys

DEEP = """
from optimizer.compiled import lean

MORE = {more}

@lean
def outer(x):
    return inner(x) + MORE

@lean
def inner(x):
    return x * {times}
"""
CALLER = """
from deep import outer
from optimizer.compiled import lean

@lean
def first(x):
    return second(x)

@lean
def second(x):
    return outer(x)
"""


def told(folder, times, more):
    """What the kernels say after a file that others take kernels from was written anew."""
    (folder / "deep.py").write_text(DEEP.format(times=times, more=more))
    code = "import sys; sys.path[:0] = sys.argv[1:]; import caller; print(caller.first(10))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True, check=True
    )
    return int(done.stdout)


def test_no_old_machine_code_is_used_where_what_it_calls_has_changed(tmp_path):
    (tmp_path / "caller.py").write_text(CALLER)
    assert told(tmp_path, 2, 1) == 21
    assert told(tmp_path, 3, 1) == 31
    assert told(tmp_path, 3, 5) == 35
    assert told(tmp_path, 2, 1) == 21
