"""One device among others: how much of the door it may hold."""

import asyncio

import pytest

from telemetry.ingest.owners import CLIENTS_OF_ONE
from telemetry.ingest.pace import BURST_S, Pace
from tests.flows.ingest_door import PINGREQ, PINGRESP, Raw, add, door, publish, until

QUOTA_EXCEEDED = b"\xe0\x02\x97\x00"
WILL = ("gongche/v1/bus-1/status", b"gone")


async def test_of_one_device_s_many_clients_the_latest_stay(dsn, conn):
    tokens = await add(conn, "bus-1", "bus-2")
    async with door(dsn) as port:
        other = await Raw.open(port)
        assert (await other.hello("bus-2", tokens["bus-2"]))[3] == 0
        raws = []
        for n in range(3 * CLIENTS_OF_ONE):
            raws.append(await Raw.open(port))
            said = {"client_id": f"c{n}", "version": 5, "session_s": 0xFFFFFFFF, "will": WILL}
            await raws[-1].hello("bus-1", tokens["bus-1"], **said)
        for raw in raws[:-CLIENTS_OF_ONE]:
            assert await raw.packet() == QUOTA_EXCEEDED
            assert await raw.packet() is None
        for raw in (other, *raws[-CLIENTS_OF_ONE:]):
            await raw.send(PINGREQ)
            assert await raw.packet() == PINGRESP
        for raw in (other, *raws):
            raw.close()
    assert await conn.fetchval("SELECT count(*) FROM device_status") == 0


async def test_who_was_crowded_out_has_its_session_as_it_asked_and_comes_back(dsn, conn):
    token = (await add(conn, "bus-1"))["bus-1"]
    asked = {"client_id": "first", "version": 5, "session_s": 60, "clean": False}
    first = "SELECT expires_at FROM mqtt_session WHERE client_id = 'first' AND expires_at < now() + '1 h'"
    async with door(dsn) as port:
        raws = [await Raw.open(port) for _ in range(CLIENTS_OF_ONE + 2)]
        await raws[0].hello("bus-1", token, **asked)
        for n, raw in enumerate(raws[1:-1]):
            await raw.hello("bus-1", token, client_id=f"c{n}")
        assert await raws[0].packet() == QUOTA_EXCEEDED
        await until(lambda: conn.fetchval(first))
        assert (await raws[-1].hello("bus-1", token, **asked))[2] == 1
        assert await raws[1].packet() is None
        for raw in raws:
            raw.close()


NO_MESSAGE = {
    "ping": PINGREQ,
    "subscribe": b"\x82\x06\x00\x01\x00\x01a\x01",
    "unsubscribe": b"\xa2\x05\x00\x01\x00\x01a",
    "release": b"\x62\x02\x00\x01",
}
BURST = 60


@pytest.mark.parametrize("said", NO_MESSAGE.values(), ids=NO_MESSAGE)
async def test_what_is_no_message_is_read_no_faster_than_messages(dsn, conn, said):
    """As many of them as the network takes would keep the door from everybody else."""
    token = (await add(conn, "bus-1"))["bus-1"]
    async with door(dsn, pace=Pace(messages_per_s=BURST / BURST_S, bytes_per_s=0)) as port:
        raw = await Raw.open(port)
        await raw.hello("bus-1", token)
        await raw.send(said * (3 * BURST))
        for _ in range(BURST + 1):
            assert await raw.packet() is not None
        await nothing_more(raw)


async def test_a_topic_counts_as_its_bytes(dsn, conn):
    token = (await add(conn, "bus-1"))["bus-1"]
    async with door(dsn, pace=Pace(messages_per_s=0, bytes_per_s=100)) as port:
        raw = await Raw.open(port)
        await raw.hello("bus-1", token, version=5)
        for n in range(1, 10):
            await raw.send(publish("x" * 30_000, b"", n, version=5))
        assert await raw.packet() == b"\x40\x03\x00\x01\x87"
        assert await raw.packet() == b"\x40\x03\x00\x02\x87"
        await nothing_more(raw)
    assert await conn.fetchval("SELECT max(length(topic)) FROM refused_publish") == 1_000


async def nothing_more(raw):
    """The next one is ten seconds away, or more."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await raw.packet()
    raw.close()
