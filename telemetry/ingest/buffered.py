"""A socket for paho that asks the kernel once for many packets.

paho reads a packet by three system calls and writes each acknowledgement by one of its own: at
40,000 messages a second half of what the messages themselves cost.
"""

import socket
import ssl
from typing import cast

import paho.mqtt.client as paho

READ_BYTES = 64 * 1024
UNSENT_BYTES = 64 * 1024
"""When so many wait to be sent, paho has to wait too."""


class Buffered:
    """What paho wants of a socket; not blocking once it is connected.

    What it is given to send goes with flush. It is paho's in one thread while it connects, and
    then ours.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._came = b""
        self._at = 0
        self._unsent = bytearray()
        self.is_broken = False

    @property
    def has_more(self) -> bool:
        """Whether there is something to read of which the kernel knows nothing any more."""
        return self._at < len(self._came) or (
            isinstance(self._socket, ssl.SSLSocket) and self._socket.pending() > 0
        )

    @property
    def has_unsent(self) -> bool:
        """Whether flush has something to do."""
        return bool(self._unsent)

    def recv(self, buffer_size: int) -> bytes:
        """At most so many bytes; none at the end. Raises as a socket does."""
        if self.is_broken:
            return b""
        if self._at == len(self._came):
            self._came, self._at = self._socket.recv(READ_BYTES), 0
        begin = self._at
        self._at = min(begin + buffer_size, len(self._came))
        return self._came[begin : self._at]

    def send(self, buffer: bytes | bytearray) -> int:
        """Keep all of it for flush; a BlockingIOError where too much is kept already."""
        if len(self._unsent) >= UNSENT_BYTES:
            raise BlockingIOError
        self.put(buffer)
        return len(buffer)

    def put(self, packet: bytes | bytearray) -> None:
        """Keep a packet for flush, however much is kept."""
        self._unsent += packet

    def flush(self) -> None:
        """Send what the kernel takes; where the connection is gone, that is read next."""
        try:
            while self._unsent:
                del self._unsent[: self._socket.send(self._unsent)]
        except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            pass
        except OSError:
            self.is_broken = True
            self._unsent.clear()
            self._came, self._at = b"", 0

    def setblocking(self, flag: bool) -> None:
        """As a socket's."""
        self._socket.setblocking(flag)

    def fileno(self) -> int:
        """As a socket's: negative when it is closed."""
        return self._socket.fileno()

    def close(self) -> None:
        """Send what can still be sent, and close."""
        self.flush()
        self._socket.close()


class Client(paho.Client):
    """paho's, over a socket of ours, without what it does for each message and nobody asked for.

    It looks for callbacks of single topics and formats lines of a log: a seventh of our time.
    """

    def _create_socket(self) -> Buffered:
        return Buffered(cast("socket.socket", super()._create_socket()))

    def _handle_on_message(self, message: paho.MQTTMessage) -> None:
        assert self.on_message is not None
        self.on_message(self, None, message)

    def _easy_log(self, level: int, fmt: str, *args: object) -> None:
        """Nobody reads it."""
