"""The live socket on a real server: conflated positions, resumable events, who sees what."""

import asyncio
import json
import random
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
import websockets

from dispatch import access
from dispatch.kernel import db
from tests.website import imported, person, publish, served, token, until
from web.live.frames import Kind, unpack
from web.live.hub import KEPT

AT = datetime(2026, 3, 2, tzinfo=UTC)
LON, LAT = 118.75, 30.94


class Client:
    """What a console keeps of its socket: cars by handle, events in order."""

    def __init__(self, socket, *, acks=True):
        self.socket = socket
        self.acks = acks
        self.cars = {}
        self.names = {}
        self.events = []
        self.skips = []
        self.said = []
        self.frames = []
        self.unacknowledged = None

    async def say(self, **message):
        await self.socket.send(json.dumps(message))

    async def acknowledge(self):
        await self.say(t="ack", tick=self.unacknowledged)

    async def take(self, message):
        if isinstance(message, bytes):
            await self.apply(message)
        else:
            self.read(json.loads(message))

    async def apply(self, message):
        kind, tick, records = unpack(message)
        self.frames.append((kind, len(records)))
        if kind is Kind.KEYFRAME:
            self.cars.clear()
        for r in records:
            assert int(r["handle"]) in self.names, "a car must be named before it is shown"
            if kind is Kind.LEAVE:
                self.cars.pop(int(r["handle"]), None)
            else:
                self.cars[int(r["handle"])] = (
                    int(r["lon"]),
                    int(r["lat"]),
                    int(r["state"]),
                    int(r["kmh"]),
                )
        self.unacknowledged = tick
        if self.acks:
            await self.acknowledge()

    def read(self, read):
        self.said.append(read["t"])
        match read["t"]:
            case "welcome":
                self.epoch, self.seq = read["epoch"], read["seq"]
            case "snapshot":
                self.names = {row[0]: row for row in read["vehicles"]}
            case "handles":
                self.names |= {row[0]: row for row in read["rows"]}
            case "event":
                assert read["seq"] == self.seq + 1
                self.seq = read["seq"]
                self.events.append(read)
            case "resync":
                self.seq = read["seq"]
            case "skip":
                assert read["seq"] > self.seq
                self.seq = read["seq"]
                self.skips.append(read["seq"])

    async def listen(self):
        async for message in self.socket:
            await self.take(message)


@asynccontextmanager
async def console(address, secret, *, since=None, acks=True, **view):
    async with websockets.connect(
        f"ws://{address}/api/live",
        subprotocols=["live.v1"],
        additional_headers={"Authorization": f"Bearer {secret}"},
        proxy=None,
    ) as socket:
        client = Client(socket, acks=acks)
        if since:
            client.seq = since["seq"]
        await client.say(t="hello", v=1, since=since)
        await client.say(
            t="view",
            **({"bbox": None, "pools": None, "states": None, "hz": 10, "paused": False} | view),
        )
        listening = asyncio.create_task(client.listen())
        try:
            yield client
        finally:
            listening.cancel()


@pytest.fixture
async def city(pool, clock, conn):
    async with served(pool, clock, live_hz=50, recheck_s=0.2) as (address, app):
        ids = (await imported(app, conn))["ids"]
        devices = {r["name"]: r["id"] for r in await conn.fetch("SELECT id, name FROM device")}
        yield address, ids, devices


async def supervisor(conn, code="S"):
    return await token(conn, await person(conn, code, ("supervisor", {})))


async def dispatcher(conn, pool_id, code="D"):
    return await token(conn, await person(conn, code, ("dispatcher", {"pool_id": pool_id})))


def now():
    return datetime.now(UTC)


async def test_a_fix_becomes_a_car_on_the_socket(city, conn):
    address, ids, devices = city
    async with console(address, await supervisor(conn)) as client:
        await publish(conn, devices["bd-xz1"], LON, LAT, at=now())
        car = ids["vehicles"]["V-XZ1"]

        async def seen():
            return client.cars.get(car)

        lon, lat, state, kmh = await until(seen)
        assert (lon, lat, kmh) == (1187500000, 309400000, 30)
        assert state & 15 == 2
        assert client.names[car][1:] == [car, "皖PXZ001", ids["pools"]["XZ"], "sedan"]
        assert client.said[:2] == ["welcome", "snapshot"]


async def test_the_position_of_a_terminal_on_no_vehicle_is_nobodys(city, conn):
    address, ids, devices = city
    async with console(address, await supervisor(conn)) as client:
        await conn.execute("DELETE FROM binding WHERE device_id = $1", devices["bd-xz1"])
        await publish(conn, devices["bd-xz1"], LON, LAT, at=now())
        await publish(conn, devices["bd-ng1"], LON, LAT, at=now())

        async def seen():
            return ids["vehicles"]["V-NG1"] in client.cars

        await until(seen)

        async def unbound():
            return ids["vehicles"]["V-XZ1"] not in client.cars

        await until(unbound)


async def _write(pool, devices, seed, rounds):
    """Move random devices in transactions of random length, some of which roll back."""
    chance = random.Random(seed)
    for _ in range(rounds):
        async with pool.acquire() as conn:
            transaction = conn.transaction()
            await transaction.start()
            for device in sorted(chance.sample(devices, chance.randint(1, 3))):
                lon, lat = LON + chance.random(), LAT + chance.random()
                await publish(conn, device, lon, lat, at=now())
                await asyncio.sleep(chance.random() * 0.004)
            await (transaction.rollback() if chance.random() < 0.3 else transaction.commit())


async def _as_stored(conn):
    rows = await conn.fetch(
        "SELECT vehicle_id, lon, lat FROM live_position JOIN binding USING (device_id)"
    )
    return {row["vehicle_id"]: (row["lon"], row["lat"]) for row in rows}


async def test_twenty_writers_at_random_leave_the_client_with_what_is_stored(city, dsn, conn):
    address, _, devices = city
    mine = [i for name, i in devices.items() if name.startswith("bd-")]
    writers = await db.open_pool(dsn, at_most=20)
    async with console(address, await supervisor(conn)) as client:
        await asyncio.gather(*(_write(writers, mine, seed, 6) for seed in range(20)))
        stored = await _as_stored(conn)
        assert len(stored) == 4

        async def same():
            return {car: found[:2] for car, found in client.cars.items()} == stored

        await until(same)
    await writers.close()


async def test_a_long_open_transaction_leaves_no_car_stale(city, pool, dsn, conn):
    """The naive tail by a counter (changed_xid above the last seen) is the control: it loses the car."""
    address, ids, devices = city
    slow_car, quick_car = ids["vehicles"]["V-XZ1"], ids["vehicles"]["V-XZ2"]
    async with console(address, await supervisor(conn)) as client, pool.acquire() as slow:
        transaction = slow.transaction()
        await transaction.start()
        await publish(slow, devices["bd-xz1"], LON, LAT, at=now())
        await publish(conn, devices["bd-xz2"], LON, LAT, at=now())

        async def quick():
            return quick_car in client.cars

        await until(quick)
        naive = await conn.fetchval("SELECT max(changed_xid::text::int8) FROM live_position")
        assert slow_car not in client.cars
        await transaction.commit()
        missed = await conn.fetchval(
            "SELECT count(*) FROM live_position WHERE device_id = $1 AND changed_xid::text::int8 <= $2",
            devices["bd-xz1"], naive,
        )  # fmt: skip
        assert missed == 1

        async def both():
            return slow_car in client.cars

        await until(both)


async def test_a_client_that_does_not_acknowledge_gets_one_frame_and_then_all_at_once(city, conn):
    address, _, devices = city
    async with console(address, await supervisor(conn), acks=False) as client:

        async def framed():
            return client.frames

        await until(framed)
        for i in range(200):
            for device in (devices["bd-xz1"], devices["bd-ng2"]):
                await publish(conn, device, LON + i / 1000, LAT, at=now())
        async with console(address, await supervisor(conn, "S2")) as other:

            async def caught_up():
                return {car[0] for car in other.cars.values()} == {round((LON + 0.199) * 1e7)}

            await until(caught_up)
        assert len(client.frames) == 1
        client.acks = True
        await client.acknowledge()

        async def conflated():
            return {car[0] for car in client.cars.values()} == {round((LON + 0.199) * 1e7)}

        await until(conflated)
        assert client.frames[1:] == [(Kind.DELTA, 2)]


async def test_what_leaves_the_view_leaves_and_a_new_view_is_a_keyframe(city, conn):
    address, ids, devices = city
    box = [LON - 0.1, LAT - 0.1, LON + 0.1, LAT + 0.1]
    await publish(conn, devices["bd-xz1"], LON, LAT, at=now())
    await publish(conn, devices["bd-xz2"], LON + 1, LAT, at=now())
    inside, outside = ids["vehicles"]["V-XZ1"], ids["vehicles"]["V-XZ2"]
    async with console(address, await supervisor(conn), bbox=box) as client:

        async def one():
            return set(client.cars) == {inside}

        await until(one)
        await publish(conn, devices["bd-xz1"], LON + 0.5, LAT, at=now())

        async def none():
            return not client.cars and client.frames[-1][0] is Kind.LEAVE

        await until(none)
        await client.say(t="view", bbox=None, pools=None, states=["moving"], hz=10, paused=False)

        async def both():
            return set(client.cars) == {inside, outside}

        await until(both)
        assert client.frames[-1] == (Kind.KEYFRAME, 2)
        await client.say(t="view", bbox=None, pools=[ids["pools"]["NG"]], states=None, hz=10, paused=False)  # fmt: skip

        async def empty():
            return not client.cars

        await until(empty)


async def test_a_foreign_car_is_coarse_and_a_narrow_view_does_not_find_it(city, conn):
    address, ids, devices = city
    secret = await dispatcher(conn, ids["pools"]["XZ"])
    lon, lat = 118.75432, 30.94321
    await publish(conn, devices["bd-xz1"], lon, lat, at=now())
    await publish(conn, devices["bd-ng1"], lon, lat, at=now())
    own, foreign = ids["vehicles"]["V-XZ1"], ids["vehicles"]["V-NG1"]
    async with console(address, secret) as client:

        async def two():
            return len(client.cars) == 2

        await until(two)
        assert client.cars[own][:2] == (round(lon * 1e7), round(lat * 1e7))
        assert client.cars[foreign][:2] == (1187550000, 309450000)
        assert client.cars[foreign][3] == 0
        e = 0.0005
        await client.say(t="view", bbox=[lon - e, lat - e, lon + e, lat + e], hz=10)

        async def narrow():
            return set(client.cars) == {own}

        await until(narrow)


async def _emit(conn, kind, pool_id):
    async with conn.transaction():
        await db.emit(conn, kind, {"n": 1}, at=AT, pool_id=pool_id)
    await db.number_events(conn)


async def test_events_of_other_platforms_are_skipped_aloud(city, conn):
    address, ids, _ = city
    own, foreign = ids["pools"]["XZ"], ids["pools"]["NG"]
    async with console(address, await dispatcher(conn, own)) as client:

        async def greeted():
            return "snapshot" in client.said

        await until(greeted)
        start = client.seq
        for pool_id in (own, foreign, foreign, own, None, foreign):
            await _emit(conn, "order.assigned", pool_id)

        async def told():
            return client.seq == start + 6

        await until(told)
        assert [e["seq"] - start for e in client.events] == [1, 4, 5]
        assert all(e["pool_id"] != foreign for e in client.events)


async def test_a_client_that_comes_back_gets_what_it_missed_and_no_snapshot(city, conn):
    address, ids, _ = city
    secret = await supervisor(conn)
    async with console(address, secret) as client:

        async def greeted():
            return "snapshot" in client.said

        await until(greeted)
        await _emit(conn, "order.assigned", ids["pools"]["XZ"])

        async def one():
            return len(client.events) == 1

        await until(one)
        since = {"epoch": client.epoch, "seq": client.seq}
    for _ in range(400):
        await db.emit(conn, "order.completed", {}, at=AT, pool_id=None)
    await db.number_events(conn)
    async with console(address, secret, since=since) as client:

        async def caught_up():
            return len(client.events) == 400

        await until(caught_up)
        assert "snapshot" not in client.said
        assert "resync" not in client.said


@pytest.mark.parametrize("since", [{"epoch": "another", "seq": 3}, {"epoch": None, "seq": 10**9}])
async def test_a_client_of_another_history_starts_anew(city, conn, since):
    address, _, _ = city
    epoch = str(await conn.fetchval("SELECT epoch FROM live_epoch"))
    async with console(address, await supervisor(conn), since=since | ({} if since["epoch"] else {"epoch": epoch})) as client:  # fmt: skip

        async def greeted():
            return "snapshot" in client.said

        await until(greeted)
        assert client.said[0] == "welcome"


async def test_a_client_that_missed_more_than_is_kept_is_told_to_read_anew(city, conn):
    address, _, _ = city
    epoch = str(await conn.fetchval("SELECT epoch FROM live_epoch"))
    async with console(address, await supervisor(conn)) as watcher:

        async def greeted():
            return "snapshot" in watcher.said

        await until(greeted)
        async with conn.transaction():
            for _ in range(KEPT + 10):
                await db.emit(conn, "order.completed", {}, at=AT)
        await db.number_events(conn)

        async def all_heard():
            return len(watcher.events) == KEPT + 10

        await until(all_heard)
        assert "resync" not in watcher.said
        late = {"epoch": epoch, "seq": 0}
        async with console(address, await supervisor(conn, "S2"), since=late) as client:

            async def told():
                return "resync" in client.said and client.seq == KEPT + 10

            await until(told)
            await _emit(conn, "order.completed", None)

            async def going_on():
                return client.seq == KEPT + 11 and len(client.events) == 1

            await until(going_on)


async def test_a_restored_database_starts_every_client_anew(city, conn):
    address, _, _ = city
    async with console(address, await supervisor(conn)) as client:

        async def greeted():
            return "snapshot" in client.said

        await until(greeted)
        old = client.epoch
        await conn.execute("UPDATE live_epoch SET epoch = gen_random_uuid()")

        async def anew():
            return client.epoch != old and "resync" in client.said

        await until(anew)


async def _refused(address, **how):
    with pytest.raises(websockets.exceptions.InvalidStatus) as refused:
        async with websockets.connect(
            f"ws://{address}/api/live", **({"subprotocols": ["live.v1"], "proxy": None} | how)
        ):
            pass
    return refused.value.response.status_code


async def test_the_handshake_refuses_strangers_foreign_pages_and_other_protocols(city, conn):
    address, _, _ = city
    someone = await person(conn, "S", ("supervisor", {}))
    cookie = {"Cookie": f"gongche={await access.open_session(conn, someone)}"}
    bearer = {"Authorization": f"Bearer {await token(conn, someone)}"}
    nobody = {"Authorization": f"Bearer {'x' * 43}"}
    requester = await token(conn, await person(conn, "R", ("requester", {})))
    assert await _refused(address) == 401
    assert await _refused(address, additional_headers=nobody) == 401
    assert await _refused(address, additional_headers=cookie) == 403
    assert await _refused(address, additional_headers=cookie, origin="http://evil.test") == 403
    assert await _refused(address, additional_headers=bearer, subprotocols=None) == 400
    portal = {"Authorization": f"Bearer {requester}"}
    assert await _refused(address, additional_headers=portal) == 403
    async with websockets.connect(
        f"ws://{address}/api/live", subprotocols=["live.v1"], additional_headers=cookie,
        origin=f"http://{address}", proxy=None,
    ) as socket:  # fmt: skip
        assert socket.subprotocol == "live.v1"
        assert "Sec-WebSocket-Extensions" not in socket.response.headers


async def test_our_own_page_learns_that_its_session_ended(city, conn):
    address, _, _ = city
    async with websockets.connect(
        f"ws://{address}/api/live", subprotocols=["live.v1"], origin=f"http://{address}", proxy=None
    ) as socket:
        assert json.loads(await socket.recv()) == {"t": "bye", "reason": "not-signed-in"}
        with pytest.raises(websockets.exceptions.ConnectionClosed):
            await socket.recv()
        assert socket.close_code == 4401


async def test_a_grant_taken_away_ends_the_socket(city, conn):
    address, _, _ = city
    async with console(address, await supervisor(conn)) as client:

        async def greeted():
            return "snapshot" in client.said

        await until(greeted)
        await conn.execute("UPDATE role_grant SET during = tstzrange(lower(during), $1) WHERE role = 'supervisor'", now())  # fmt: skip
        await client.socket.wait_closed()
        assert client.socket.close_code == 4403


async def test_a_grant_narrowed_narrows_what_is_seen(city, conn):
    address, ids, devices = city
    someone = await person(conn, "S", ("supervisor", {}), ("dispatcher", {"pool_id": ids["pools"]["XZ"]}))  # fmt: skip
    await publish(conn, devices["bd-ng1"], 118.75432, 30.94321, at=now())
    async with console(address, await token(conn, someone)) as client:
        car = ids["vehicles"]["V-NG1"]

        async def exact():
            return client.cars.get(car, (0,))[0] == 1187543200

        await until(exact)
        await conn.execute("UPDATE role_grant SET during = tstzrange(lower(during), $1) WHERE role = 'supervisor'", now())  # fmt: skip

        async def coarse():
            return client.cars.get(car, (0,))[0] == 1187550000

        await until(coarse)
        assert client.frames[-1][0] is Kind.KEYFRAME


async def test_an_unreadable_message_ends_the_socket_with_its_code(city, conn):
    address, _, _ = city
    async with console(address, await supervisor(conn)) as client:
        await client.socket.send('{"t": "shout"}')
        await client.socket.wait_closed()
        assert client.socket.close_code == 4400


async def test_orders_colour_the_car(city, conn):
    address, ids, devices = city
    car = ids["vehicles"]["V-XZ1"]
    await publish(conn, devices["bd-xz1"], LON, LAT, at=now())
    async with console(address, await supervisor(conn)) as client:
        await conn.execute(
            "INSERT INTO leg (vehicle_id, kind, status, during, planned) SELECT $1, 'maintenance', 'assigned', r, r "
            "FROM (SELECT tstzrange(now() - interval '1 hour', now() + interval '1 hour') AS r) p",
            car,
        )
        await _emit(conn, "order.assigned", None)

        async def in_the_shop():
            return client.cars.get(car, (0, 0, 0, 0))[2] >> 4 == 3

        await until(in_the_shop)
