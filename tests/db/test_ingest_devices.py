"""Devices: a token shown once, and bindings that can be corrected in the past."""

from datetime import UTC, datetime, timedelta

import pytest

from telemetry import devices
from telemetry.ingest import store

DAY = timedelta(days=1)
MARCH = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
async def conn(conn):
    await conn.executemany(
        "INSERT INTO vehicle (id, code, model, category, class, seats, powertrain, "
        "first_registered, home_lon, home_lat) "
        "VALUES ($1, $2, 'm', 'OTHER', 'sedan', 5, 'petrol', '2020-01-01', 117, 34)",
        [(n, f"V{n}") for n in (1, 2, 3)],
    )
    for name in ("a", "b"):
        await devices.create(conn, name, "terminal")
    return conn


async def rows(conn):
    found = await conn.fetch(
        "SELECT d.name, b.vehicle_id, lower(during) AS lo, upper(during) AS hi FROM binding b "
        "JOIN device d ON d.id = b.device_id ORDER BY lower(during), d.name"
    )
    return [
        (r["name"], r["vehicle_id"], (r["lo"] - MARCH).days, r["hi"] and (r["hi"] - MARCH).days)
        for r in found
    ]


async def marks(conn):
    taken = await conn.fetch("DELETE FROM vehicle_mark RETURNING vehicle_id, lo, hi")
    return {(r["vehicle_id"], (r["lo"] - MARCH).days) for r in taken}


async def test_the_token_is_shown_once_and_only_its_digest_is_stored(conn):
    device, token = await devices.create(conn, "tx-1", "terminal")
    held = await devices.credential(conn, "tx-1")
    assert (held.id, held.token_digest) == (device.id, devices.token_digest(token))
    assert len(token) >= 43
    second = await devices.rotate(conn, "tx-1")
    assert second != token
    assert (await devices.credential(conn, "tx-1")).token_digest == devices.token_digest(second)


async def test_a_token_replaced_twice_still_lets_in_who_has_the_first(conn):
    _, first = await devices.create(conn, "tx-1", "terminal")
    lost, third = [await devices.rotate(conn, "tx-1", timedelta(hours=1)) for _ in "ab"]
    held = await devices.credential(conn, "tx-1")
    assert held.token_digest == devices.token_digest(third)
    assert held.old_token_digest == devices.token_digest(first) != devices.token_digest(lost)
    await devices.rotate(conn, "tx-1")
    assert (await devices.credential(conn, "tx-1")).old_token_digest is None


async def test_a_token_is_kept_no_longer_than_its_own_grace(conn):
    await devices.create(conn, "tx-1", "terminal")
    second = await devices.rotate(conn, "tx-1", timedelta(hours=1))
    await conn.execute("UPDATE device SET old_token_until = now() WHERE name = 'tx-1'")
    await devices.rotate(conn, "tx-1", timedelta(hours=1))
    held = await devices.credential(conn, "tx-1")
    assert held.old_token_digest == devices.token_digest(second)


@pytest.mark.parametrize("name", ["", "a/b", "+", "#", "a b", "x" * 65, ".hidden", "a\x00"])
async def test_a_name_that_cannot_stand_in_a_topic_is_refused(conn, name):
    with pytest.raises(devices.BadName):
        await devices.create(conn, name, "terminal")


async def test_a_name_is_taken_for_devices_and_providers_alike(conn):
    with pytest.raises(devices.NameTaken):
        await devices.create(conn, "a", "provider")


async def test_creating_a_refused_device_takes_it_off_the_list(conn):
    await devices.refuse(conn, "new", "unknown", "10.0.0.1")
    await devices.refuse(conn, "new", "unknown", "10.0.0.2")
    (entry,) = await devices.refused(conn)
    assert (entry.name, entry.times, entry.address) == ("new", 2, "10.0.0.2")
    await devices.create(conn, "new", "terminal")
    assert await devices.refused(conn) == []


async def test_binding_marks_the_vehicle(conn):
    await devices.bind(conn, "a", 1, MARCH)
    assert await rows(conn) == [("a", 1, 0, None)]
    assert await marks(conn) == {(1, 0)}


async def test_a_swap_entered_late_cuts_both_and_marks_every_vehicle_it_touches(conn):
    await devices.bind(conn, "a", 1, MARCH)
    await devices.bind(conn, "b", 2, MARCH)
    await marks(conn)
    await devices.bind(conn, "a", 2, MARCH + 10 * DAY)
    assert await rows(conn) == [("a", 1, 0, 10), ("b", 2, 0, 10), ("a", 2, 10, None)]
    assert await marks(conn) == {(1, 10), (2, 10)}
    await devices.bind(conn, "b", 1, MARCH + 10 * DAY)
    assert await rows(conn) == [
        ("a", 1, 0, 10),
        ("b", 2, 0, 10),
        ("a", 2, 10, None),
        ("b", 1, 10, None),
    ]
    assert await marks(conn) == {(1, 10)}


async def test_a_stretch_in_the_past_is_cut_out_of_a_longer_binding(conn):
    await devices.bind(conn, "a", 1, MARCH)
    await marks(conn)
    await devices.bind(conn, "a", 3, MARCH + 5 * DAY, MARCH + 8 * DAY)
    assert await rows(conn) == [("a", 1, 0, 5), ("a", 3, 5, 8), ("a", 1, 8, None)]
    assert await marks(conn) == {(1, 5), (3, 5)}
    hi = await conn.fetchval("SELECT max(hi) FROM vehicle_mark")
    assert hi is None


async def test_a_binding_wholly_inside_the_new_one_is_replaced(conn):
    await devices.bind(conn, "b", 1, MARCH + 3 * DAY, MARCH + 4 * DAY)
    await devices.bind(conn, "a", 1, MARCH)
    assert await rows(conn) == [("a", 1, 0, None)]


async def test_the_mark_of_an_endless_binding_ends(conn):
    await devices.bind(conn, "a", 1, MARCH)
    now = await conn.fetchval("SELECT product_now()")
    hi = await conn.fetchval("SELECT hi FROM vehicle_mark")
    assert max(now, MARCH) <= hi <= max(now, MARCH) + 2 * DAY


async def test_unbinding_ends_the_binding_and_marks_the_vehicle(conn):
    await devices.bind(conn, "a", 1, MARCH)
    await marks(conn)
    await devices.unbind(conn, "a", MARCH + 2 * DAY)
    assert await rows(conn) == [("a", 1, 0, 2)]
    assert await marks(conn) == {(1, 2)}
    assert await devices.bound_at(conn, MARCH + 3 * DAY) == {}
    listed = await devices.list_all(conn, MARCH + DAY)
    assert [(one.name, one.vehicle_id) for one in listed] == [("a", 1), ("b", None)]


async def test_what_cannot_be_bound_is_refused_and_changes_nothing(conn):
    await devices.create(conn, "oil", "provider")
    await devices.bind(conn, "a", 1, MARCH)
    for refusal, attempt in [
        (devices.UnknownDevice, devices.bind(conn, "nobody", 1, MARCH)),
        (devices.NotATerminal, devices.bind(conn, "oil", 1, MARCH)),
        (devices.NoSuchVehicle, devices.bind(conn, "a", 99, MARCH + DAY)),
        (devices.EmptyPeriod, devices.bind(conn, "a", 1, MARCH, MARCH)),
    ]:
        with pytest.raises(refusal):
            await attempt
    assert await rows(conn) == [("a", 1, 0, None)]


async def test_of_refused_publishes_the_latest_are_kept(conn):
    for n in range(1, 8):
        await store.refuse_publishes(conn, [("a", f"other/{n}", "foreign-topic")], kept=3)
    rows = await conn.fetch("SELECT topic FROM refused_publish ORDER BY id")
    assert [row["topic"] for row in rows] == ["other/5", "other/6", "other/7"]


async def test_sessions_are_opened_together_as_they_are_one_by_one(conn):
    device = (await devices.find(conn, "a")).id

    def asked(client, clean, keep):
        return store.Session(device, client, clean, keep)

    first = [asked("x", clean=False, keep=True), asked("y", clean=True, keep=False)]
    assert set((await store.open_sessions(conn, first)).values()) == {False}
    again = [asked("x", clean=False, keep=True), asked("y", clean=False, keep=True)]
    assert await store.open_sessions(conn, again) == {again[0]: True, again[1]: False}
    anew = [asked("x", clean=True, keep=False), asked("y", clean=True, keep=True)]
    assert set((await store.open_sessions(conn, anew)).values()) == {False}
    rows = await conn.fetch("SELECT client_id FROM mqtt_session")
    assert [row["client_id"] for row in rows] == ["y"]
