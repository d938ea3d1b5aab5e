"""Memory of a process and its children is seen while they have it."""

import subprocess
import sys
import threading
import time

from tests.bench.memory import children, watched

HOLDS = "held = bytearray(b'x') * (200 << 20); print('held', flush=True); input()"


def test_memory_of_a_child_counts_whoever_started_it_and_not_before_nor_after():
    def begin():
        begun.append(
            subprocess.Popen(
                [sys.executable, "-c", HOLDS],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        begun[0].stdout.readline()
        seen.wait()

    with watched() as before:
        pass
    begun, seen = [], threading.Event()
    thread = threading.Thread(target=begin)
    with watched() as memory:
        thread.start()
        end = time.monotonic() + 60
        while memory.most_mb < before.most_mb + 200:
            assert time.monotonic() < end
            seen.wait(0.05)
        assert begun[0].pid in children()
        begun[0].communicate("done\n")
        seen.set()
        thread.join()
    assert before.most_mb + 200 <= memory.most_mb <= before.most_mb + 400
    with watched() as after:
        pass
    assert after.most_mb <= before.most_mb + 100
