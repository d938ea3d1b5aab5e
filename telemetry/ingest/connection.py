"""One socket of the door: packets in, items to the intake, acknowledgements out in order."""

import asyncio
from datetime import UTC, datetime

from telemetry.devices import Credential
from telemetry.ingest.hall import Hall
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
from telemetry.ingest.pace import Bucket
from telemetry.ingest.peer import Peer
from telemetry.ingest.prefix import Prefix
from telemetry.wire import MAX_PAYLOAD_BYTES, Channel, Topic

WINDOW = 100
"""Receive Maximum: so many unacknowledged messages a client of MQTT 5 may send."""
HARD_WINDOW = 1_000
HARD_WINDOW_BYTES = 1024 * 1024
"""Reading goes on past the window, so that pings are answered, and stops here."""
NOT_YET = datetime.min.replace(tzinfo=UTC)
KEPT_BYTES = MAX_PAYLOAD_BYTES + 1
"""Of a payload that is too large; enough for quarantine."""
KEPT_OF_TOPIC = 1_000
"""Of one that is refused, in bytes."""


class Connection(Peer):
    """From CONNECT to the last acknowledgement."""

    def __init__(self, hall: Hall) -> None:
        super().__init__()
        self._hall = hall
        self._decoder = Decoder()
        self._out: list[bytes] = []
        self._pending = 0
        self._pending_bytes = 0
        self._read_at = NOT_YET
        self.version = V311
        self.credential: Credential | None = None
        self.token_digest = b""
        self.prefix: Prefix | None = None
        self.bucket: Bucket | None = None
        self.connect: Connect | None = None
        self.client_id = ""
        self.with_will = True
        self.session_s: int | None = 0

    @property
    def device_id(self) -> int:
        """Whose it is, once that is known."""
        assert self.credential is not None
        return self.credential.id

    def is_overdue(self, now: float) -> bool:
        """Whether the peer is silent for too long, and not because we do not read; loop time."""
        return not self.is_paused_by_us and is_overdue(self.connect, now - self.heard_at)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open, unless too many are."""
        super().connection_made(transport)
        if not self._hall.arrived(self):
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed; what was received still commits."""
        super().connection_lost(exc)
        self._hall.left(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the next bytes go: one place for all connections, since they are fed at once."""
        return self._hall.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes from the peer; until it has said CONNECT, they win it no time."""
        if self.connect is not None:
            self.heard_at = asyncio.get_running_loop().time()
        self._decoder.feed(self._hall.buffer[:nbytes])
        self._spend(nbytes, packets=0)
        self.work()

    def work(self) -> None:
        """Handle what was read; see Peer."""
        self._read_at = self._hall.now()
        try:
            while not self._deaf and not self._pauses:
                packet = self._decoder.take()
                if packet is None:
                    return
                self._handle(packet)
                self._spend(0, packets=1)
        except UnsupportedVersion:
            self.refuse(encode.BAD_VERSION)
        except Malformed as error:
            self.close(error.code)

    def _handle(self, packet: Packet) -> None:
        match packet:
            case Publish():
                self._publish(packet)
            case Ping():
                self.send(encode.PINGRESP)
            case Connect():
                self.version, self.connect = packet.version, packet
                self.pause("admission")
                self._hall.knock(self, packet)
            case Release():
                self.send(encode.pubcomp(self.version, packet.packet_id))
            case Subscribe():
                codes = [self._granted(*one) for one in packet.filters]
                self.send(encode.suback(self.version, packet.packet_id, codes))
            case Unsubscribe():
                self.send(encode.unsuback(self.version, packet.packet_id, packet.count))
            case Disconnect():
                self.with_will = packet.with_will
                if packet.session_s != -1:
                    self.session_s = packet.session_s
                self.close()

    def _granted(self, wanted: str, qos: int) -> int:
        return qos if self.prefix and self.prefix.covers(wanted) else encode.NOT_AUTHORIZED

    def _publish(self, packet: Publish) -> None:
        topic = self.prefix.topic(packet.topic) if self.prefix else None
        item = self.stamp(topic or UNKNOWN, self._read_at)
        item.qos, item.packet_id = packet.qos, packet.packet_id
        if topic is None:
            item.refusal = "foreign-topic"
            item.refused_topic = packet.topic[:KEPT_OF_TOPIC].decode("utf-8", "replace")
            self._deaf = self.version != V5  # MQTT 3.1.1 has no word for it: recorded, then closed
        else:
            item.payload, item.size = packet.payload[:KEPT_BYTES], packet.size
        self._pending += 1
        self._pending_bytes += len(item.payload)
        if not self._hall.receive(self, item):
            self.pause("budget")
        if self._pending >= HARD_WINDOW or self._pending_bytes >= HARD_WINDOW_BYTES:
            self.pause("window")

    def stamp(self, topic: Topic, received_at: datetime) -> Received:
        """An empty message."""
        held = self.credential
        name, device_id = (held.name, held.id) if held else ("?", None)
        return Received(self, name, device_id, topic, b"", 0, received_at)

    def _spend(self, size: int, packets: int) -> None:
        if self.bucket is None or self.bucket.spend(size, packets):
            return
        loop = asyncio.get_running_loop()
        wait_s = self.bucket.wait_s(loop.time())
        if wait_s > 0:
            self.pause("pace")
            loop.call_later(wait_s, self.go_on, "pace")

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
            self.send(b"".join(self._out))
            self._out.clear()
        if self._pending < HARD_WINDOW // 2 and self._pending_bytes < HARD_WINDOW_BYTES // 2:
            self.go_on("window")

    def enter(self, *, session_present: bool, assigned: str) -> None:
        """Admitted: say so, and handle what came meanwhile."""
        self.send(
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
        self.send(encode.connack(self.version, code))
        self.with_will = False
        self.hang_up()

    def close(self, code: int = 0) -> None:
        """Close; to a client of MQTT 5 that was admitted, with a reason."""
        if code and self.credential is not None:
            self.send(encode.disconnect(self.version, code))
        self.hang_up()


UNKNOWN = Topic("unknown", Channel.STATUS)
