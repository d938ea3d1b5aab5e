"""What cars used, judged: known answers of the comparison."""

import sqlite3

import pytest

from simulators.judge.figures import Measured
from simulators.judge.used import used

TABLES = """
CREATE TABLE car (code TEXT, fuel_ml REAL, electricity_wh REAL);
CREATE TABLE answer (car TEXT, medium TEXT, used INTEGER, error INTEGER, why TEXT);
"""


def judged(*cars):
    """Figures and notes of cars: what was truly used, what was said, its error, why not."""
    truth = sqlite3.connect(":memory:")
    truth.row_factory = sqlite3.Row
    truth.executescript(TABLES)
    for n, (true, said, error, why) in enumerate(cars):
        truth.execute("INSERT INTO car VALUES (?, ?, NULL)", (f"C{n}", true))
        truth.execute("INSERT INTO answer VALUES (?, 'fuel', ?, ?, ?)", (f"C{n}", said, error, why))
    found = Measured()
    used(truth, found)
    truth.close()
    return found.figures[0], found.notes


@pytest.mark.parametrize(
    ("true", "said", "off"),
    [
        (100_000, 101_000, 0.01),
        (100_000, 97_000, 0.03),
        (100_000, 110_000, 0.08),  # ten litres, of which two are the levels'
        (10_000, 11_900, 0.0),
        (10_000, 13_000, 0.1),
        (50_000, None, 1.0),
    ],
)
def test_a_car_is_off_by_a_share_beyond_what_two_readings_are_off(true, said, off):
    figure, _ = judged((true, said, 500, ""))
    assert figure.value == pytest.approx(off)
    assert figure.held == (off <= 0.03)


def test_what_has_no_tank_is_not_judged_and_what_is_not_answered_is_all_wrong():
    figure, notes = judged((None, None, 0, ""), (80_000, None, 0, "contradiction"))
    assert (figure.of, figure.value) == (1, 1.0)
    assert "  C1: None contradiction, truly 80000" in notes


def test_it_is_said_how_often_the_stated_error_holds():
    _, notes = judged((100_000, 101_000, 500, ""), (100_000, 101_001, 500, ""))
    assert "  within twice the error it states: 1 of 2" in notes
