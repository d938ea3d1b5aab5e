"""Waiting for what becomes true."""

import time

READY_WITHIN_S = 90
"""Machines are shared; how quick a start is, is judged by `make bench`."""


def until(condition, what, within_s=READY_WITHIN_S):
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {within_s} s: {what}")
