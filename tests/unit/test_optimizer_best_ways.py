"""A way that is left out is nowhere better: whatever was used before, another uses no more."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import optimizer as o
from optimizer.best_ways import COLUMNS, FEN, OUT_M, OUT_S, STAND_S, TO_M, TO_S, WAY, outdoes
from optimizer.moves import DIRECT, HOME_CHARGE, range_left, since_break
from optimizer.nodes import nodes_of
from optimizer.terrain import Car, field_of

FULL_M, CHARGE_M, BREAK_AFTER_S, BREAK_S = 100_000, 60_000, 7_200, 1_200


def field(buffer_s=0):
    day = o.Problem(
        horizon=o.Horizon(epoch=0, length_s=86_400, buffer_s=buffer_s),
        matrix=o.Matrix(np.zeros((1, 1), np.uint32), np.zeros((1, 1), np.uint32), "none"),
        pools=(1,),
        vehicles=(),
        drivers=(),
        tasks=(),
        firms=(),
        hours=o.Hours(BREAK_AFTER_S, BREAK_S, None, 0),
    )
    return field_of(day, nodes_of(day))


FIELDS = {buffer_s: field(buffer_s) for buffer_s in (0, BREAK_S)}
CAR = Car(
    home=0,
    fen_per_km=100,
    toll_percent=100,
    charge_m=CHARGE_M,
    at_home=True,
    full_m=FULL_M,
    begin_m=FULL_M,
    driving_s=28_800,
    since_s=0,
    place=0,
    free_s=0,
    from_s=0,
    until_s=86_400,
)


@st.composite
def ways(draw):
    way = draw(st.integers(DIRECT, HOME_CHARGE + 2))
    row = np.zeros(COLUMNS, np.int64)
    row[WAY], row[FEN] = way, draw(st.integers(0, 3))
    row[OUT_M], row[OUT_S] = 20_000 * draw(st.integers(0, 3)), 1_800 * draw(st.integers(0, 3))
    row[STAND_S] = 600 * draw(st.integers(0, 8))
    if way != DIRECT:
        row[TO_M], row[TO_S] = 20_000 * draw(st.integers(0, 3)), 1_800 * draw(st.integers(0, 3))
    return row


def used(f, row, left_m, since_s):
    """Metres left and driven since a break after it; None: it cannot be."""
    left_m = range_left(CAR, left_m, row[WAY], row[TO_M], row[OUT_M], row[STAND_S])
    since_s = since_break(f, since_s, row[WAY], row[TO_S], row[OUT_S], row[STAND_S])
    return None if left_m < 0 or since_s > BREAK_AFTER_S else (left_m, since_s)


@given(
    st.sampled_from(sorted(FIELDS)),
    ways(),
    ways(),
    st.integers(0, 10).map(lambda k: k * FULL_M // 10),
    st.integers(0, 8).map(lambda k: k * BREAK_AFTER_S // 8),
)
def test_who_goes_the_way_that_outdoes_another_has_no_less_left(buffer_s, a, b, left_m, since_s):
    f = FIELDS[buffer_s]
    if not outdoes(f, CAR, a, b):
        return
    assert a[FEN] <= b[FEN]
    assert a[TO_S] + a[OUT_S] <= b[TO_S] + b[OUT_S]
    worse = used(f, b, left_m, since_s)
    if worse is not None:
        better = used(f, a, left_m, since_s)
        assert better is not None
        assert better[0] >= worse[0]
        assert better[1] <= worse[1]


def test_of_two_that_are_alike_one_is_enough():
    row = np.array([DIRECT, 0, 20_000, 0, 1_800, 600, 5])
    assert outdoes(FIELDS[0], CAR, row, row)


def test_a_charge_is_worth_a_way_round():
    direct = np.array([DIRECT, 0, 20_000, 0, 1_800, 3_600, 5])
    charging = np.array([HOME_CHARGE, 20_000, 20_000, 1_800, 1_800, 3_600, 9])
    assert not outdoes(FIELDS[0], CAR, direct, charging)
