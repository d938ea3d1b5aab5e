"""A conversation with a broker, for asking what it does: connect, subscribe, publish, listen."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from telemetry.ingest.broker_url import BrokerUrl
from telemetry.ingest.line import KEEP_ALIVE_S, Line
from telemetry.ingest.mqtt import ask, encode
from telemetry.ingest.mqtt.answers import Answer, Connack, Puback, Suback
from telemetry.ingest.mqtt.packets import V311, Publish

ANSWER_WITHIN_S = 10.0
IN_FLIGHT = 100


class NoAnswer(Exception):
    """The broker cannot be reached, hangs up, or says nothing within ten seconds."""


class NotLetIn(NoAnswer):
    """The broker refuses the connection."""


class Talk:
    """One connection; came holds what was delivered, oldest first."""

    def __init__(self, *, acknowledging: bool) -> None:
        self.line: Line | None = None
        self.came: list[Publish] = []
        self._acknowledging = acknowledging
        self._connack: Connack | None = None
        self._suback: Suback | None = None
        self._acked: set[int] = set()
        self._next_id = 1
        self._changed = asyncio.Event()
        self._over = False

    def heard(self, answer: Answer) -> None:
        """A packet of the broker."""
        if isinstance(answer, Publish):
            self.came.append(answer)
            if self._acknowledging and answer.qos and self.line is not None:
                self.line.send(encode.puback(V311, answer.packet_id))
        elif isinstance(answer, Connack):
            self._connack = answer
        elif isinstance(answer, Suback):
            self._suback = answer
        elif isinstance(answer, Puback):
            self._acked.add(answer.packet_id)
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

    async def admitted(self) -> None:
        """Wait until the broker lets us in.

        Raises:
            NotLetIn: it does not.
            NoAnswer: it says nothing.
        """
        if not await self.until(lambda: self._connack is not None) or self._connack is None:
            raise NoAnswer("no answer to CONNECT")
        if self._connack.code:
            raise NotLetIn(f"refused with code {self._connack.code}")

    async def subscribe(self, wanted: str) -> bool:
        """Subscribe with quality 1; whether it was granted."""
        self._suback = None
        self._say(ask.subscribe(self._id(), wanted))
        if not await self.until(lambda: self._suback is not None) or self._suback is None:
            raise NoAnswer("no answer to SUBSCRIBE")
        return self._suback.codes[0] == 1

    async def publish(self, topic: str, count: int = 1, *, retain: bool = False) -> int:
        """Publish numbered messages with quality 1, a hundred in flight; how many were taken."""
        sent: list[int] = []
        before = len(self._acked)
        for number in range(count):
            sent.append(self._id())
            self._say(ask.publish(topic, str(number).encode(), sent[-1], retain=retain))
            flying = len(sent) - IN_FLIGHT + before
            if not await self.until(partial(self._has_taken, flying)):
                break
        await self.until(lambda: self._acked.issuperset(sent))
        return len(self._acked) - before

    def _has_taken(self, count: int) -> bool:
        return len(self._acked) >= count

    def forget_retained(self, topic: str) -> None:
        """Take a retained message off the broker again."""
        self._say(ask.publish(topic, b"", self._id(), retain=True))

    def _id(self) -> int:
        self._next_id = self._next_id % 65_535 + 1
        return self._next_id

    def _say(self, data: bytes) -> None:
        if self.line is not None:
            self.line.send(data)


@asynccontextmanager
async def talk(
    where: BrokerUrl, client_id: str, *, clean: bool = True, acknowledging: bool = True
) -> AsyncIterator[Talk]:
    """A conversation for the length of a block; the broker knows us by where.username.

    Raises:
        NoAnswer: see there.
    """
    hello = ask.connect(
        client_id,
        clean=clean,
        keep_alive_s=KEEP_ALIVE_S,
        username=where.username,
        password=where.password,
    )
    said = Talk(acknowledging=acknowledging)
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            _, said.line = await asyncio.get_running_loop().create_connection(
                partial(Line, hello, said), where.host, where.port, ssl=where.tls
            )
    except (OSError, TimeoutError) as error:
        raise NoAnswer(str(error) or type(error).__name__) from error
    try:
        await said.admitted()
        yield said
    finally:
        said.line.send(ask.DISCONNECT)
        said.line.close()
        await said.until(lambda: said.line is not None and not said.line.is_open, 1.0)
