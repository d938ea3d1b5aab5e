"""A door under test: in this process, or in one of its own that can be killed."""

import asyncio
import json
import socket
import struct
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

from telemetry import devices, ingest, wire
from tests.waiting import until as until


@asynccontextmanager
async def door(dsn: str, **settings) -> AsyncIterator[int]:
    """Run ingest until the block ends; yields the port."""
    stop = asyncio.Event()
    ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(
        ingest.run(
            ingest.IngestSettings(dsn=dsn, **({"port": 0, "retention_days": 30} | settings)),
            stop=stop,
            ready=ready.set_result,
        )
    )
    try:
        await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        yield ready.result()
    finally:
        stop.set()
        await running


async def add(conn, *names, kind="terminal") -> dict[str, str]:
    """Create devices; their tokens by name."""
    return {name: (await devices.create(conn, name, kind))[1] for name in names}


def fix(clock, seconds=0.0, **said) -> wire.Fix:
    """A fix of now, or of some seconds from now."""
    said = {"ts": clock.now() + timedelta(seconds=seconds), "lon": 117.2, "lat": 34.2} | said
    return wire.Fix(**said)


class Raw:
    """A client that sends exactly the bytes it is told to, and reads packets."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, port):
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def send(self, data: bytes):
        self.writer.write(data)
        await self.writer.drain()

    async def packet(self) -> bytes | None:
        """The next packet with its header; None at the end."""
        try:
            head = await self.reader.readexactly(2)
            return head + await self.reader.readexactly(head[1])
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    async def hello(self, name, token, **more) -> bytes:
        await self.send(connect(name, token, **more))
        return await self.packet()

    def close(self):
        self.writer.close()

    def cut(self):
        """Reset the connection, as a dead uplink does."""
        linger = struct.pack("ii", 1, 0)
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.writer.transport.abort()


class Device:
    """A terminal as they should be: keeps what is not acknowledged, and sends it again."""

    def __init__(self, port, name, token, messages, version=5, window=50):
        self.port, self.name, self.token, self.version = port, name, token, version
        self.waiting = list(enumerate(messages, start=1))  # packet ids: fewer than 65,536
        self.flying: dict[int, bytes] = {}
        self.acked: list[int] = []
        self.window = window
        self.connections = 0

    async def run(self):
        """Until all is acknowledged, through any number of connections."""
        while self.waiting or self.flying:
            try:
                await self._connection()
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.02)

    async def _connection(self):
        raw = await Raw.open(self.port)
        pinging = asyncio.create_task(self._ping(raw))
        try:
            session_s = {"session_s": 3600} if self.version == 5 else {}
            answer = await raw.hello(
                self.name, self.token, version=self.version, clean=False, **session_s
            )
            if answer is None or answer[3]:
                raise ConnectionError
            if self.connections and self.version == 5:
                assert answer[2] == 1, "a client of MQTT 5 must now forget what it had sent"
            self.connections += 1
            for packet_id, payload in self.flying.items():
                await self._send(raw, packet_id, payload)
            while self.waiting or self.flying:
                while self.waiting and len(self.flying) < self.window:
                    packet_id, payload = self.waiting.pop(0)
                    self.flying[packet_id] = payload
                    await self._send(raw, packet_id, payload)
                ack = await raw.packet()
                if ack is None:
                    raise ConnectionError
                if ack == PINGRESP:
                    continue
                assert ack[:2] == b"\x40\x02"
                packet_id = int.from_bytes(ack[2:], "big")
                del self.flying[packet_id]
                self.acked.append(packet_id)
        finally:
            pinging.cancel()
            raw.close()

    async def _ping(self, raw):
        """As keep-alive asks, however long the door takes to acknowledge."""
        with suppress(OSError):  # the reader sees that it is lost
            while True:
                await asyncio.sleep(KEEP_ALIVE_S / 2)
                await raw.send(PINGREQ)

    async def _send(self, raw, packet_id, payload):
        topic = f"gongche/v1/{self.name}/fix"
        await raw.send(publish(topic, payload, packet_id, version=self.version))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@asynccontextmanager
async def process(settings: dict):
    """A door in a process of its own, from the moment it is ready; killed at the end."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.flows.ingest_door", json.dumps(settings),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    try:
        async with asyncio.timeout(60):
            while not (line := await child.stdout.readline()).strip().isdigit():
                assert line, "the door did not open"
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.communicate()


def length(n: int) -> bytes:
    out = bytearray()
    while True:
        n, low = divmod(n, 128)
        out.append(low | (128 if n else 0))
        if not n:
            return bytes(out)


def text(said: str | bytes) -> bytes:
    raw = said.encode() if isinstance(said, str) else said
    return len(raw).to_bytes(2, "big") + raw


def packet(first: int, body: bytes) -> bytes:
    return bytes((first,)) + length(len(body)) + body


def connect(
    name, token, *, version=4, client_id=None, clean=True, keep_alive=60, will=None, session_s=None
) -> bytes:
    flags = 0xC0 | (2 if clean else 0) | (4 if will else 0)
    body = text("MQTT") + bytes((version, flags)) + keep_alive.to_bytes(2, "big")
    if version == 5:
        said = b"" if session_s is None else b"\x11" + session_s.to_bytes(4, "big")
        body += length(len(said)) + said
    body += text(name if client_id is None else client_id)
    if will:
        body += (b"\x00" if version == 5 else b"") + text(will[0]) + text(will[1])
    return packet(0x10, body + text(name) + text(token))


def publish(topic, payload, packet_id=1, *, qos=1, version=4, dup=False, retain=False) -> bytes:
    first = 0x30 | (8 if dup else 0) | qos << 1 | retain
    body = text(topic) + (packet_id.to_bytes(2, "big") if qos else b"")
    return packet(first, body + (b"\x00" if version == 5 else b"") + payload)


PINGREQ = b"\xc0\x00"
PINGRESP = b"\xd0\x00"
KEEP_ALIVE_S = 60
DISCONNECT = b"\xe0\x00"


def main() -> None:
    """A process of its own: arguments are settings as JSON; prints the port."""
    settings = ingest.IngestSettings(**json.loads(sys.argv[1]))

    async def forever():
        await ingest.run(settings, stop=asyncio.Event(), ready=lambda port: print(port, flush=True))

    asyncio.run(forever())


if __name__ == "__main__":
    main()
