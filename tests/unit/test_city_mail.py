"""What the city sends counts once it is acknowledged, however late that is."""

import sqlite3
from dataclasses import replace
from datetime import date

import pytest

from dispatch.kernel.calendar import local
from simulators import city
from simulators.doses import CALM
from simulators.fitting import Fitted, swaps
from simulators.messenger import Messenger
from simulators.motion import Sight
from simulators.pump import Slip, moment
from simulators.truth import FILE, Truth
from telemetry.wire import Receipt, parse_topic

DAY = date(2026, 3, 2)
START = int(local(DAY).timestamp())


class SlowUplink:
    """An uplink that acknowledges nothing before it is told to."""

    def __init__(self):
        self.sent = []
        self._done = []

    def publish(self, device, topic, payload, done):
        """As the real one."""
        assert parse_topic(topic).device == device
        self.sent.append(device)
        self._done.append(done)

    def acknowledge(self):
        """All that was sent so far."""
        for done in self._done:
            done()
        self._done = []


@pytest.fixture
def office(tmp_path):
    """A city's mail with half of its terminals moved, its uplink, and a look into its truth."""
    built = city.build(1, DAY, 24)
    truth, uplink = Truth(tmp_path), SlowUplink()
    moves = swaps(built, START, 2, replace(CALM, swapped_terminals=0.5))
    fitted = Fitted(built.cars, moves)
    mail = Messenger(built, uplink, truth, START, 2, replace(CALM, clock_leaps=1.0), fitted)
    beside = sqlite3.connect(tmp_path / FILE)
    yield mail, uplink, moves, beside
    beside.close()
    truth.close()


def sight(at):
    return Sight(at, 118.7, 30.9, 0.0, 0, False, 1_000, None, None)


def test_what_is_acknowledged_after_others_were_filed_is_filed_too(office):
    mail, uplink, _, beside = office
    for n in range(2):
        receipt = Receipt(txn=f"F{n}", kind="fuel", at=moment(START), amount_fen=1)
        mail.send([Slip("V-1", "fuel-card-1", receipt, START, 1)])
        if n == 0:
            uplink.acknowledge()
        else:
            mail.keep()
    uplink.acknowledge()
    mail.keep()
    assert beside.execute("SELECT txn FROM receipt ORDER BY txn").fetchall() == [("F0",), ("F1",)]


def test_a_moved_terminal_speaks_of_the_car_that_it_is_in(office):
    mail, uplink, moves, beside = office
    move = moves[0]
    mail.report(move.first.code, [sight(move.at - 60), sight(move.at)], move.at)
    assert uplink.sent == [move.first.device, move.second.device]
    assert beside.execute("SELECT count(*) FROM acked").fetchone() == (0,)
    uplink.acknowledge()
    mail.keep()
    assert beside.execute("SELECT count(DISTINCT device) FROM acked").fetchone() == (2,)


def test_what_a_clock_says_of_tomorrow_is_filed_as_refused(office):
    mail, uplink, _, beside = office
    cars = dict(
        beside.execute("SELECT car, start FROM mishap WHERE kind = 'clock-leap' AND amount > 0")
    )
    assert cars
    for car, at in cars.items():
        mail.report(car, [sight(at)], at)
    uplink.acknowledge()
    mail.keep()
    assert beside.execute("SELECT count(*) FROM refused").fetchone() == (len(cars),)
    assert beside.execute("SELECT count(*) FROM acked").fetchone() == (0,)
