"""One socket of the door: packets in, items to the intake, acknowledgements out in order."""

import asyncio
from typing import Protocol

from telemetry.devices import Credential
from telemetry.ingest.intake import Received
from telemetry.ingest.manners import is_overdue
from telemetry.ingest.mqtt import encode
from telemetry.ingest.mqtt.bodies import UnsupportedVersion
from telemetry.ingest.mqtt.decoder import Decoder
from telemetry.ingest.mqtt.packets import (
    V5,
    V311,
    Connect,
    Disconnect,
    Malformed,
    Packet,
    Ping,
    Publish,
    Release,
    Subscribe,
    Unsubscribe,
)
from telemetry.ingest.prefix import Prefix
from telemetry.wire import MAX_PAYLOAD_BYTES, Channel, Topic

WINDOW = 100
"""Receive Maximum: so many unacknowledged messages a client of MQTT 5 may send."""
HARD_WINDOW = 1_000
HARD_WINDOW_BYTES = 1024 * 1024
"""Reading goes on past the window, so that pings are answered, and stops here."""
KEPT_BYTES = MAX_PAYLOAD_BYTES + 1
"""Of a payload that is too large; enough for quarantine."""


class Hall(Protocol):
    """What a connection needs of the door it came through."""

    def arrived(self, connection: "Connection") -> None:
        """The socket is open."""

    def knock(self, connection: "Connection", connect: Connect) -> None:
        """Decide about a CONNECT, and call enter or refuse later."""

    def receive(self, connection: "Connection", item: Received) -> bool:
        """Take a message; False: stop reading until go_on is called."""

    def left(self, connection: "Connection") -> None:
        """The socket is closed."""

    def stamp(self, connection: "Connection", topic: Topic) -> Received:
        """An empty message of now."""


class Connection(asyncio.Protocol):
    """From CONNECT to the last acknowledgement.

    Bytes are not read while any reason to pause stands: admission, window, budget, output.
    """

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._decoder = Decoder()
        self._out: list[bytes] = []
        self._pauses: set[str] = set()
        self._pending = 0
        self._pending_bytes = 0
        self._deaf = False
        self.transport: asyncio.Transport | None = None
        self.heard_at = asyncio.get_running_loop().time()
        self.closed_at: float | None = None
        self.version = V311
        self.credential: Credential | None = None
        self.prefix: Prefix | None = None
        self.connect: Connect | None = None
        self.client_id = ""
        self.with_will = True
        self.session_s: int | None = 0

    @property
    def address(self) -> str:
        """The peer's address, for the list of refused devices."""
        peer = self.transport.get_extra_info("peername") if self.transport else None
        return str(peer[0]) if peer else "?"

    def is_overdue(self, now: float) -> bool:
        """Whether the peer is silent for too long, and not because we do not read; loop time.

        That we do not read since it does not read either is its own fault.
        """
        ours = self._pauses - {"output"}
        return not ours and is_overdue(self.connect, now - self.heard_at)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open; nothing was said yet."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._hall.arrived(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed; what was received still commits."""
        self._deaf = True
        self.transport = None
        self._hall.left(self)

    def pause_writing(self) -> None:
        """The peer does not read what we send: then neither do we."""
        self._pause("output")

    def resume_writing(self) -> None:
        """The peer reads again."""
        self.go_on("output")

    def data_received(self, data: bytes) -> None:
        """Bytes from the peer; until it has said CONNECT, they win it no time."""
        if self.connect is not None:
            self.heard_at = asyncio.get_running_loop().time()
        self._decoder.feed(data)
        self._work()

    def _work(self) -> None:
        try:
            while not self._deaf and not self._pauses:
                packet = self._decoder.take()
                if packet is None:
                    return
                self._handle(packet)
        except UnsupportedVersion:
            self.refuse(encode.BAD_VERSION)
        except Malformed as error:
            self.close(error.code)

    def _handle(self, packet: Packet) -> None:
        match packet:
            case Publish():
                self._publish(packet)
            case Ping():
                self._send(encode.PINGRESP)
            case Connect():
                self.version, self.connect = packet.version, packet
                self._pause("admission")
                self._hall.knock(self, packet)
            case Release():
                self._send(encode.pubcomp(self.version, packet.packet_id))
            case Subscribe():
                codes = [self._granted(*one) for one in packet.filters]
                self._send(encode.suback(self.version, packet.packet_id, codes))
            case Unsubscribe():
                self._send(encode.unsuback(self.version, packet.packet_id, packet.count))
            case Disconnect():
                self.with_will = packet.with_will
                if packet.session_s != -1:
                    self.session_s = packet.session_s
                self.close()

    def _granted(self, wanted: str, qos: int) -> int:
        return qos if self.prefix and self.prefix.covers(wanted) else encode.NOT_AUTHORIZED

    def _publish(self, packet: Publish) -> None:
        topic = self.prefix.topic(packet.topic) if self.prefix else None
        item = self._hall.stamp(self, topic or UNKNOWN)
        item.qos, item.packet_id = packet.qos, packet.packet_id
        if topic is None:
            item.refusal = "foreign-topic"
            item.refused_topic = packet.topic.decode("utf-8", "replace")
            self._deaf = self.version != V5  # MQTT 3.1.1 has no word for it: recorded, then closed
        else:
            item.payload, item.size = packet.payload[:KEPT_BYTES], packet.size
        self._pending += 1
        self._pending_bytes += len(item.payload)
        if not self._hall.receive(self, item):
            self._pause("budget")
        if self._pending >= HARD_WINDOW or self._pending_bytes >= HARD_WINDOW_BYTES:
            self._pause("window")

    def settle(self, item: Received) -> None:
        """An item of ours is committed; what is said about it goes out with flush."""
        self._pending -= 1
        self._pending_bytes -= len(item.payload)
        code = encode.NOT_AUTHORIZED if item.refusal is not None else 0
        if self.transport is None:
            return
        if code and self.version != V5:
            self.flush()
            self.close()
        elif item.qos == 1:
            self._out.append(encode.puback(self.version, item.packet_id, code))
        elif item.qos == 2:
            self._out.append(encode.pubrec(self.version, item.packet_id, code))

    def flush(self) -> None:
        """Send the acknowledgements of a batch, and read on if the window has room."""
        if self._out:
            self._send(b"".join(self._out))
            self._out.clear()
        if self._pending < HARD_WINDOW // 2 and self._pending_bytes < HARD_WINDOW_BYTES // 2:
            self.go_on("window")

    def enter(self, *, session_present: bool, assigned: str) -> None:
        """Admitted: say so, and handle what came meanwhile."""
        self._send(
            encode.connack(
                self.version,
                encode.ACCEPTED,
                session_present=session_present,
                receive_maximum=WINDOW,
                maximum_packet=HARD_WINDOW_BYTES,
                assigned_client_id=assigned,
            )
        )
        self.go_on("admission")

    def refuse(self, code: int) -> None:
        """Not admitted: say why, and close."""
        self._send(encode.connack(self.version, code))
        self.with_will = False
        self._hang_up()

    def close(self, code: int = 0) -> None:
        """Close; to a client of MQTT 5 that was admitted, with a reason."""
        if code and self.credential is not None:
            self._send(encode.disconnect(self.version, code))
        self._hang_up()

    def hold(self) -> None:
        """Read nothing more; what was received may still be acknowledged."""
        self._deaf = True
        self._pause("shut")

    def _hang_up(self) -> None:
        self._deaf = True
        self.closed_at = self.closed_at or asyncio.get_running_loop().time()
        if self.transport is not None:
            self.transport.close()

    def abort(self) -> None:
        """Close at once, whatever is unsent."""
        self._deaf = True
        if self.transport is not None:
            self.transport.abort()

    def _send(self, data: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)

    def _pause(self, why: str) -> None:
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
        asyncio.get_running_loop().call_soon(self._work)


UNKNOWN = Topic("unknown", Channel.STATUS)
