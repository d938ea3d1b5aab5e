"""What a connection needs of the door it came through."""

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from telemetry.ingest.intake import Received
from telemetry.ingest.mqtt.packets import Connect

if TYPE_CHECKING:
    from telemetry.ingest.connection import Connection


class Hall(Protocol):
    """The door, as its connections see it.

    Attributes:
        buffer: what was read last, until the next is read.
    """

    buffer: memoryview

    def arrived(self, connection: "Connection") -> bool:
        """The socket is open; False: there are too many of whom nobody knows who they are."""

    def knock(self, connection: "Connection", connect: Connect) -> None:
        """Decide about a CONNECT, and call enter or refuse later."""

    def receive(self, connection: "Connection", item: Received) -> bool:
        """Take a message; False: stop reading until go_on is called."""

    def left(self, connection: "Connection") -> None:
        """The socket is closed."""

    def now(self) -> datetime:
        """Product time."""
