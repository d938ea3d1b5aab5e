"""What a broker delivers on one connection, and the acknowledgements that go back on it."""

from collections.abc import Callable

from dispatch.kernel.clock import ProductClock
from dispatch.kernel.log import get_logger
from telemetry.ingest.intake import Intake, Received
from telemetry.ingest.line import Line
from telemetry.ingest.mqtt import ask, encode
from telemetry.ingest.mqtt.answers import Answer, Connack, Suback
from telemetry.ingest.mqtt.packets import V311, Publish
from telemetry.wire import MAX_PAYLOAD_BYTES, BadTopic, Channel, Topic, parse_topic

log = get_logger("telemetry.ingest")

REMEMBERED = 100_000
"""Topics; each device publishes on a few."""


class Topics:
    """Topics as parsed; the same few come again and again."""

    def __init__(self) -> None:
        self._known: dict[bytes, Topic | None] = {}

    def parse(self, raw: bytes) -> Topic | None:
        """The topic; None where it is none of ours."""
        if raw not in self._known:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            try:
                self._known[raw] = parse_topic(raw.decode())
            except (BadTopic, UnicodeDecodeError):
                self._known[raw] = None
        return self._known[raw]


class Subscription:
    """Subscribes once the broker lets us in; ends with its connection.

    A broker delivers what was not acknowledged again on the next connection. So what was
    received on this one is acknowledged on this one or not at all.
    """

    def __init__(
        self,
        wanted: str,
        topics: Topics,
        intake: Intake,
        clock: ProductClock,
        *,
        subscribed: Callable[[], None],
        lost: Callable[[], None],
    ) -> None:
        self._wanted = wanted
        self._topics = topics
        self._intake = intake
        self._clock = clock
        self._subscribed = subscribed
        self._lost = lost
        self._out: list[bytes] = []
        self.line: Line | None = None
        self.granted = False

    def heard(self, answer: Answer) -> None:
        """A packet of the broker."""
        if isinstance(answer, Publish):
            self._intake.offer(self._received(answer))
            if self._intake.full and self.line is not None:
                self.line.hold()
        elif isinstance(answer, Connack):
            self._connected(answer)
        elif isinstance(answer, Suback):
            self._answered(answer)

    def _connected(self, answer: Connack) -> None:
        if self.line is None:
            return
        if answer.code:
            log.warning("broker refuses us", code=answer.code)
            self.line.close()
        else:
            self.line.send(ask.subscribe(1, self._wanted))

    def _answered(self, answer: Suback) -> None:
        if max(answer.codes) >= 0x80:
            log.error("broker refuses the subscription", filter=self._wanted)
            if self.line is not None:
                self.line.close()
            return
        if answer.codes[0] == 0:
            log.error("broker grants quality 0 only: what it loses is lost", filter=self._wanted)
        self.granted = True
        log.info("subscribed", filter=self._wanted)
        self._subscribed()

    def lost(self) -> None:
        """The connection is over."""
        self._out.clear()
        self._lost()

    def _received(self, publish: Publish) -> Received:
        topic = self._topics.parse(publish.topic)
        item = Received(
            source=self,
            device=topic.device if topic else UNKNOWN.device,
            device_id=None,
            topic=topic or UNKNOWN,
            payload=publish.payload[:MAX_PAYLOAD_BYTES],
            size=publish.size,
            received_at=self._clock.now(),
            qos=publish.qos,
            packet_id=publish.packet_id,
        )
        if topic is None:
            item.refusal = "foreign-topic"
            item.refused_topic = publish.topic.decode("utf-8", "replace")
        return item

    def settle(self, item: Received) -> None:
        """Committed: its acknowledgement goes out with flush."""
        if item.qos:
            self._out.append(encode.puback(V311, item.packet_id))

    def flush(self) -> None:
        """Send the acknowledgements of a batch."""
        if self._out and self.line is not None:
            self.line.send(b"".join(self._out))
        self._out.clear()


UNKNOWN = Topic("unknown", Channel.STATUS)
