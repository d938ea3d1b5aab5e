"""One connection to a broker that behaves badly."""

import asyncio
from contextlib import asynccontextmanager, suppress

from telemetry.ingest import broker_url
from telemetry.ingest.line import AT_ONCE, Line
from telemetry.ingest.talk import Talk
from tests.flows.ingest_door import publish, until


class Counting(Talk):
    """Counts how often it is told that the connection is over."""

    times = 0

    def lost(self):
        self.times += 1
        super().lost()


@asynccontextmanager
async def speaking(talk):
    """A broker that does only this with its one client; at the end its connection is closed."""
    over = asyncio.Event()

    async def serve(reader, writer):
        with suppress(OSError):
            await talk(reader, writer)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        over.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield broker_url.parse(f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    finally:
        server.close()
        await server.wait_closed()
        await over.wait()


async def test_a_broker_that_answers_no_ping_is_given_up_once():
    gone = asyncio.Event()

    async def let_in_and_fall_silent(reader, writer):
        await reader.readuntil(b"silent")
        writer.write(b"\x20\x02\x00\x00")
        await gone.wait()

    listener = Counting(acknowledging=True)
    async with speaking(let_in_and_fall_silent) as where:
        line = Line(where, "silent", listener, clean=True, keep_alive_s=1)
        await listener.begin(line)

        def is_given_up():
            line.tick()
            return listener.times

        try:
            await until(is_given_up)
            assert not line.is_open
            line.tick()
            await asyncio.sleep(0)
            assert listener.times == 1
        finally:
            line.abort()
            gone.set()


class Counted(Talk):
    """Counts what came."""

    count = 0

    def came(self, message):
        self.count += 1


async def test_a_broker_that_never_pauses_has_no_more_of_a_turn_than_it_may():
    """The writer has its turns too, however long there is something to read."""
    flood = [publish("gongche/v1/bus-1/fix", b"x" * 100, n) for n in range(1, 20_001)]

    async def let_in_and_pour(reader, writer):
        await reader.readuntil(b"flooded")
        writer.write(b"\x20\x02\x00\x00" + b"".join(flood))
        await reader.read(-1)

    listener, most = Counted(acknowledging=True), 0
    async with speaking(let_in_and_pour) as where:
        line = Line(where, "flooded", listener, clean=True)
        try:
            await listener.begin(line)
            async with asyncio.timeout(60):
                while (before := listener.count) < len(flood):
                    await asyncio.sleep(0)
                    most = max(most, listener.count - before)
            assert most <= AT_ONCE
        finally:
            line.abort()
