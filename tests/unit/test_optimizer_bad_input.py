"""Whatever is fed in: one clear refusal for each thing wrong, or a valid plan; never a crash."""

import json
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import optimizer as o
from optimizer.limits import MOST_TOTAL_FEN
from optimizer.schema import schema
from tests.tiny_days import HOUR, car, day, drawn_rich, driver, task

seeds = st.integers(0, 10**9)
TASK = task(1, 0, 1, 8 * HOUR)
MINUTES = o.Horizon(epoch=0, length_s=40 * 24 * HOUR, start_step_s=60)
DEAR = o.RentalFirm(1, 1, day_fen=10**8, fen_per_km=10**5)


def refusal(make) -> tuple[str, ...]:
    with pytest.raises(o.InvalidProblem) as caught:
        make()
    return caught.value.errors


def zeros(**more) -> o.Matrix:
    layer = np.zeros((3, 3), dtype=np.uint32)
    return o.Matrix(layer, layer, "zeros", **more)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: zeros(percent_by_hour=(100,) * 23), "percent_by_hour has 23 values, must be 24"),
        (lambda: zeros(percent_by_hour=(9, *(100,) * 23)), "percent of hour 0 is 9, must be 10"),
        (lambda: zeros(toll_fen=np.zeros((2, 2), np.uint32)), "toll_fen has shape (2, 2)"),
        (lambda: o.Fixed(1, 1, 10**8), "fixed: start_s is 100000000"),
        (lambda: o.Published(1, -1, 0), "published: start_s is -1, must be 0"),
        (lambda: o.Published(1, 1, -1), "published: moved_fen is -1"),
        (lambda: o.Share(0), "share: max_ride_s is 0, must be 1"),
        (lambda: o.Quota(7, -1, 1), "quota of unit 7: day is -1"),
        (lambda: o.Hours(break_after_s=0), "hours: break_after_s is 0"),
        (lambda: o.Horizon(1 << 50, 100), "horizon: epoch is"),
        (lambda: o.Settlement(1, 1, 0, 0), "settlement: pool 1 is its own lender"),
        (lambda: o.Refusal(2, 2), "refusal: pool 2 is its own lender"),
        (lambda: task(1, 0, 1, 9, head_driving_s=5), "head and tail of its driving go together"),
        (
            lambda: task(1, 0, 1, 9, fixed=o.Fixed(1, 1, 9), published=o.Published(1, 9, 0)),
            "what is fixed cannot also be published",
        ),
        (lambda: car(1, range_m=10, charged_m=11), "vehicle 1: charged_m is 11, must be 0 to 10"),
        (lambda: day([], [], [task(1 << 63, 0, 1, 9)]), "an id must be"),
        (lambda: day([], [], [TASK, TASK]), "task 1 is given twice"),
        (lambda: day([], [], [], chargers=(3,)), "charger: place 3 is not in the matrix"),
        (lambda: day([], [], [], chargers=(1, 1)), "charger 1 is given twice"),
        (lambda: day([], [], [], min_charge_s=-1), "min_charge_s is -1, must be 0"),
        (lambda: day([], [], [], quotas=(o.Quota(1, 0, 1),) * 2), "(1, 0) is given twice"),
        (
            lambda: day([], [], [task(1, 0, 1, 9, published=o.Published(5, 9, 0))]),
            "task 1 is published on unknown vehicle 5",
        ),
        (
            lambda: day([], [], [task(1, 0, 1, 0, latest_s=600_000)], horizon=MINUTES),
            "task 1 has 10001 possible starts",
        ),
        (
            lambda: day([], [], [replace(TASK, id=i) for i in range(3000)], firms=(DEAR,)),
            f"must be at most {MOST_TOTAL_FEN}",
        ),
    ],
)
def test_a_contradiction_is_named(make, message):
    assert any(message in error for error in refusal(make))


@pytest.mark.parametrize(
    "problem",
    [
        day([], [], []),
        day([], [driver(1)], []),
        day([car(1)], [], [TASK]),
        day([], [], [replace(TASK, rental=False)]),
        day([car(1, windows=())], [driver(1, windows=())], [TASK]),
        day([car(1)], [driver(1)], [TASK], quotas=(o.Quota(99, 30, 0),)),
        day([car(1)], [driver(1)], [replace(TASK, loaded_m=1_000_000)]),
        day([car(1)], [driver(1, max_driving_s=0)], [TASK]),
        day(
            [car(i, pool=i) for i in (1, 2, 3)],
            [driver(i, pool=i) for i in (1, 2, 3)],
            [task(i, 0, 1, 8 * HOUR, pool=i) for i in (1, 2, 3)],
            pools=(1, 2, 3),
            settlements=tuple(o.Settlement(a, b, 0, 0) for a, b in ((1, 2), (2, 3), (3, 1))),
            refusals=tuple(o.Refusal(b, a) for a, b in ((1, 2), (2, 3), (3, 1))),
        ),
    ],
    ids=[
        "nothing",
        "nobody asks",
        "no drivers",
        "no way at all",
        "no windows",
        "quota of nobody",
        "a thousand kilometres",
        "a driver who may not drive",
        "lending in a circle",
    ],
)
def test_what_is_odd_but_clear_has_a_valid_plan(problem):
    plan = o.solve(problem, seconds=10)
    assert o.check(problem, plan, proofs=True).violations == ()


def leaves(node, path=()):
    """Paths of everything in a document, the document itself first."""
    yield path
    children = node.items() if isinstance(node, dict) else ()
    for key, child in enumerate(node) if isinstance(node, list) else children:
        yield from leaves(child, (*path, key))


ODD = st.sampled_from(
    [None, -1, 0, 1, 2, 99, 10**6, 2**31, 2**63, 10**30, 0.5, True, "", "x", [], {}, [[]], [1]]
)


@settings(max_examples=120, deadline=None)
@given(seeds, st.data())
def test_a_mutated_problem_is_refused_or_planned(seed, data):
    document = json.loads(o.encode_problem(drawn_rich(seed % 50)))
    for _ in range(data.draw(st.integers(1, 3))):
        _mutate(document, data)
    try:
        problem = o.decode_problem(json.dumps(document))
    except o.InvalidProblem:
        return
    left = tuple(o.Unserved(t.id, "-") for t in problem.tasks if t.fixed is None)
    assert {v.rule for v in o.judge(problem, (), (), left).violations} <= {"not-planned-once"}


def _mutate(document, data) -> None:
    *way, last = data.draw(st.sampled_from([p for p in leaves(document) if p]))
    node = document
    for key in way:
        node = node[key]
    if data.draw(st.booleans()):
        node[last] = deepcopy(data.draw(ODD))
    else:
        del node[last]


@settings(max_examples=120, deadline=None)
@given(seeds, st.data())
def test_a_mutated_plan_is_refused_or_judged(seed, data):
    problem = drawn_rich(seed % 50)
    share = next((t.id for t in problem.tasks if t.share), 1)
    ride = (o.Call(share, on=True), o.Call(2, on=True), o.Call(2, on=False))
    stops = (o.Stop(1, 8 * HOUR), o.Stop(2, 10 * HOUR, True), o.Stop(share, 12 * HOUR, ride=ride))
    certificate = o.Certificate(1, 9, 99, 5, ("range",), ((1, 7),), ((1, 0, -1),), ((1, 0, -1),))
    plan = o.Plan((o.Duty(1, 1, stops),), (o.Rental(3, 1),), (o.Unserved(4, "-"),))
    document = json.loads(o.encode_plan(replace(plan, certificates=(certificate,))))
    for _ in range(data.draw(st.integers(1, 3))):
        _mutate(document, data)
    try:
        made = o.decode_plan(json.dumps(document))
    except o.InvalidProblem:
        return
    assert o.check(problem, made, proofs=True).violations


def test_the_schema_in_the_docs_is_that_of_the_code():
    kept = Path(__file__).parents[2] / "docs" / "optimizer.schema.json"
    assert kept.read_bytes() == schema(), (
        "run python -m optimizer.schema > docs/optimizer.schema.json"
    )
    told = msgspec.json.decode(schema())
    assert set(told["$defs"]) >= {"ProblemDocument", "Plan", "Task", "Vehicle", "Stop"}
