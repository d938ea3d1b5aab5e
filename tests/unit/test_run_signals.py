"""An endless coroutine ends when asked, also one that swallows the first asking."""

import asyncio

import pytest

from dispatch.run.signals import until


async def test_who_swallows_a_cancellation_is_asked_again():
    stop, swallowed = asyncio.Event(), []

    async def deaf():
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                swallowed.append(1)
                if len(swallowed) > 1:
                    raise

    asyncio.get_running_loop().call_later(0.01, stop.set)
    async with asyncio.timeout(30):
        await until(stop, deaf(), again_after_s=0.05)
    assert len(swallowed) == 2


async def test_an_error_of_the_endless_is_ours():
    async def broken():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await until(asyncio.Event(), broken())


async def test_who_closes_in_order_is_left_to_it():
    stop, closed = asyncio.Event(), []

    async def tidy():
        try:
            await asyncio.Event().wait()
        finally:
            for step in range(20):
                await asyncio.sleep(0.01)
                closed.append(step)

    asyncio.get_running_loop().call_later(0.01, stop.set)
    await until(stop, tidy(), again_after_s=None)
    assert closed == list(range(20))
