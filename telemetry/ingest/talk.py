"""A conversation with a broker, for asking what it does: connect, subscribe, publish, listen."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import paho.mqtt.client as paho

from telemetry.ingest.broker_url import BrokerUrl
from telemetry.ingest.line import Line

ANSWER_WITHIN_S = 10.0


class NoAnswer(Exception):
    """The broker cannot be reached, hangs up, or says nothing within ten seconds."""


class NotLetIn(NoAnswer):
    """The broker refuses the connection."""


class Talk:
    """One connection; came_in holds what was delivered, oldest first."""

    def __init__(self, *, acknowledging: bool) -> None:
        self.line: Line | None = None
        self.came_in: list[paho.MQTTMessage] = []
        self._acknowledging = acknowledging
        self._answer: str | None = None  # to CONNECT; empty: we are let in
        self._quality: int | None = None  # the answer to SUBSCRIBE
        self._acked: set[int] = set()
        self._changed = asyncio.Event()
        self._over = False

    def admitted(self) -> None:
        """The broker lets us in."""
        self._answer = ""
        self._changed.set()

    def refused(self, why: str) -> None:
        """The broker does not let us in."""
        self._answer = why
        self._changed.set()

    def granted(self, qos: int) -> None:
        """The answer to SUBSCRIBE."""
        self._quality = qos
        self._changed.set()

    def came(self, message: paho.MQTTMessage) -> None:
        """A message."""
        self.came_in.append(message)
        if self._acknowledging and self.line is not None:
            self.line.ack(message.mid, message.qos)
        self._changed.set()

    def taken(self, mid: int) -> None:
        """A publish of ours is the broker's now."""
        self._acked.add(mid)
        self._changed.set()

    def lost(self) -> None:
        """The connection is over."""
        self._over = True
        self._changed.set()

    async def until(self, true: Callable[[], bool], within_s: float = ANSWER_WITHIN_S) -> bool:
        """Wait for something that the broker has to say; whether it came in time."""
        try:
            async with asyncio.timeout(within_s):
                while not true():
                    if self._over:
                        return False
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    async def begin(self, line: Line) -> None:
        """Wait until the broker lets us in.

        Raises:
            NotLetIn: it does not.
            NoAnswer: it cannot be reached, or says nothing.
        """
        self.line = line
        try:
            await line.open()
        except OSError as error:
            raise NoAnswer(str(error) or type(error).__name__) from error
        await self.until(lambda: self._answer is not None)
        if self._answer is None:
            raise NoAnswer("no answer to CONNECT")
        if self._answer:
            raise NotLetIn(f"refused: {self._answer}")

    async def subscribe(self, wanted: str) -> bool:
        """Subscribe with quality 1; whether it was granted."""
        self._quality = None
        if self.line is not None:
            self.line.subscribe(wanted)
        await self.until(lambda: self._quality is not None)
        if self._quality is None:
            raise NoAnswer("no answer to SUBSCRIBE")
        return self._quality == 1

    async def publish(self, topic: str, count: int = 1, *, retain: bool = False) -> int:
        """Publish numbered messages with quality 1; how many were taken."""
        if self.line is None:
            return 0
        before = len(self._acked)
        for number in range(count):
            self.line.publish(topic, str(number).encode(), retain=retain)
        taken = 0
        while taken < count and await self.until(partial(self._has_taken, before + taken + 1)):
            taken = len(self._acked) - before
        return taken

    def _has_taken(self, count: int) -> bool:
        return len(self._acked) >= count

    def forget_retained(self, topic: str) -> None:
        """Take a retained message off the broker again."""
        if self.line is not None:
            self.line.publish(topic, b"", retain=True)


@asynccontextmanager
async def talk(
    where: BrokerUrl, client_id: str, *, clean: bool = True, acknowledging: bool = True
) -> AsyncIterator[Talk]:
    """A conversation for the length of a block; the broker knows us by where.username.

    Raises:
        NoAnswer: see there.
    """
    said = Talk(acknowledging=acknowledging)
    line = Line(where, client_id, said, clean=clean)
    try:
        await said.begin(line)
        yield said
    finally:
        line.close()
        await said.until(lambda: not line.is_open, 1.0)
        line.abort()
