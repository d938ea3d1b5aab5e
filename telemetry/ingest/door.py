"""The door: an MQTT 3.1.1 and 5 endpoint for ingest, where PUBACK means committed.

Not a broker: nothing is delivered to anybody. What it does case by case is the table in
docs/wire.md.
"""

import asyncio
import secrets
import ssl
from collections.abc import Coroutine

from dispatch.kernel.clock import ProductClock
from dispatch.kernel.db import DATABASE_AWAY
from dispatch.kernel.errors import SetupError
from dispatch.kernel.log import get_logger
from telemetry.ingest.connection import Connection
from telemetry.ingest.gate import Gate, NotAdmitted
from telemetry.ingest.intake import Intake, Received
from telemetry.ingest.manners import fault_of
from telemetry.ingest.mqtt import encode
from telemetry.ingest.mqtt.packets import Connect
from telemetry.ingest.prefix import Prefix
from telemetry.wire import Channel, Topic

log = get_logger("telemetry.ingest")

ADMIT_WITHIN_S = 10.0
SWEEP_EVERY_S = 1.0
RECHECK_EVERY_S = 5.0
FORGET_EVERY_S = 600.0
HANG_UP_WITHIN_S = 2.0
LINGER_S = 5.0
"""A peer that does not take its last words is cut off."""
BACKLOG = 4096


class PortTaken(SetupError):
    """Another process listens there."""

    code = "port-taken"


class Door:
    """Opened with listen, closed with shut and then hang_up."""

    def __init__(self, gate: Gate, intake: Intake, clock: ProductClock) -> None:
        self._gate = gate
        self._intake = intake
        self._clock = clock
        self._connections: set[Connection] = set()
        self._thirsty: set[Connection] = set()
        self._owners: dict[tuple[int, str], Connection] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._over = False
        self._gone = asyncio.Event()
        intake.on_relief(self._relieve)

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

    def arrived(self, connection: Connection) -> None:
        """A socket was opened."""
        self._connections.add(connection)

    def knock(self, connection: Connection, connect: Connect) -> None:
        """A CONNECT was read: decide in a task of its own."""
        self._do(self._admit(connection, connect))

    async def _admit(self, connection: Connection, connect: Connect) -> None:
        if self._over or self._intake.full:
            return connection.refuse(encode.SERVER_UNAVAILABLE)
        if refusal := fault_of(connect):
            return connection.refuse(refusal)
        try:
            async with asyncio.timeout(ADMIT_WITHIN_S):
                await self._let_in(connection, connect)
        except NotAdmitted as error:
            log.info("device refused", reason=str(error))
            connection.refuse(encode.BAD_CREDENTIALS)
        except DATABASE_AWAY as error:
            log.warning("nobody can be let in", error=type(error).__name__)
            connection.refuse(encode.SERVER_UNAVAILABLE)
        except Exception:  # around one message: what one peer said must not end the process
            log.exception("admission failed")
            connection.refuse(encode.SERVER_UNAVAILABLE)

    async def _let_in(self, connection: Connection, connect: Connect) -> None:
        name, token = connect.username or "", connect.password or b""
        held = await self._gate.identify(name, token, connection.address)
        connection.credential, connection.prefix = held, Prefix(held)
        if connect.will and not connection.prefix.topic(connect.will.topic.encode()):
            self._intake.offer(self._refused(connection, connect.will.topic))
            return connection.refuse(encode.NOT_AUTHORIZED)
        assigned = "" if connect.client_id else secrets.token_hex(11)
        connection.client_id = connect.client_id or assigned
        connection.session_s = connect.session_s
        present = await self._gate.open_session(
            held.id, connection.client_id, clean=connect.clean, keep=connect.session_s != 0
        )
        if connection not in self._connections:
            return None  # it did not wait
        if old := self._owners.get((held.id, connection.client_id)):
            old.with_will, old.session_s = False, None
            old.close(encode.TAKEN_OVER)
        self._owners[held.id, connection.client_id] = connection
        return connection.enter(session_present=present, assigned=assigned)

    def stamp(self, connection: Connection, topic: Topic) -> Received:
        """An empty message of now."""
        held = connection.credential
        return Received(
            source=connection,
            device=held.name if held else "?",
            device_id=held.id if held else None,
            topic=topic,
            payload=b"",
            size=0,
            received_at=self._clock.now(),
        )

    def _refused(self, connection: Connection, topic: str) -> Received:
        item = self.stamp(connection, Topic("unknown", Channel.STATUS))
        item.refusal, item.refused_topic = "foreign-topic", topic
        return item

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
        self._gone.set()
        held, connect = connection.credential, connection.connect
        if held is None or connect is None:
            return
        key = (held.id, connection.client_id)
        if self._owners.get(key) is connection:
            del self._owners[key]
            if connection.with_will and connect.will is not None and not self._over:
                item = self.stamp(connection, Topic(held.name, Channel.STATUS))
                item.payload, item.is_will = connect.will.payload, True
                item.size = len(item.payload)
                self._intake.offer(item)
            if connect.session_s != 0 and connection.session_s is not None:
                self._do(self._end_session(*key, connection.session_s))

    async def _end_session(self, device_id: int, client_id: str, seconds: int) -> None:
        try:
            await self._gate.end_session(device_id, client_id, seconds)
        except DATABASE_AWAY:
            log.info("a session stays open: the database is away", device_id=device_id)

    async def run(self) -> None:
        """Close what is silent for too long or admitted no longer, until cancelled."""
        loop = asyncio.get_running_loop()
        recheck_at = forget_at = loop.time()
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            now = loop.time()
            for connection in list(self._connections):
                if connection.closed_at is not None and now - connection.closed_at > LINGER_S:
                    connection.abort()
                elif connection.is_overdue(now):
                    connection.close(encode.KEEP_ALIVE_TIMEOUT)
            try:
                if now >= recheck_at:
                    recheck_at = now + RECHECK_EVERY_S
                    await self._recheck()
                if now >= forget_at:
                    forget_at = now + FORGET_EVERY_S
                    await self._gate.forget_sessions()
            except DATABASE_AWAY:
                continue

    async def _recheck(self) -> None:
        asked = {c: c.credential for c in self._owners.values() if c.credential is not None}
        if asked:
            admitted = await self._gate.still_admitted(list(asked.values()))
            for connection, credential in asked.items():
                if credential.name not in admitted:
                    connection.close(encode.NOT_AUTHORIZED)

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
