"""One connection to a broker. paho does the protocol, our event loop does the waiting.

Its socket is read and written where everything else happens, so that its callbacks, our
acknowledgements and the end of the connection never race.
"""

import asyncio
from typing import Protocol

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from telemetry.ingest.broker_url import BrokerUrl
from telemetry.ingest.buffered import Buffered, Client
from telemetry.ingest.mqtt.encode import puback
from telemetry.ingest.mqtt.packets import V311

KEEP_ALIVE_S = 30
CONNECT_WITHIN_S = 10.0
AT_ONCE = 100
"""Messages read in one turn of the event loop, and publishes in flight."""


class Listener(Protocol):
    """Who hears what the broker says."""

    def admitted(self) -> None:
        """The broker lets us in."""

    def refused(self, why: str) -> None:
        """It does not; lost follows."""

    def granted(self, qos: int) -> None:
        """The answer to SUBSCRIBE: a quality, or 0x80 and more for a refusal."""

    def came(self, message: paho.MQTTMessage) -> None:
        """A message, in the order of arrival; it is acknowledged with ack."""

    def taken(self, mid: int) -> None:
        """A publish of ours is the broker's now."""

    def lost(self) -> None:
        """The connection is over; called once."""


class Line:
    """Opened once, closed once; nothing is read while it is held."""

    def __init__(
        self,
        where: BrokerUrl,
        client_id: str,
        listener: Listener,
        *,
        clean: bool,
        keep_alive_s: int = KEEP_ALIVE_S,
    ) -> None:
        self._where = where
        self._listener = listener
        self._keep_alive_s = keep_alive_s
        self._loop = asyncio.get_running_loop()
        self._socket: Buffered | None = None
        self._held = self._over = self._flushing = self._reads_on = False
        self.at_once = AT_ONCE
        self._client = self._prepared(client_id, clean)

    def _prepared(self, client_id: str, clean: bool) -> paho.Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=clean,
            protocol=paho.MQTTv311,
            manual_ack=True,
            reconnect_on_failure=False,  # it would do so in our event loop, and wait there
        )
        if self._where.username is not None:
            client.username_pw_set(self._where.username, self._where.password)
        if self._where.tls is not None:
            client.tls_set_context(self._where.tls)
        client.connect_timeout = CONNECT_WITHIN_S
        client.max_inflight_messages_set(AT_ONCE)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        client.on_socket_open = self._on_socket_open
        client.on_socket_close = self._on_socket_close
        client.on_socket_register_write = self._on_register_write
        return client

    async def open(self) -> None:
        """Reach the broker and say hello; what it answers, the listener hears.

        Raises:
            OSError: it cannot be reached.
        """
        where = self._where
        await asyncio.to_thread(self._client.connect, where.host, where.port, self._keep_alive_s)

    @property
    def is_open(self) -> bool:
        """Whether anything can still be said."""
        return self._socket is not None and not self._over

    def subscribe(self, wanted: str) -> None:
        """Ask for the messages of a filter, with quality 1."""
        self._client.subscribe(wanted, qos=1)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> int:
        """Publish with quality 1; returns what taken will say."""
        return self._client.publish(topic, payload, qos=1, retain=retain).mid

    def ack(self, mid: int, qos: int) -> None:
        """A message that came is ours now."""
        if not self.is_open or self._socket is None:
            return
        if qos != 1:
            self._client.ack(mid, qos)
            return
        self._socket.put(puback(V311, mid))  # four bytes, for which paho takes 3 us
        if not self._flushing:
            self._flushing = True
            self._loop.call_soon(self._write)

    def tick(self) -> None:
        """Call it every second or so: pings, and gives a silent broker up.

        A line that is held reads no answer to its pings, so it is given up in time too: what
        was not acknowledged comes again on the next one.
        """
        self._client.loop_misc()

    def hold(self) -> None:
        """Read nothing more until go_on."""
        self._held = True
        if self._socket is not None:
            self._loop.remove_reader(self._socket)

    def go_on(self) -> None:
        """Read again."""
        if self._held:
            self._held = False
            self._listen()

    def close(self) -> None:
        """Send what is to be sent, and hang up; the broker keeps a session that is to be kept."""
        if self.is_open:
            self._client.disconnect()
            self._client.loop_write()

    def abort(self) -> None:
        """Hang up at once."""
        self._over = True
        if self._socket is not None:
            self._loop.remove_writer(self._socket)
            self.hold()
            self._socket.close()
            self._socket = None

    def _listen(self) -> None:
        if self._socket is not None and self._socket.fileno() >= 0:
            self._loop.add_reader(self._socket, self._read)
            if self._socket.has_more:
                self._loop.call_soon(self._read)

    def _read(self) -> None:
        """Something has arrived. Whoever reads on in this turn anyhow reads that too."""
        if not self._reads_on:
            self._read_on()

    def _read_on(self) -> None:
        """What has arrived, some at a time: a turn of the event loop costs more than a message."""
        self._reads_on = False
        for _ in range(self.at_once):
            if self._held or self._socket is None:
                return
            self._client.loop_read()
            if self._socket is None or not self._socket.has_more:
                return
        self._reads_on = True
        self._loop.call_soon(self._read_on)

    def _write(self) -> None:
        """What is to be said, until all of it is sent."""
        self._flushing = False
        self._client.loop_write()
        if self._socket is None:
            return
        self._socket.flush()
        if self._socket.is_broken:
            self._client.loop_read()  # so that paho hears of it
        elif self._socket.has_unsent or self._client.want_write():
            self._loop.add_writer(self._socket, self._write)
        else:
            self._loop.remove_writer(self._socket)

    def _on_socket_open(self, client: paho.Client, _data: object, sock: "paho.SocketLike") -> None:
        self._loop.call_soon_threadsafe(self._opened, sock)

    def _opened(self, sock: "paho.SocketLike") -> None:
        if self._over:
            sock.close()
            return
        assert isinstance(sock, Buffered)
        self._socket = sock
        if not self._held:
            self._listen()

    def _on_socket_close(self, client: paho.Client, _data: object, sock: "paho.SocketLike") -> None:
        if sock.fileno() >= 0:
            self._loop.remove_reader(sock)
            self._loop.remove_writer(sock)
        self._socket = None

    def _on_register_write(
        self, client: paho.Client, _data: object, sock: "paho.SocketLike"
    ) -> None:
        self._loop.call_soon_threadsafe(self._write_to, sock)

    def _write_to(self, sock: "paho.SocketLike") -> None:
        if sock.fileno() >= 0:
            self._loop.add_writer(sock, self._write)

    def _on_connect(
        self,
        client: paho.Client,
        _data: object,
        flags: paho.ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._listener.refused(str(reason))
        else:
            self._listener.admitted()

    def _on_disconnect(
        self,
        client: paho.Client,
        _data: object,
        flags: paho.DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if not self._over:  # paho says it twice where a ping stays without an answer
            self._over = True
            self._loop.call_soon_threadsafe(self._listener.lost)

    def _on_subscribe(
        self,
        client: paho.Client,
        _data: object,
        mid: int,
        granted: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        self._listener.granted(max(one.value for one in granted))

    def _on_publish(
        self,
        client: paho.Client,
        _data: object,
        mid: int,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._listener.taken(mid)

    def _on_message(self, client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        self._listener.came(message)
