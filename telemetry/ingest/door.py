"""The door: an MQTT 3.1.1 and 5 endpoint for ingest, where PUBACK means committed.

Not a broker: nothing is delivered to anybody. What it does case by case is the table in
docs/wire.md.
"""

import asyncio
import ssl
from collections.abc import Coroutine
from datetime import datetime

from dispatch.kernel.clock import ProductClock
from dispatch.kernel.db import DATABASE_AWAY
from dispatch.kernel.errors import SetupError
from dispatch.kernel.log import get_logger
from telemetry.ingest.admission import admit
from telemetry.ingest.connection import Connection
from telemetry.ingest.gate import Gate
from telemetry.ingest.intake import Intake, Received
from telemetry.ingest.mqtt import encode
from telemetry.ingest.mqtt.packets import Connect
from telemetry.ingest.owners import Owners
from telemetry.ingest.pace import Bucket, Pace
from telemetry.ingest.rounds import go_round
from telemetry.wire import Channel, Topic

log = get_logger("telemetry.ingest")

HANG_UP_WITHIN_S = 2.0
READ_AT_ONCE_BYTES = 32 * 1024
"""Of one device, before others have their turn, and the database."""
BACKLOG = 4096


class PortTaken(SetupError):
    """Another process listens there."""

    code = "port-taken"


class Door:
    """Opened with listen, closed with shut and then hang_up."""

    def __init__(
        self,
        gate: Gate,
        intake: Intake,
        clock: ProductClock,
        *,
        pace: Pace,
        strangers_at_most: int = 15_000,
    ) -> None:
        self.buffer = memoryview(bytearray(READ_AT_ONCE_BYTES))
        self._gate = gate
        self._intake = intake
        self._clock = clock
        self._pace = pace
        self._strangers_at_most = strangers_at_most
        self._buckets: dict[int, Bucket] = {}
        self._strangers: set[Connection] = set()
        self._connections: set[Connection] = set()
        self._thirsty: set[Connection] = set()
        self._owners = Owners()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._over = False
        self._gone = asyncio.Event()
        intake.on_relief(self._relieve)

    @property
    def is_open(self) -> bool:
        """Whether devices can come in."""
        return self._server is not None and not self._over

    async def listen(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Begin to listen.

        Returns:
            The port, which is another one where 0 was asked for.

        Raises:
            PortTaken: another process has it.
        """
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                lambda: Connection(self), host, port, ssl=tls, backlog=BACKLOG
            )
        except OSError as error:
            raise PortTaken(f"cannot listen for MQTT on {host}:{port}: {error.strerror}") from error
        taken: int = self._server.sockets[0].getsockname()[1]
        return taken

    def arrived(self, connection: Connection) -> bool:
        """A socket was opened; see Hall."""
        self._connections.add(connection)
        self._strangers.add(connection)
        return len(self._strangers) <= self._strangers_at_most

    def knock(self, connection: Connection, connect: Connect) -> None:
        """A CONNECT was read: decide in a task of its own."""
        self._do(admit(self._gate, self, connection, connect))

    def owner(self, connection: Connection) -> None:
        """Admitted: see Owners."""
        self._owners.enter(connection)
        self._strangers.discard(connection)
        connection.bucket = self._bucket(connection.device_id)

    def is_here(self, connection: Connection) -> bool:
        """Whether it has waited."""
        return connection in self._connections

    @property
    def is_closed_to_new(self) -> bool:
        """Whether nobody is let in just now, whoever it is."""
        return self._over or self._intake.full

    def refused_publish(self, connection: Connection, topic: str) -> None:
        """Record what a device may not publish."""
        item = connection.stamp(Topic("unknown", Channel.STATUS), self.now())
        item.refusal, item.refused_topic = "foreign-topic", topic
        self._intake.offer(item)

    def _bucket(self, device_id: int) -> Bucket | None:
        if not (self._pace.messages_per_s or self._pace.bytes_per_s):
            return None
        if device_id not in self._buckets:
            now = asyncio.get_running_loop().time()
            self._buckets[device_id] = Bucket(self._pace, now)
        return self._buckets[device_id]

    def now(self) -> datetime:
        """Product time."""
        return self._clock.now()

    def receive(self, connection: Connection, item: Received) -> bool:
        """Take a message; False: the process holds as much as it may."""
        self._intake.offer(item)
        if self._intake.full:
            self._thirsty.add(connection)
        return not self._intake.full

    def _relieve(self) -> None:
        if self._thirsty and not self._intake.full:
            for connection in self._thirsty:
                connection.go_on("budget")
            self._thirsty.clear()

    def left(self, connection: Connection) -> None:
        """A socket was closed: speak its will, let its session run out."""
        self._connections.discard(connection)
        self._strangers.discard(connection)
        self._gone.set()
        held, connect = connection.credential, connection.connect
        if held is None or connect is None or not self._owners.leave(connection):
            return
        if connection.with_will and connect.will is not None and not self._over:
            item = connection.stamp(Topic(held.name, Channel.STATUS), self.now())
            item.payload, item.is_will = connect.will.payload, True
            item.size = len(item.payload)
            self._intake.offer(item)
        if connect.session_s != 0 and connection.session_s is not None:
            self._do(self._end_session(held.id, connection.client_id, connection.session_s))

    async def _end_session(self, device_id: int, client_id: str, seconds: int) -> None:
        try:
            await self._gate.end_session(device_id, client_id, seconds)
        except DATABASE_AWAY:
            log.info("a session stays open: the database is away", device_id=device_id)

    async def run(self) -> None:
        """Close what is silent for too long or admitted no longer, until cancelled."""
        await go_round(self._gate, self._connections, self._owners.all)

    def shut(self) -> None:
        """Nobody comes in any more, and nothing more is read."""
        self._over = True
        if self._server is not None:
            self._server.close()
        for connection in self._connections:
            connection.hold()

    async def hang_up(self) -> None:
        """Close what is still open, and finish what was begun."""
        for connection in list(self._connections):
            connection.close(encode.SERVER_SHUTTING_DOWN)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=HANG_UP_WITHIN_S)
        try:
            async with asyncio.timeout(HANG_UP_WITHIN_S):
                while self._connections:
                    self._gone.clear()
                    await self._gone.wait()
        except TimeoutError:
            log.info("peers do not take their last words", count=len(self._connections))

    def abort(self) -> None:
        """Whatever happened: nothing stays open."""
        self._over = True
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.abort()
        for task in self._tasks:
            task.cancel()

    def _do(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
