"""Parts of the simulated city with answers known by hand."""

import io
import random
import struct
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dispatch.kernel.calendar import local
from simulators import city, document, pump, toll
from simulators.desk import plans_due
from simulators.faults import MOST_IN_A_MESSAGE, Link
from simulators.live import HEADER, RECORD, LiveWatch
from simulators.motion import Sight
from simulators.phone import picture
from simulators.vehicle import Vehicle
from telemetry.wire import Channel, decode, encode

DAY = date(2026, 3, 2)
START = int(local(DAY).timestamp())


@pytest.fixture(scope="module")
def small():
    return city.build(1, DAY, 16)


def petrol(built):
    return next(car for car in built.cars if car.kind.powertrain == "petrol")


@pytest.mark.parametrize(
    ("metres", "rate", "fen"), [(46_000, 45, 2070), (100, 45, 5), (76_000, 130, 9880), (0, 45, 0)]
)
def test_toll_by_metre_and_class(metres, rate, fen):
    assert toll.toll_fen(metres, rate) == fen


@pytest.mark.parametrize(
    ("ml", "rate", "fen"), [(40_000, 760, 30_400), (100, 810, 81), (1, 760, 1)]
)
def test_fuel_by_the_millilitre(ml, rate, fen):
    assert pump.fuel_fen(ml, rate) == fen


def test_electricity_by_the_watt_hour():
    assert pump.electricity_fen(30_500, 65) == 1_983


def test_an_expressway_is_paid_from_entry_to_exit_with_the_discount(small):
    car = next(c for c in small.cars if c.cls == "sedan")
    drive = Vehicle(car, 1, START).drive(
        START + 60, small.roads.route("depot-xz-ng", "depot-xz-city")
    )
    (receipt,) = toll.passages(car, drive, small.roads.nodes)
    assert receipt.gross_fen == 2_070
    assert receipt.amount_fen == 1_967
    assert receipt.entry_place == "宁国市收费站"
    assert drive.start < receipt.entry_at.timestamp() < receipt.at.timestamp() < drive.end


def test_parking_costs_three_yuan_an_hour_begun(small):
    fees = [
        pump.parking(small.cars[0], 0, s, "合肥市").amount_fen for s in (60, 3600, 3601, 99_999)
    ]
    assert fees == [300, 300, 600, 4_000]


def test_a_booking_taken_back_leaves_nothing(small):
    receipt = pump.fill(petrol(small), START, 40_000, "宁国市", 118.9, 30.6, 1e6)
    again = pump.booked_again(receipt)
    back = pump.taken_back(again, START + 60)
    assert back.amount_fen + again.amount_fen == 0
    assert back.reverses_txn == again.txn != receipt.txn


def test_all_receipts_are_words_of_the_wire(small):
    receipt = pump.fill(petrol(small), START, 40_000, "宁国市", 118.9, 30.6, 1e6)
    assert decode(Channel.FUEL_CARD, encode([receipt])) == [receipt]
    parked = pump.parking(small.cars[0], START, START + 60, "合肥市")
    assert decode(Channel.TOLL, encode([parked])) == [parked]


@given(st.integers(0, 2**32), st.lists(st.integers(1, 300), max_size=60))
def test_a_link_loses_nothing_whatever_it_does(seed, counts):
    link = Link("bd-1", random.Random(seed), START, 3)
    seen, arrived, now = [], [], START
    for count in counts:
        sights = [Sight(now + n, 118.0, 30.0, 50.0, 0, True, 0, None, None) for n in range(count)]
        seen += sights
        now += 900
        arrived += link.messages(sights, now)
    arrived += link.flush()
    assert {s.ts for message in arrived for s in message} == {s.ts for s in seen}
    assert all(0 < len(message) <= MOST_IN_A_MESSAGE for message in arrived)


def test_links_do_break_and_uploads_do_come_late_mixed_and_twice():
    late = mixed = twice = 0
    for seed in range(200):
        link = Link("bd-1", random.Random(seed), START, 1)
        for now in range(START + 900, START + 86_401, 900):
            sights = [
                Sight(now - 900 + n, 118.0, 30.0, 0.0, 0, True, 0, None, None) for n in range(30)
            ]
            messages = link.messages(sights, now)
            late += not messages
            mixed += any(m != sorted(m, key=lambda s: s.ts) for m in messages)
            twice += len(messages) > 1 and messages[-1] == messages[-2]
    assert late > 50
    assert mixed > 50
    assert twice > 10


@pytest.mark.parametrize(
    ("after", "until", "days"),
    [
        ((2, 5, 59), (2, 6, 0), ["2026-03-02"]),
        ((2, 6, 0), (2, 6, 15), []),
        ((2, 18, 0), (3, 7, 0), ["2026-03-03", "2026-03-03"]),
        ((2, 12, 0), (2, 20, 0), ["2026-03-02", "2026-03-03"]),
    ],
)
def test_plans_are_asked_for_once_each_time(after, until, days):
    def at(day, hour, minute):
        return int(local(date(2026, 3, day)).timestamp()) + hour * 3600 + minute * 60

    assert plans_due(at(*after), at(*until)) == days


def test_a_photographed_receipt_is_an_image():
    with Image.open(io.BytesIO(picture(7))) as image:
        assert image.size == (96, 64)
    assert picture(7) != picture(8)


def test_latency_is_from_publish_to_the_frame_that_shows_that_very_position():
    watch = LiveWatch("http://127.0.0.1", "token")
    watch._heard({"t": "snapshot", "vehicles": [[5, 17, "皖P00001", 1, "sedan"]], "states": []})
    watch.published(17, 1187500000, 309500000)
    other = RECORD.pack(5, 1187500001, 309500000, 0, 2, 50, 0)
    assert watch._frame(HEADER.pack(1, 1, 1, 7) + other) == 7
    assert watch.latencies_s == []
    shown = RECORD.pack(5, 1187500000, 309500000, 0, 2, 50, 0)
    watch._frame(HEADER.pack(1, 1, 1, 8) + shown)
    watch._frame(HEADER.pack(1, 1, 1, 9) + shown)
    assert len(watch.latencies_s) == 1
    assert struct.calcsize(RECORD.format) == 16


def test_the_import_document_names_only_what_it_brings(small):
    brought = document.of(small)
    pools = {p["code"] for p in brought["pools"]}
    units = {u["code"] for u in brought["units"]}
    people = {p["code"] for p in brought["people"]}
    assert {v["pool"] for v in brought["vehicles"]} == pools
    assert {v["keeper"] for v in brought["vehicles"]} <= people
    assert {d["person"] for d in brought["drivers"]} <= people
    assert {g["unit"] for p in brought["people"] for g in p["grants"]} <= units | {None}
    assert datetime.fromisoformat(brought["from"]) == datetime(2026, 3, 1, 16, tzinfo=UTC)
