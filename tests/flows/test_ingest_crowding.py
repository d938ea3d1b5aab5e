"""One device among others: how much of the door it may hold."""

from telemetry.ingest.owners import CLIENTS_OF_ONE
from tests.flows.ingest_door import PINGREQ, PINGRESP, Raw, add, door, until

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
