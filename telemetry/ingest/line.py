"""One connection to a broker: bytes to answers, and a ping where there is nothing to say."""

import asyncio
from typing import Protocol

from telemetry.ingest.mqtt import ask
from telemetry.ingest.mqtt.answers import Answer, Answers
from telemetry.ingest.mqtt.packets import Malformed

KEEP_ALIVE_S = 30


class Listener(Protocol):
    """Who hears what the broker says."""

    def heard(self, answer: Answer) -> None:
        """A packet, in the order of arrival."""

    def lost(self) -> None:
        """The connection is over; called once."""


class Line(asyncio.Protocol):
    """Says hello when it is open; nothing is read while it is held."""

    def __init__(self, hello: bytes, listener: Listener) -> None:
        self._hello = hello
        self._listener = listener
        self._answers = Answers()
        self._held = False
        self._transport: asyncio.Transport | None = None
        self.heard_at = asyncio.get_running_loop().time()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.send(self._hello)

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed."""
        self._transport = None
        self._listener.lost()

    def data_received(self, data: bytes) -> None:
        """Bytes of the broker."""
        self.heard_at = asyncio.get_running_loop().time()
        self._answers.feed(data)
        self._work()

    def _work(self) -> None:
        try:
            while not self._held and self._transport is not None:
                answer = self._answers.take()
                if answer is None:
                    return
                self._listener.heard(answer)
        except Malformed:
            self.abort()

    @property
    def is_open(self) -> bool:
        """Whether anything can still be said."""
        return self._transport is not None and not self._transport.is_closing()

    def send(self, data: bytes) -> None:
        """Say this, if anybody listens."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def tick(self) -> None:
        """Call it every second or so: ask a silent broker whether it lives, and give it up."""
        silent_s = asyncio.get_running_loop().time() - self.heard_at
        if self._held or silent_s > KEEP_ALIVE_S / 2:
            self.send(ask.PINGREQ)
        if not self._held and silent_s > KEEP_ALIVE_S * 1.5:
            self.abort()

    def hold(self) -> None:
        """Read nothing more until go_on."""
        self._held = True
        if self.is_open and self._transport is not None:
            self._transport.pause_reading()

    def go_on(self) -> None:
        """Read again."""
        if not self._held:
            return
        self._held = False
        self.heard_at = asyncio.get_running_loop().time()
        if self.is_open and self._transport is not None:
            self._transport.resume_reading()
            asyncio.get_running_loop().call_soon(self._work)

    def close(self) -> None:
        """Send what is to be sent, and hang up."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Hang up at once."""
        if self._transport is not None:
            self._transport.abort()
