"""Sessions that devices ask us to keep."""

from telemetry.ingest import store
from tests.flows.ingest_door import add


async def test_of_a_device_with_ever_new_names_the_latest_sessions_stay(conn):
    await add(conn, "bus-1", "foe")
    ids = dict(await conn.fetch("SELECT name, id FROM device"))
    many = [f"c{n:03}" for n in range(store.SESSIONS_OF_ONE + 7)]
    for client in ("own", *many):
        name = "bus-1" if client == "own" else "foe"
        asked = store.Session(ids[name], client, clean=False, keep=True)
        await store.open_sessions(conn, [asked])
    await store.forget_sessions(conn)
    left = await conn.fetch("SELECT client_id FROM mqtt_session ORDER BY client_id")
    assert [row["client_id"] for row in left] == [*many[7:], "own"]
    await store.forget_sessions(conn)
    assert await conn.fetchval("SELECT count(*) FROM mqtt_session") == len(left)
