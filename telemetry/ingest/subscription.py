"""What a broker delivers on one connection, and the acknowledgements that go back on it."""

import time
from collections.abc import Callable
from datetime import datetime

import paho.mqtt.client as paho

from dispatch.kernel.clock import ProductClock
from dispatch.kernel.log import get_logger
from telemetry.ingest.intake import Intake, Received
from telemetry.ingest.line import AT_ONCE, Line
from telemetry.wire import LONGEST_TOPIC, MAX_PAYLOAD_BYTES, BadTopic, Channel, Topic, parse_topic

log = get_logger("telemetry.ingest")

AHEAD = 2_000
A_FEW = 10
"""So many are read in a turn where two batches wait already: the writer, which waits for the
database half a dozen times a batch, has the more turns."""
STAMP_S = 0.001
REMEMBERED = 100_000
"""Topics; each device publishes on a few."""
KEPT_OF_TOPIC = 1_000
"""Of one that is refused."""


class Topics:
    """Topics as parsed; the same few come again and again."""

    def __init__(self) -> None:
        self._known: dict[str, Topic | None] = {}

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._known)

    def parse(self, said: str) -> Topic | None:
        """The topic; None where it is none of ours."""
        if len(said) > LONGEST_TOPIC:
            return None
        if said not in self._known:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            try:
                self._known[said] = parse_topic(said)
            except BadTopic:
                self._known[said] = None
        return self._known[said]


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
        self.line: Line | None = None
        self.is_granted = False
        self._stamp, self._stamped_at_s = clock.now(), time.monotonic()

    def admitted(self) -> None:
        """The broker lets us in."""
        if self.line is not None:
            self.line.subscribe(self._wanted)

    def refused(self, why: str) -> None:
        """The broker does not let us in."""
        log.warning("broker refuses us", reason=why)

    def granted(self, qos: int) -> None:
        """The answer to our subscription."""
        if qos >= REFUSED:
            log.error("broker refuses the subscription", filter=self._wanted)
            if self.line is not None:
                self.line.close()
            return
        if qos == 0:
            log.error("broker grants quality 0 only: what it loses is lost", filter=self._wanted)
        self.is_granted = True
        log.info("subscribed", filter=self._wanted)
        self._subscribed()

    def came(self, message: paho.MQTTMessage) -> None:
        """A message of a device."""
        self._intake.offer(self._received(message))
        if self.line is not None:
            self.line.at_once = AT_ONCE if len(self._intake) < AHEAD else A_FEW
            if self._intake.full:
                self.line.hold()

    def taken(self, mid: int) -> None:
        """Nothing: we publish nothing."""

    def lost(self) -> None:
        """The connection is over."""
        self._lost()

    def _received(self, message: paho.MQTTMessage) -> Received:
        try:
            said = message.topic
        except UnicodeDecodeError:
            said = NOT_TEXT
        topic = self._topics.parse(said)
        item = Received(
            source=self,
            device=topic.device if topic else UNKNOWN.device,
            device_id=None,
            topic=topic or UNKNOWN,
            payload=bytes(message.payload[:MAX_PAYLOAD_BYTES]),
            size=len(message.payload),
            received_at=self._now(),
            qos=message.qos,
            packet_id=message.mid,
        )
        if topic is None:
            item.refusal, item.refused_topic = "foreign-topic", said[:KEPT_OF_TOPIC]
        return item

    def _now(self) -> datetime:
        """Product time, to the millisecond."""
        at_s = time.monotonic()
        if at_s >= self._stamped_at_s + STAMP_S:
            self._stamped_at_s, self._stamp = at_s, self._clock.now()
        return self._stamp

    def settle(self, item: Received) -> None:
        """Committed: acknowledge it."""
        if item.qos and self.line is not None:
            self.line.ack(item.packet_id, item.qos)

    def flush(self) -> None:
        """Nothing: the line writes as soon as its socket takes it."""


REFUSED = 0x80
NOT_TEXT = "\N{REPLACEMENT CHARACTER}"
UNKNOWN = Topic("unknown", Channel.STATUS)
