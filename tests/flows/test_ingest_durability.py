"""PUBACK = committed: whatever dies in the middle, nothing acknowledged is missing."""

import asyncio
import signal

import asyncpg
import pytest

from dispatch.kernel import db
from dispatch.kernel.clock import start_real
from dispatch.run.embedded import postgres
from telemetry import wire
from tests.flows.ingest_door import (
    PINGREQ,
    Device,
    Raw,
    add,
    door,
    fix,
    free_port,
    process,
    publish,
    until,
)

TOPIC = "gongche/v1/bus-1/fix"
MESSAGES = 1_500
KILLS = 3


def numbered(clock, count=MESSAGES):
    """Payloads whose seq is their packet identifier."""
    return [wire.encode([fix(clock, n / 100, seq=n)]) for n in range(1, count + 1)]


async def stored(conn):
    return {row["seq"] for row in await conn.fetch("SELECT seq FROM fix")}


@pytest.mark.parametrize("version", [4, 5], ids=["3.1.1", "5"])
async def test_kill_9_of_ingest_in_mid_stream_loses_nothing(dsn, conn, clock, version):
    token = (await add(conn, "bus-1"))["bus-1"]
    settings = {"dsn": dsn, "port": free_port(), "retention_days": 30}
    device = Device(settings["port"], "bus-1", token, numbered(clock), version)
    streaming = asyncio.create_task(device.run())
    try:
        for kill in range(1, KILLS + 1):
            async with process(settings) as child:
                await until(lambda n=kill: len(device.acked) > n * MESSAGES // (KILLS + 2))
                child.send_signal(signal.SIGKILL)
                await child.wait()
            assert set(device.acked) <= await stored(conn)
        async with process(settings):
            async with asyncio.timeout(120):
                await streaming
    finally:
        streaming.cancel()
    assert device.connections == KILLS + 1
    assert await stored(conn) == set(range(1, MESSAGES + 1))
    assert await conn.fetchval("SELECT count(*) FROM fix") == MESSAGES


async def failing_commits(conn, sqlstate):
    """From now on a COMMIT of fixes fails; each attempt is counted for ever."""
    await conn.execute(
        f"""
        CREATE SEQUENCE attempts;
        CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            PERFORM nextval('attempts');
            RAISE EXCEPTION 'planted' USING ERRCODE = '{sqlstate}';
        END $$;
        CREATE CONSTRAINT TRIGGER planted AFTER INSERT OR UPDATE ON live_position
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail();
        """
    )


async def attempts(conn):
    row = await conn.fetchrow("SELECT last_value, is_called FROM attempts")
    return row["last_value"] if row["is_called"] else 0


async def test_a_commit_that_fails_for_want_of_disk_is_tried_again_and_acknowledged_then(
    dsn, conn, clock
):
    token = (await add(conn, "bus-1"))["bus-1"]
    await failing_commits(conn, "53100")
    async with door(dsn) as port:
        raw = await Raw.open(port)
        await raw.hello("bus-1", token)
        await raw.send(publish(TOPIC, wire.encode([fix(clock)]), 7))
        await until(lambda: _at_least(conn, 3))
        await raw.send(PINGREQ)
        assert await raw.packet() == b"\xd0\x00"
        assert await stored(conn) == set()
        await conn.execute("DROP TRIGGER planted ON live_position")
        assert await raw.packet() == b"\x40\x02\x00\x07"
        assert await conn.fetchval("SELECT count(*) FROM fix") == 1
        raw.close()


async def _at_least(conn, count):
    return await attempts(conn) >= count


async def test_a_bug_while_storing_ends_the_process_and_acknowledges_nothing(dsn, conn, clock):
    token = (await add(conn, "bus-1"))["bus-1"]
    await failing_commits(conn, "XX000")
    answers = []

    async def lifetime():
        async with door(dsn) as port:
            raw = await Raw.open(port)
            await raw.hello("bus-1", token)
            await raw.send(publish(TOPIC, wire.encode([fix(clock)]), 7))
            answers.append(await raw.packet())
            raw.close()

    with pytest.raises(ExceptionGroup) as died:
        await lifetime()
    assert died.group_contains(asyncpg.InternalServerError, match="planted")
    assert answers == [None]
    assert await stored(conn) == set()


async def test_stopping_stores_and_acknowledges_what_was_received(dsn, conn, pool, clock):
    token = (await add(conn, "bus-1"))["bus-1"]
    async with pool.acquire() as other:
        held = other.transaction()
        await held.start()
        async with door(dsn) as port:
            raw = await Raw.open(port)
            await raw.hello("bus-1", token, version=5)
            await other.execute("LOCK TABLE dirty_mark")
            for n in range(1, 51):
                await raw.send(publish(TOPIC, wire.encode([fix(clock, n)]), n, version=5))
            await raw.send(PINGREQ)
            assert await raw.packet() == b"\xd0\x00"
            releasing = asyncio.get_running_loop().call_later(
                0.3, lambda: asyncio.ensure_future(held.rollback())
            )
        assert releasing.when()
    acks = [await raw.packet() for _ in range(50)]
    assert [int.from_bytes(ack[2:], "big") for ack in acks] == list(range(1, 51))
    assert await raw.packet() == b"\xe0\x02\x8b\x00"
    assert await conn.fetchval("SELECT count(*) FROM fix") == 50
    raw.close()


async def test_the_database_killed_in_mid_stream_loses_nothing(tmp_path_factory):
    # With synchronous_commit off this fails: the server then says committed before it is.
    cluster, server = postgres.start(tmp_path_factory.mktemp("away") / "data", postgres.SAFE)
    dsn = postgres.dsn(cluster)
    try:
        pool = await db.open_pool(dsn)
        async with pool.acquire() as conn:
            await db.migrate(conn)
            await start_real(conn)
            clock = await _clock(pool)
            token = (await add(conn, "bus-1"))["bus-1"]
        await pool.close()
        async with door(dsn) as port:
            device = Device(port, "bus-1", token, numbered(clock))
            streaming = asyncio.create_task(device.run())
            for kill in (1, 2):
                await until(lambda n=kill: len(device.acked) > n * MESSAGES // 4)
                server.kill()
                server.wait()
                stranger = await Raw.open(port)
                answer = await stranger.hello(
                    "bus-1", token, client_id="stranger", version=kill + 3
                )
                assert answer[3] == (3 if kill == 1 else 0x88)
                stranger.close()
                before = len(device.acked)
                server = await asyncio.to_thread(postgres.launch, cluster, postgres.SAFE)
                await asyncio.to_thread(postgres.await_ready, cluster, server)
                await until(lambda n=before: len(device.acked) > n)
            async with asyncio.timeout(120):
                await streaming
            conn = await asyncpg.connect(dsn)
            assert await stored(conn) == set(range(1, MESSAGES + 1))
            assert await conn.fetchval("SELECT count(*) FROM fix") == MESSAGES
            await conn.close()
    finally:
        await asyncio.to_thread(postgres.stop, cluster, server)


async def _clock(pool):
    from dispatch.kernel.clock import ProductClock

    return await ProductClock.open(pool)


async def test_ingest_waits_for_a_database_that_is_not_there_yet_and_can_be_stopped(tmp_path):
    from telemetry import ingest

    stop = asyncio.Event()
    opened = []
    running = asyncio.create_task(
        ingest.run(
            ingest.IngestSettings(dsn=f"postgresql://nobody@/none?host={tmp_path}", port=0),
            stop=stop,
            ready=opened.append,
        )
    )
    done, _ = await asyncio.wait({running}, timeout=0.3)
    assert not done
    stop.set()
    async with asyncio.timeout(30):
        await running
    assert opened == []
