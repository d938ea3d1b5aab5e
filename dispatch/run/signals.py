"""Signals, and what becomes of a role whose supervisor dies."""

import asyncio
import ctypes
import os
import signal
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

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


async def until(stop: asyncio.Event, endless: Awaitable[object]) -> None:
    """Run something that never ends by itself until the stop event; its errors are ours."""
    running = asyncio.ensure_future(endless)
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
    finally:
        for task in (running, stopping):
            task.cancel()
        await asyncio.gather(running, stopping, return_exceptions=True)


def end_with_parent() -> None:
    """Where a supervisor started us, be asked to stop when it dies, however it dies."""
    parent = os.environ.pop("GONGCHE_PARENT", "")
    if not parent:
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):
        os.kill(os.getpid(), signal.SIGTERM)
