"""One connection to a broker that behaves badly."""

import asyncio

from telemetry.ingest import broker_url
from telemetry.ingest.line import Line
from telemetry.ingest.talk import Talk
from tests.flows.ingest_door import until


class Counting(Talk):
    """Counts how often it is told that the connection is over."""

    times = 0

    def lost(self):
        self.times += 1
        super().lost()


async def test_a_broker_that_answers_no_ping_is_given_up_once():
    gone = asyncio.Event()

    async def let_in_and_fall_silent(reader, writer):
        await reader.readuntil(b"silent")
        writer.write(b"\x20\x02\x00\x00")
        await gone.wait()
        writer.close()

    server = await asyncio.start_server(let_in_and_fall_silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    listener = Counting(acknowledging=True)
    where = broker_url.parse(f"mqtt://127.0.0.1:{port}")
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
        server.close()
        await server.wait_closed()
