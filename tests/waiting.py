"""Waiting for what becomes true."""

import asyncio


async def until(condition, within_s=60.0):
    """Look again until a condition, sync or async, is true; its value."""
    async with asyncio.timeout(within_s):
        while True:
            found = condition()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return found
            await asyncio.sleep(0.01)
