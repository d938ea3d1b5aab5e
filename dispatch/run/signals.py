"""Signals, and what becomes of a role whose supervisor dies."""

import asyncio
import ctypes
import os
import signal
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

AGAIN_AFTER_S = 5.0
PR_SET_PDEATHSIG = 1  # include/uapi/linux/prctl.h


@asynccontextmanager
async def stop_signal() -> AsyncIterator[asyncio.Event]:
    """An event that SIGINT and SIGTERM set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def until(
    stop: asyncio.Event, endless: Awaitable[object], *, again_after_s: float | None = AGAIN_AFTER_S
) -> None:
    """Run something that never ends by itself until the stop event; its errors are ours.

    Args:
        stop: when it is set, the endless is cancelled.
        endless: what to run.
        again_after_s: cancel it again so often, for a driver whose connection breaks that
            moment may swallow the first; None: it closes in order and takes its time.
    """
    running = asyncio.ensure_future(endless)
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
    finally:
        for task in (running, stopping):
            await _end(task, again_after_s)


async def _end(task: asyncio.Future[object], again_after_s: float | None) -> None:
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=again_after_s)
    if not task.cancelled():
        task.exception()  # seen: what broke while ending is nobody's trouble any more


def end_with_parent() -> None:
    """Where a supervisor started us, be asked to stop when it dies, however it dies."""
    parent = os.environ.pop("GONGCHE_PARENT", "")
    if not parent:
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):
        os.kill(os.getpid(), signal.SIGTERM)
