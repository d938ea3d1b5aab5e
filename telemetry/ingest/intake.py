"""Between the mouths and the writer: what was received and is not stored yet.

The memory of a process that waits for its database is bounded here: sources look at `full`
after each offer and stop reading; `relief` tells them when to go on.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from telemetry.wire import Topic

OVERHEAD_BYTES = 600
"""What an object in the queue costs besides its payload, roughly."""


class Source(Protocol):
    """Where messages come from: a connection of the door, or the client of a broker."""

    def settle(self, item: "Received") -> None:
        """The item is committed: acknowledge it, at the latest in flush."""

    def flush(self) -> None:
        """The batch is over: send what settle has put together."""


@dataclass(slots=True, eq=False)
class Received:
    """A message that must be stored, and then acknowledged to its source.

    device_id is None where the writer has to find out whose name it is (a broker's messages).
    refusal says why a publish is not stored, only recorded. A will says that a device is lost.
    """

    source: Source
    device: str
    device_id: int | None
    topic: Topic
    payload: bytes
    size: int
    received_at: datetime
    qos: int = 0
    packet_id: int = 0
    refusal: str | None = None
    refused_topic: str | None = None
    is_will: bool = False


class Intake:
    """Items in order of arrival; many offer, one takes. Full, it asks the sources to wait."""

    def __init__(self, at_most_bytes: int = 32 * 1024 * 1024) -> None:
        self._items: deque[Received] = deque()
        self._at_most_bytes = at_most_bytes
        self._held_bytes = 0
        self._closed = False
        self._changed = asyncio.Event()
        self._relief: list[Callable[[], None]] = []
        self._enough = 1

    def __len__(self) -> int:
        """How many wait for the writer."""
        return len(self._items)

    @property
    def full(self) -> bool:
        """Whether sources must stop reading; counts what the writer has in hand."""
        return self._held_bytes >= self._at_most_bytes

    @property
    def closed(self) -> bool:
        """Whether nothing more is taken."""
        return self._closed

    def on_relief(self, act: Callable[[], None]) -> None:
        """Call this whenever a batch is done."""
        self._relief.append(act)

    def offer(self, item: Received) -> None:
        """Append; the source looks at full afterwards. Closed: dropped, never acknowledged."""
        if self._closed:
            return
        self._items.append(item)
        self._held_bytes += len(item.payload) + OVERHEAD_BYTES
        if len(self._items) >= self._enough:
            self._changed.set()

    async def take(self, at_most: int, at_most_bytes: int, within_s: float) -> list[Received]:
        """Wait without limit for the first item, then up to within_s for more.

        Returns:
            1..at_most items of about at_most_bytes together, oldest first; nothing only when
            closed and drained.
        """
        await self._wait_for(1)
        if not self._closed and len(self._items) < at_most:
            try:
                async with asyncio.timeout(within_s):
                    await self._wait_for(at_most)
            except TimeoutError:
                pass
        taken: list[Received] = []
        size = 0
        while self._items and len(taken) < at_most and size < at_most_bytes:
            taken.append(self._items.popleft())
            size += len(taken[-1].payload)
        return taken

    async def _wait_for(self, count: int) -> None:
        self._enough = count
        while len(self._items) < count and not self._closed:
            self._changed.clear()
            await self._changed.wait()

    def done(self, batch: Sequence[Received]) -> None:
        """The batch is committed: acknowledge all of it, in order, and go on reading."""
        for item in batch:
            item.source.settle(item)
            self._held_bytes -= len(item.payload) + OVERHEAD_BYTES
        for source in {id(item.source): item.source for item in batch}.values():
            source.flush()
        for act in self._relief:
            act()

    def close(self) -> None:
        """Shut the mouth; what waits is still given out."""
        self._closed = True
        self._changed.set()
