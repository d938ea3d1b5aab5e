"""The door, case by case: each row of its table in docs/wire.md."""

import asyncio
import time
from datetime import timedelta

import pytest

from telemetry import devices, positions, wire
from telemetry.ingest.pace import Pace
from tests.flows.ingest_door import (
    DISCONNECT,
    PINGREQ,
    Raw,
    add,
    connect,
    door,
    fix,
    packet,
    publish,
    text,
    until,
)

TOPIC = "gongche/v1/bus-1/fix"
BOTH = pytest.mark.parametrize("version", [4, 5], ids=["3.1.1", "5"])


def connack(session, code, version):
    return b"\x20\x02" + bytes((session, code)) if version == 4 else None


@pytest.fixture
async def tokens(conn):
    return await add(conn, "bus-1", "bus-2") | await add(conn, "oil", kind="provider")


@pytest.fixture
async def port(dsn, tokens):
    async with door(dsn) as port:
        yield port


@pytest.fixture
async def client(port):
    opened = []

    async def make(name="bus-1", token=None, **more):
        raw = await Raw.open(port)
        opened.append(raw)
        if token is not None:
            answer = await raw.hello(name, token, **more)
            assert answer is not None
            assert answer[3] == 0, f"refused with {answer[3]:#x}"
        return raw

    yield make
    for raw in opened:
        raw.close()


async def count(conn, table="fix"):
    return await conn.fetchval(f"SELECT count(*) FROM {table}")


async def quarantined(conn):
    return {(e.reason, e.times) for e in await positions.unsettled(conn)}


@BOTH
async def test_a_publish_is_acknowledged_when_it_is_committed(client, tokens, conn, clock, version):
    raw = await client(token=tokens["bus-1"], version=version)
    await raw.send(publish(TOPIC, wire.encode([fix(clock)]), 7, version=version))
    assert await raw.packet() == b"\x40\x02\x00\x07"
    assert await count(conn) == 1


async def test_a_fix_sent_again_is_stored_once_also_among_new_ones(client, tokens, conn, clock):
    raw = await client(token=tokens["bus-1"])
    same = fix(clock)
    for n, said in enumerate(([same], [same], [same, fix(clock, 1)], [fix(clock, 2), same]), 1):
        await raw.send(publish(TOPIC, wire.encode(said), n))
        assert await raw.packet() == b"\x40\x02" + n.to_bytes(2, "big")
    assert await count(conn) == 3
    marked = await conn.fetch("SELECT lo FROM dirty_mark ORDER BY lo")
    stored = await conn.fetch("SELECT ts FROM fix ORDER BY ts")
    assert [row["lo"] for row in marked] == [row["ts"] for row in stored], "one mark each"


async def test_mqtt_5_is_told_the_window_and_the_largest_packet(client, tokens):
    raw = await client()
    answer = await raw.hello("bus-1", tokens["bus-1"], version=5)
    assert b"\x21\x00\x64" in answer[4:]
    assert b"\x27\x00\x10\x00\x00" in answer[4:]
    raw.close()


@BOTH
@pytest.mark.parametrize(
    ("name", "token", "reason"),
    [("bus-1", "guess", "wrong-token"), ("nobody", "guess", "unknown")],
    ids=["wrong password", "unknown device"],
)
async def test_bad_credentials_are_refused_and_recorded(client, conn, version, name, token, reason):
    raw = await client()
    answer = await raw.hello(name, token, version=version)
    assert answer[3] == (4 if version == 4 else 0x86)
    assert await raw.packet() is None
    (entry,) = await devices.refused(conn)
    assert (entry.name, entry.reason, entry.address) == (name, reason, "127.0.0.1")


async def test_a_disabled_device_is_refused(client, tokens, conn):
    await devices.set_enabled(conn, "bus-1", enabled=False)
    raw = await client()
    assert (await raw.hello("bus-1", tokens["bus-1"]))[3] == 4


async def test_a_new_token_opens_at_once_and_the_old_one_no_longer(client, tokens, conn):
    await client(token=tokens["bus-1"])
    new = await devices.rotate(conn, "bus-1")
    await client(token=new)
    raw = await client()
    assert (await raw.hello("bus-1", tokens["bus-1"], client_id="x"))[3] == 4


async def test_an_old_token_opens_until_the_device_was_seen_with_the_new_one(client, tokens, conn):
    open_before = await client(token=tokens["bus-1"], version=5, client_id="before")
    new = await devices.rotate(conn, "bus-1", timedelta(days=3))
    await client(token=tokens["bus-1"], client_id="old")
    await open_before.send(PINGREQ)
    assert await open_before.packet() == b"\xd0\x00"
    await client(token=new, client_id="new")
    raw = await client()
    assert (await raw.hello("bus-1", tokens["bus-1"], client_id="x"))[3] == 4
    assert await open_before.packet() == b"\xe0\x02\x87\x00", "opened with what opens no longer"


async def test_an_old_token_opens_no_longer_than_its_grace(client, tokens, conn):
    new = await devices.rotate(conn, "bus-1", timedelta(days=3))
    await conn.execute("UPDATE device SET old_token_until = now() WHERE name = 'bus-1'")
    raw = await client()
    assert (await raw.hello("bus-1", tokens["bus-1"]))[3] == 4
    await client(token=new)


async def test_who_guesses_waits_and_the_device_elsewhere_does_not(dsn, client, tokens, conn):
    for _ in range(5):
        raw = await client()
        assert (await raw.hello("bus-1", "guess"))[3] == 4
    raw = await client()
    await raw.send(connect("bus-1", "guess"))
    other = await client("bus-2", tokens["bus-2"])
    await other.send(PINGREQ)
    assert await other.packet() == b"\xd0\x00"
    (entry,) = await devices.refused(conn)
    assert entry.times == 5, "the sixth waits"
    assert (await raw.packet())[3] == 4
    await client(token=tokens["bus-1"])
    await client(token=tokens["bus-1"])


async def test_who_says_nothing_is_cut_off_where_too_many_say_nothing(dsn, tokens):
    async with door(dsn, strangers_at_most=2) as port:
        silent = [await Raw.open(port) for _ in range(2)]
        late = await Raw.open(port)
        assert await late.packet() is None
        assert (await silent[0].hello("bus-1", tokens["bus-1"]))[3] == 0
        again = await Raw.open(port)
        assert (await again.hello("bus-2", tokens["bus-2"]))[3] == 0
        for raw in (*silent, late, again):
            raw.close()


async def test_a_device_that_sends_too_fast_is_read_more_slowly_and_loses_nothing(
    dsn, tokens, conn, clock
):
    # a burst of 600 messages, then one a second: the last two come when they may
    async with door(dsn, pace=Pace(messages_per_s=1, bytes_per_s=0)) as port:
        raw = await Raw.open(port)
        assert (await raw.hello("bus-1", tokens["bus-1"]))[3] == 0
        began = time.monotonic()
        await raw.send(
            b"".join(publish(TOPIC, wire.encode([fix(clock, n / 9)]), n) for n in range(1, 603))
        )
        order = [int.from_bytes((await raw.packet())[2:4], "big") for _ in range(602)]
        assert order == list(range(1, 603))
        assert time.monotonic() - began > 0.9, "nothing slowed it down"
        assert await count(conn) == 602
        raw.close()


FOREIGN = [
    "gongche/v1/bus-2/fix",
    "gongche/v1/bus-1/fuel-card",
    "gongche/v1/bus-1/nothing",
    "gongche/v1/bus-1",
    "other",
    "",
]


async def recorded(conn):
    rows = await conn.fetch("SELECT device, topic, reason FROM refused_publish ORDER BY id")
    return [tuple(row) for row in rows]


async def test_a_foreign_topic_is_refused_by_code_and_recorded(client, tokens, conn, clock):
    payload = wire.encode([fix(clock)])
    raw = await client(token=tokens["bus-1"], version=5)
    for n, topic in enumerate(FOREIGN, start=1):
        await raw.send(publish(topic, payload, n, version=5))
        assert await raw.packet() == b"\x40\x03\x00" + bytes((n, 0x87))
    await raw.send(publish(TOPIC, payload, 9, version=5))
    assert await raw.packet() == b"\x40\x02\x00\x09"
    assert await recorded(conn) == [("bus-1", topic, "foreign-topic") for topic in FOREIGN]
    assert await count(conn) == 1


async def test_a_foreign_topic_ends_a_connection_that_has_no_code_for_it(
    client, tokens, conn, clock
):
    payload = wire.encode([fix(clock)])
    for topic in FOREIGN:
        raw = await client(token=tokens["bus-1"])
        await raw.send(publish(topic, payload, 3) + publish(TOPIC, payload, 4))
        assert await raw.packet() is None
    assert await recorded(conn) == [("bus-1", topic, "foreign-topic") for topic in FOREIGN]
    assert await count(conn) == 0


async def test_a_provider_publishes_receipts_and_no_fixes(client, tokens, conn, clock):
    raw = await client("oil", tokens["oil"], version=5)
    receipt = wire.Receipt(txn="T1", kind="fuel", at=clock.now(), amount_fen=100)
    await raw.send(publish("gongche/v1/oil/fuel-card", wire.encode([receipt]), 1, version=5))
    assert await raw.packet() == b"\x40\x02\x00\x01"
    await raw.send(publish("gongche/v1/oil/fix", wire.encode([fix(clock)]), 2, version=5))
    assert await raw.packet() == b"\x40\x03\x00\x02\x87"
    assert await conn.fetchval("SELECT issuer FROM receipt") == "oil"


@BOTH
async def test_a_session_is_present_when_it_was_kept(client, tokens, conn, version):
    async def session(clean, kept):
        raw = await client()
        said = {"session_s": 3600 if kept else 0} if version == 5 else {}
        answer = await raw.hello(
            "bus-1", tokens["bus-1"], clean=clean if version == 5 else not kept,
            version=version, **said,
        )  # fmt: skip
        assert await count(conn, "mqtt_session") == (1 if kept else 0)
        await raw.send(DISCONNECT)
        assert await raw.packet() is None
        return answer[2]

    assert await session(clean=False, kept=True) == 0
    assert await session(clean=False, kept=True) == 1
    assert await session(clean=True, kept=False) == 0
    assert await session(clean=False, kept=True) == 0


async def test_a_session_survives_the_end_of_the_process(dsn, tokens, conn):
    for present in (0, 1, 1):
        async with door(dsn) as port:
            raw = await Raw.open(port)
            answer = await raw.hello("bus-1", tokens["bus-1"], version=5, clean=False, session_s=60)
            assert answer[2] == present
            raw.cut()
            await asyncio.sleep(0)


async def test_a_session_ends_when_its_time_is_over(client, tokens, conn):
    for _ in range(2):
        raw = await client()
        answer = await raw.hello("bus-1", tokens["bus-1"], version=5, clean=False, session_s=60)
        assert answer[2] == 0
        await raw.send(DISCONNECT)
        await until(
            lambda: conn.fetchval(
                "UPDATE mqtt_session SET expires_at = now() - interval '1 s' "
                "WHERE expires_at < 'infinity' RETURNING true"
            )
        )


async def test_acknowledgements_come_in_order_also_for_what_is_quarantined(client, tokens, clock):
    raw = await client(token=tokens["bus-1"])
    good = wire.encode([fix(clock)])
    sent = b"".join(
        publish(TOPIC, good if n % 3 else b"{", n, dup=n % 2 == 0) for n in range(1, 60)
    )
    await raw.send(sent + publish(TOPIC, good, 5))
    order = [int.from_bytes((await raw.packet())[2:4], "big") for _ in range(60)]
    assert order == [*range(1, 60), 5]


@BOTH
async def test_qos_2_is_received_after_the_commit_and_completed(
    client, tokens, conn, clock, version
):
    raw = await client(token=tokens["bus-1"], version=version)
    await raw.send(publish(TOPIC, wire.encode([fix(clock)]), 9, qos=2, version=version))
    assert await raw.packet() == b"\x50\x02\x00\x09"
    assert await count(conn) == 1
    await raw.send(b"\x62\x02\x00\x09")
    assert await raw.packet() == b"\x70\x02\x00\x09"


async def test_qos_0_and_retained_messages_are_stored_like_any_other(client, tokens, conn, clock):
    raw = await client(token=tokens["bus-1"])
    await raw.send(publish(TOPIC, wire.encode([fix(clock)]), qos=0))
    await raw.send(publish(TOPIC, wire.encode([fix(clock, 1)]), 2, retain=True))
    assert await raw.packet() == b"\x40\x02\x00\x02"
    assert await count(conn) == 2


async def test_a_will_becomes_a_status_when_the_connection_breaks(client, tokens, conn, clock):
    said = wire.encode([wire.Status(ts=fix(clock, -3600).ts, state="power-cut")])
    raw = await client(token=tokens["bus-1"], will=("gongche/v1/bus-1/status", said))
    raw.cut()
    row = await until(lambda: conn.fetchrow("SELECT state, ts, received_at FROM device_status"))
    assert (row["state"], row["ts"]) == ("power-cut", row["received_at"])


async def test_a_will_that_is_no_status_still_says_offline(client, tokens, conn):
    raw = await client(token=tokens["bus-1"], will=("gongche/v1/bus-1/status", b"gone\xff"))
    raw.cut()
    assert await until(lambda: conn.fetchval("SELECT state FROM device_status")) == "offline"


async def test_a_will_is_not_spoken_after_a_goodbye(client, tokens, conn, clock):
    raw = await client(token=tokens["bus-1"], will=("gongche/v1/bus-1/status", b"gone"))
    await raw.send(DISCONNECT)
    assert await raw.packet() is None
    again = await client(token=tokens["bus-1"])
    await again.send(publish(TOPIC, wire.encode([fix(clock)]), 1))
    assert await again.packet() == b"\x40\x02\x00\x01"
    assert await count(conn, "device_status") == 0


@BOTH
async def test_a_will_on_a_foreign_topic_is_not_let_in(client, tokens, conn, version):
    raw = await client()
    will = ("gongche/v1/bus-2/status", b"gone")
    answer = await raw.hello("bus-1", tokens["bus-1"], version=version, will=will)
    assert answer[3] == (5 if version == 4 else 0x87)
    await until(lambda: count(conn, "refused_publish"))


@BOTH
async def test_a_subscription_is_granted_under_the_own_prefix_only(client, tokens, version):
    raw = await client(token=tokens["bus-1"], version=version)
    extra = b"\x00" if version == 5 else b""
    filters = ("gongche/v1/bus-1/#", "gongche/v1/bus-2/#", "#", "gongche/v1/bus-1/fix")
    body = b"".join(text(one) + b"\x01" for one in filters)
    await raw.send(packet(0x82, b"\x00\x05" + extra + body))
    refused = b"\x80" if version == 4 else b"\x87"
    assert (await raw.packet())[-4:] == b"\x01" + refused + refused + b"\x01"
    await raw.send(packet(0xA2, b"\x00\x06" + extra + text("gongche/v1/bus-1/#")))
    assert (await raw.packet())[:1] == b"\xb0"


async def test_too_large_is_read_away_quarantined_and_acknowledged(client, tokens, conn, clock):
    raw = await client(token=tokens["bus-1"])
    sizes = (70_000, 200_000, 1_000_000)
    for n, size in enumerate(sizes):
        good = publish(TOPIC, wire.encode([fix(clock, n)]), 2)
        await raw.send(publish(TOPIC, bytes((65 + n,)) * size, 1) + good + PINGREQ)
        got = [await raw.packet() for _ in range(3)]
        assert b"\xd0\x00" in got
        acks = [one for one in got if one[0] == 0x40]
        assert acks == [b"\x40\x02\x00\x01", b"\x40\x02\x00\x02"]
    entries = await positions.unsettled(conn)
    assert {e.reason for e in entries} == {"too-large"}
    assert {e.detail for e in entries} == {f"{size} bytes" for size in sizes}
    assert {len(e.payload) for e in entries} == {64 * 1024}
    assert await count(conn) == 3


@BOTH
async def test_more_than_a_mebibyte_ends_the_connection(client, tokens, version):
    raw = await client(token=tokens["bus-1"], version=version)
    await raw.send(b"\x32" + b"\x80\x80\x80\x01" + b"x" * 1_000)
    if version == 5:
        assert await raw.packet() == b"\xe0\x02\x95\x00"
    assert await raw.packet() is None


async def test_a_ping_is_answered_while_nothing_can_be_stored(client, tokens, pool, conn, clock):
    raw = await client(token=tokens["bus-1"], version=5)
    async with pool.acquire() as other, other.transaction():
        await other.execute("LOCK TABLE dirty_mark")
        for n in range(1, 101):
            await raw.send(publish(TOPIC, wire.encode([fix(clock, n / 100)]), n, version=5))
        await raw.send(PINGREQ)
        assert await raw.packet() == b"\xd0\x00"
    for n in range(1, 101):
        assert await raw.packet() == b"\x40\x02" + n.to_bytes(2, "big")
    assert await count(conn) == 100


async def test_takeover_closes_the_old_socket_and_its_batch_still_commits(
    client, tokens, pool, conn, clock
):
    will = ("gongche/v1/bus-1/status", b"gone")
    old = await client(token=tokens["bus-1"], version=5, will=will)
    async with pool.acquire() as other, other.transaction():
        await other.execute("LOCK TABLE dirty_mark")
        for n in range(1, 11):
            await old.send(publish(TOPIC, wire.encode([fix(clock, n)]), n, version=5))
        await old.send(PINGREQ)
        assert await old.packet() == b"\xd0\x00"
        new = await client(token=tokens["bus-1"], version=5)
        assert await old.packet() == b"\xe0\x02\x8e\x00"
        assert await old.packet() is None
    await until(lambda: _is(conn, 10))
    await new.send(PINGREQ)
    assert await new.packet() == b"\xd0\x00"
    assert await count(conn, "device_status") == 0


async def _is(conn, expected):
    return await count(conn) == expected


async def test_another_device_with_the_same_client_id_takes_nothing_over(client, tokens):
    one = await client(token=tokens["bus-1"], client_id="same")
    other = await client("bus-2", tokens["bus-2"], client_id="same")
    for raw in (one, other):
        await raw.send(PINGREQ)
        assert await raw.packet() == b"\xd0\x00"


async def test_silence_for_one_and_a_half_keep_alives_ends_the_connection(client, tokens, conn):
    will = ("gongche/v1/bus-1/status", b"gone")
    raw = await client(token=tokens["bus-1"], version=5, keep_alive=1, will=will)
    assert await raw.packet() == b"\xe0\x02\x8d\x00"
    assert await raw.packet() is None
    await until(lambda: count(conn, "device_status"))


async def test_a_device_that_is_disabled_is_sent_away(client, tokens, conn):
    raw = await client(token=tokens["bus-1"], version=5)
    await devices.set_enabled(conn, "bus-1", enabled=False)
    assert await raw.packet() == b"\xe0\x02\x87\x00"
    assert await raw.packet() is None


BEGINNINGS = {
    "MQTT 3.1": (
        packet(0x10, text("MQIsdp") + b"\x03\x02\x00\x3c" + text("x")),
        b"\x20\x02\x00\x01",
    ),
    "a session without a name": (
        connect("bus-1", "x", client_id="", clean=False),
        b"\x20\x02\x00\x02",
    ),
    "a long name": (connect("bus-1", "x", client_id="c" * 300), b"\x20\x02\x00\x02"),
    "publish before connect": (publish(TOPIC, b"{}"), None),
    "a browser": (b"GET / HTTP/1.1\r\n\r\n", None),
    "endless length": (b"\x10\xff\xff\xff\xff\xff", None),
    "cut short": (packet(0x10, text("MQTT") + b"\x04\x02\x00\x3c\x00\x05ab"), None),
}


async def test_a_bad_beginning_is_answered_or_cut(client):
    for name, (said, answer) in BEGINNINGS.items():
        raw = await client()
        await raw.send(said)
        assert await raw.packet() == answer, name
        if answer is not None:
            assert await raw.packet() is None, name


async def test_an_empty_client_id_is_given_one(client, tokens):
    raw = await client()
    answer = await raw.hello("bus-1", tokens["bus-1"], version=5, client_id="")
    assert b"\x12\x00\x16" in answer
    raw.close()
    await client(token=tokens["bus-1"], client_id="")


async def test_a_packet_may_come_byte_by_byte_and_many_in_one_piece(client, tokens, conn, clock):
    raw = await Raw.open((await client()).writer.get_extra_info("peername")[1])
    said = connect("bus-1", tokens["bus-1"]) + publish(TOPIC, wire.encode([fix(clock)]), 1)
    for byte in said:
        await raw.send(bytes((byte,)))
    await raw.send(publish(TOPIC, wire.encode([fix(clock, 1)]), 2) + PINGREQ + DISCONNECT)
    assert await raw.packet() == b"\x20\x02\x00\x00"
    await until(lambda: _is(conn, 2))
    raw.close()


async def test_a_second_door_on_the_same_port_is_refused_by_name(dsn, port):
    from telemetry import ingest

    with pytest.raises(ExceptionGroup) as refused:
        await ingest.run(
            ingest.IngestSettings(dsn=dsn, port=port), stop=asyncio.Event(), ready=print
        )
    assert refused.group_contains(ingest.PortTaken, match=str(port))
