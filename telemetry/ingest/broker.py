"""The other mouth: messages from an outside MQTT broker, acknowledged when they are committed.

paho does the protocol; its socket is driven by our event loop, so that its callbacks, our
acknowledgements and reconnects never race. Who publishes is the name in the topic: the
broker's access rules are trusted to have checked that.
"""

import asyncio
import ssl
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from dispatch.kernel.clock import ProductClock
from dispatch.kernel.errors import SetupError
from dispatch.kernel.log import get_logger
from telemetry.ingest.intake import Intake, Received
from telemetry.wire import MAX_PAYLOAD_BYTES, BadTopic, Channel, Topic, parse_topic

log = get_logger("telemetry.ingest")

FILTER = "gongche/v1/+/+"
SHARED_FILTER = f"$share/gongche/{FILTER}"
KEEP_ALIVE_S = 30
LONGEST_WAIT_S = 5.0
PORTS = {"mqtt": 1883, "mqtts": 8883}


class BadBrokerUrl(SetupError):
    """Not of the form mqtt://user:password@host:port or mqtts://..."""

    code = "bad-broker-url"


class Broker:
    """A persistent session at a broker; runs until cancelled, reconnects by itself."""

    def __init__(
        self,
        url: str,
        client_id: str,
        intake: Intake,
        clock: ProductClock,
        *,
        shared: bool,
        subscribed: Callable[[], None],
    ) -> None:
        self._intake = intake
        self._clock = clock
        self._filter = SHARED_FILTER if shared else FILTER
        self._subscribed = subscribed
        self._generation = 0
        self._reading: paho.SocketLike | None = None
        self._paused = self._over = False
        self._lost = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._host, self._port, self._client = self._prepare(url, client_id)
        intake.on_relief(self._relieve)

    def _prepare(self, url: str, client_id: str) -> tuple[str, int, paho.Client]:
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise BadBrokerUrl("expected mqtt://user:password@host:port or mqtts://...")
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=False,
            protocol=paho.MQTTv311,
            manual_ack=True,
        )
        if parts.username:
            client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
        if parts.scheme == "mqtts":
            client.tls_set_context(ssl.create_default_context())
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_socket_open = self._on_socket_open
        client.on_socket_close = self._on_socket_close
        client.on_socket_register_write = self._on_register_write
        client.on_socket_unregister_write = self._on_unregister_write
        return parts.hostname, parts.port or PORTS[parts.scheme], client

    async def run(self) -> None:
        """Connect, and again whenever the connection is lost."""
        wait_s = 0.1
        while True:
            self._lost.clear()
            try:
                await asyncio.to_thread(self._client.connect, self._host, self._port, KEEP_ALIVE_S)
            except OSError as error:
                log.warning("broker unreachable", error=str(error))
                self._lost.set()
            generation = self._generation
            while not self._lost.is_set():
                self._client.loop_misc()
                await self._wait_lost(1.0)
            wait_s = 0.1 if self._generation > generation else min(wait_s * 2, LONGEST_WAIT_S)
            await asyncio.sleep(wait_s)

    async def _wait_lost(self, within_s: float) -> None:
        try:
            async with asyncio.timeout(within_s):
                await self._lost.wait()
        except TimeoutError:
            pass

    def _on_socket_open(self, client: paho.Client, _data: object, sock: "paho.SocketLike") -> None:
        self._loop.call_soon_threadsafe(self._read_from, sock)

    def _read_from(self, sock: "paho.SocketLike") -> None:
        self._reading = sock
        if sock.fileno() >= 0 and not self._paused and not self._over:
            self._loop.add_reader(sock, self._read)

    def _read(self) -> None:
        self._client.loop_read()
        while isinstance(self._reading, ssl.SSLSocket) and self._reading.pending():
            self._client.loop_read()

    def _on_socket_close(self, client: paho.Client, _data: object, sock: "paho.SocketLike") -> None:
        self._reading = None
        if sock.fileno() >= 0:
            self._loop.remove_reader(sock)
            self._loop.remove_writer(sock)

    def _on_register_write(
        self, client: paho.Client, _data: object, sock: "paho.SocketLike"
    ) -> None:
        self._loop.call_soon_threadsafe(self._write_to, sock)

    def _write_to(self, sock: "paho.SocketLike") -> None:
        if sock.fileno() >= 0:
            self._loop.add_writer(sock, self._client.loop_write)

    def _on_unregister_write(
        self, client: paho.Client, _data: object, sock: "paho.SocketLike"
    ) -> None:
        if sock.fileno() >= 0:
            self._loop.call_soon_threadsafe(self._loop.remove_writer, sock)

    def _on_connect(
        self,
        client: paho.Client,
        _data: object,
        flags: paho.ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            log.warning("broker refuses us", reason=str(reason))
            self._lost.set()
            return
        self._generation += 1
        client.subscribe(self._filter, qos=1)

    def _on_disconnect(
        self,
        client: paho.Client,
        _data: object,
        flags: paho.DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._lost.set()

    def _on_subscribe(
        self,
        client: paho.Client,
        _data: object,
        mid: int,
        granted: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        if any(one.is_failure for one in granted):
            log.error("broker refuses the subscription", filter=self._filter)
            client.disconnect()
        else:
            log.info("subscribed", filter=self._filter)
            self._subscribed()

    def _on_message(self, client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        self._intake.offer(self._received(message))
        if self._intake.full and self._reading is not None:
            self._paused = True
            self._loop.remove_reader(self._reading)

    def _received(self, message: paho.MQTTMessage) -> Received:
        try:
            topic, refusal = parse_topic(message.topic), None
        except (BadTopic, UnicodeDecodeError):
            topic, refusal = UNKNOWN, "foreign-topic"
        return Received(
            source=self,
            device=topic.device,
            device_id=None,
            topic=topic,
            payload=bytes(message.payload[:MAX_PAYLOAD_BYTES]),
            size=len(message.payload),
            received_at=self._clock.now(),
            qos=message.qos,
            packet_id=self._generation << 16 | message.mid,
            refusal=refusal,
            refused_topic=None if refusal is None else message.topic,
        )

    def settle(self, item: Received) -> None:
        """Acknowledge, unless the broker has sent it again on a newer connection."""
        generation, mid = item.packet_id >> 16, item.packet_id & 0xFFFF
        if item.qos and generation == self._generation and not self._lost.is_set():
            self._client.ack(mid, item.qos)

    def flush(self) -> None:
        """Nothing: paho writes as soon as its socket takes it."""

    def _relieve(self) -> None:
        if self._paused and not self._intake.full:
            self._paused = False
            if self._reading is not None:
                self._read_from(self._reading)

    def shut(self) -> None:
        """Read nothing more."""
        self._over = True
        if self._reading is not None:
            self._loop.remove_reader(self._reading)

    async def hang_up(self) -> None:
        """Send the last acknowledgements and leave; the broker keeps the session."""
        self._client.disconnect()
        self._client.loop_write()
        await self._wait_lost(1.0)

    def abort(self) -> None:
        """Whatever happened: nothing stays open."""
        self.shut()
        if self._reading is not None:
            self._loop.remove_writer(self._reading)
            self._reading.close()


UNKNOWN = Topic("unknown", Channel.STATUS)
