"""A socket that can be paused for several reasons at once, and hung up politely or not."""

import asyncio
from abc import abstractmethod


class Peer(asyncio.BufferedProtocol):
    """Bytes are not read while any reason to pause stands: admission, window, budget, pace, output.

    Deaf, it handles nothing more of what it reads.
    """

    def __init__(self) -> None:
        self._pauses: set[str] = set()
        self._deaf = False
        self.transport: asyncio.Transport | None = None
        self.heard_at = asyncio.get_running_loop().time()
        self.closed_at: float | None = None

    @abstractmethod
    def work(self) -> None:
        """Handle what was read, as far as nothing is paused."""

    @property
    def address(self) -> str:
        """The peer's address, for the list of refused devices."""
        peer = self.transport.get_extra_info("peername") if self.transport else None
        return str(peer[0]) if peer else "?"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open; nothing was said yet."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.heard_at = asyncio.get_running_loop().time()

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed."""
        self._deaf = True
        self.transport = None

    def pause_writing(self) -> None:
        """The peer does not read what we send: then neither do we."""
        self.pause("output")

    def resume_writing(self) -> None:
        """The peer reads again."""
        self.go_on("output")

    @property
    def is_paused_by_us(self) -> bool:
        """Whether we do not read for a reason of ours; that it does not read is its own fault."""
        return bool(self._pauses - {"output"})

    def send(self, data: bytes) -> None:
        """Say this, if it can still be said."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)

    def pause(self, why: str) -> None:
        """Read nothing more until this reason is gone."""
        self._pauses.add(why)
        if self.transport is not None and not self.transport.is_closing():
            self.transport.pause_reading()

    def go_on(self, why: str) -> None:
        """A reason to pause is gone."""
        if why not in self._pauses:
            return
        self._pauses.discard(why)
        if self._pauses or self.transport is None or self.transport.is_closing():
            return
        self.heard_at = asyncio.get_running_loop().time()
        self.transport.resume_reading()
        asyncio.get_running_loop().call_soon(self.work)

    def hold(self) -> None:
        """Read nothing more; what was received may still be acknowledged."""
        self._deaf = True
        self.pause("shut")

    def hang_up(self) -> None:
        """Close once everything is said."""
        self._deaf = True
        self.closed_at = self.closed_at or asyncio.get_running_loop().time()
        if self.transport is not None:
            self.transport.close()

    def abort(self) -> None:
        """Close at once, whatever is unsent."""
        self._deaf = True
        if self.transport is not None:
            self.transport.abort()
