"""A bounded, closable queue that joins two stages; full, it slows its source."""

import asyncio
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Closed(Exception):
    """The inbox takes nothing more."""


class Inbox(Generic[T]):
    """Items in order of arrival; many may put, one takes."""

    def __init__(self, capacity: int) -> None:
        self._items: deque[T] = deque()
        self._capacity = capacity
        self._closed = False
        self._changed = asyncio.Condition()

    def __len__(self) -> int:
        """How many wait."""
        return len(self._items)

    @property
    def full(self) -> bool:
        """Whether the next put would wait."""
        return len(self._items) >= self._capacity

    async def put(self, item: T) -> None:
        """Wait for room, then append.

        Raises:
            Closed: nothing more is taken.
        """
        async with self._changed:
            await self._changed.wait_for(lambda: self._closed or not self.full)
            if self._closed:
                raise Closed
            self._items.append(item)
            self._changed.notify_all()

    async def take(self, at_most: int, within_s: float) -> list[T]:
        """Wait without limit for the first item, then up to within_s for more.

        Returns:
            1..at_most items, oldest first; nothing only when closed and drained.
        """
        async with self._changed:
            await self._changed.wait_for(lambda: self._closed or self._items)
            try:
                async with asyncio.timeout(within_s):
                    await self._changed.wait_for(
                        lambda: self._closed or len(self._items) >= at_most
                    )
            except TimeoutError:
                pass
            taken = [self._items.popleft() for _ in range(min(at_most, len(self._items)))]
            self._changed.notify_all()
            return taken

    async def close(self) -> None:
        """Shut the mouth; what waits is still given out."""
        async with self._changed:
            self._closed = True
            self._changed.notify_all()
