"""Many MQTT clients in one thread: QoS 1, every publish tracked until it is acknowledged."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike

KEEPALIVE_S = 60
Done = Callable[[], None]


class NotConnected(ConnectionError):
    """The broker or door did not let a device in; the message says which and why."""


@dataclass(slots=True, eq=False)
class _One:
    client: paho.Client
    waiting: dict[int, Done] = field(default_factory=dict)
    connected: bool = False
    refused: str | None = None


class Uplink:
    """Devices that publish and are answered; what is not acknowledged is sent again.

    The clients run on the event loop's selector: no thread a device. A message counts as
    published by the application once `publish` returned, whether or not a connection is up;
    paho keeps it and sends it again after each reconnect until the PUBACK arrives.

    Args:
        host, port: of the door or broker.
        tokens: password by user name (the device's or provider's name).
    """

    def __init__(self, host: str, port: int, tokens: Mapping[str, str]) -> None:
        self._address = (host, port)
        self._tokens = dict(tokens)
        self._devices: dict[str, _One] = {}
        self._unacked = 0
        self._settled = asyncio.Event()
        self._settled.set()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Uplink":
        for name, token in self._tokens.items():
            self._devices[name] = self._make(name, token)
        try:
            for name in self._devices:
                await self._connect(name)
        except BaseException:
            self._close()
            raise
        self._tasks.append(asyncio.create_task(self._keep_alive(), name="uplink keep-alive"))
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._close()

    @property
    def unacked(self) -> int:
        """How many messages wait for their PUBACK."""
        return self._unacked

    def publish(self, device: str, topic: str, payload: bytes, done: Done) -> None:
        """Hand over a message; done is called when the other side has acknowledged it."""
        one = self._devices[device]
        info = one.client.publish(topic, payload, qos=1)
        if info.rc not in (paho.MQTT_ERR_SUCCESS, paho.MQTT_ERR_NO_CONN):
            raise NotConnected(f"{device}: {paho.error_string(info.rc)}")
        one.waiting[info.mid] = done
        self._unacked += 1
        self._settled.clear()

    async def settled(self, *, at_most: int = 0) -> None:
        """Wait until no more than so many messages are unacknowledged."""
        while self._unacked > at_most:
            self._settled.clear()
            await self._settled.wait()

    def _make(self, name: str, token: str) -> _One:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"sim-{name}",
            clean_session=False,
            protocol=paho.MQTTv311,
        )
        client.username_pw_set(name, token)
        client.max_inflight_messages_set(50)
        client.max_queued_messages_set(0)
        one = _One(client)
        loop = asyncio.get_running_loop()

        def opened(_: paho.Client, __: object, sock: "SocketLike") -> None:
            loop.add_reader(sock, client.loop_read)

        def closed(_: paho.Client, __: object, sock: "SocketLike") -> None:
            loop.remove_reader(sock)
            loop.remove_writer(sock)

        def wants_to_write(_: paho.Client, __: object, sock: "SocketLike") -> None:
            loop.add_writer(sock, client.loop_write)

        def wrote(_: paho.Client, __: object, sock: "SocketLike") -> None:
            loop.remove_writer(sock)

        def connected(
            _: paho.Client, __: object, ___: object, reason: ReasonCode, ____: object
        ) -> None:
            one.connected = not reason.is_failure
            one.refused = str(reason) if reason.is_failure else None

        def disconnected(*_: object) -> None:
            one.connected = False

        def published(_: paho.Client, __: object, mid: int, ___: object, ____: object) -> None:
            self._acknowledged(one, mid)

        client.on_socket_open, client.on_socket_close = opened, closed
        client.on_socket_register_write = wants_to_write
        client.on_socket_unregister_write = wrote
        client.on_connect, client.on_disconnect = connected, disconnected
        client.on_publish = published
        return one

    def _acknowledged(self, one: _One, mid: int) -> None:
        done = one.waiting.pop(mid, None)
        if done is not None:
            done()
            self._unacked -= 1
            self._settled.set()

    async def _connect(self, name: str) -> None:
        one = self._devices[name]
        one.client.connect(*self._address, keepalive=KEEPALIVE_S)
        for _ in range(500):
            if one.connected:
                return
            if one.refused:
                raise NotConnected(f"{name}: {one.refused}")
            await asyncio.sleep(0.02)
        raise NotConnected(f"{name}: no answer")

    async def _keep_alive(self) -> None:
        """Ping, and reconnect whoever lost the connection; once a second."""
        while True:
            for one in self._devices.values():
                if one.connected:
                    one.client.loop_misc()
                elif one.client.socket() is None:
                    with contextlib.suppress(OSError):
                        one.client.reconnect()
            await asyncio.sleep(1.0)

    def _close(self) -> None:
        for one in self._devices.values():
            one.client.disconnect()
            one.client.loop_write()
            one.client.loop_misc()
            if (sock := one.client.socket()) is not None:
                loop = asyncio.get_running_loop()
                loop.remove_reader(sock)
                loop.remove_writer(sock)
                sock.close()
