"""What is promised is put on the board of a day: those of several days first, each on its car."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from dispatch import requests
from dispatch.kernel.db import Conn
from dispatch.kernel.ids import RequestId
from dispatch.orders.day_boards import Boards
from dispatch.orders.insertion import THINK_S, held_for, room, stay
from dispatch.orders.long_promises import long_cars
from dispatch.orders.model import Period

AGAIN_S = 0.1
"""So long all promised requests that had no car before are looked for on a board made anew."""
Cars = Mapping[RequestId, int]


async def keep_promises(conn: Conn, boards: Boards, but: RequestId, now: datetime) -> None:
    """Put all that is promised, waits and touches the board's days on the full board, but one.

    In the order of their promises, those of several days first and on the car that they have on
    every board, for which others go elsewhere; each other where it was before, or by best
    insertion. Those that find no place are tried again as soon as something leaves the board,
    and on the next one. Whoever calls holds the boards' lock. The search runs in a thread.
    """
    wanted = await requests.promised_between(conn, boards.day.epoch, boards.end)
    wanted.pop(but, None)
    long = await long_cars(conn, Period(boards.day.epoch, boards.end), now)
    boards.drop_all_but(boards.still(wanted, long), but)
    if await _fill(conn, boards, wanted, long, now):
        await _fill(conn, boards, wanted, {}, now)


async def _fill(
    conn: Conn, boards: Boards, wanted: Mapping[RequestId, int], long: Cars, now: datetime
) -> bool:
    """Put what is missing on the board, and say whether something had to leave it for that."""
    missing = wanted.keys() - boards.promised.keys()
    if not boards.roomier:
        missing -= boards.unplaced.keys()
    if not missing:
        return False
    found = await requests.get_many(conn, missing)
    order = dict.fromkeys((*long, *wanted))
    asked = [found[i] for i in order if i in found and i in missing]
    placed, ousted = await boards.work(partial(_placed, boards, asked, long, now))
    boards.roomier = False
    for request in asked:
        into = boards.promised if request.id in placed else boards.unplaced
        boards.unplaced.pop(request.id, None)
        into[request.id] = request.version
    for gone in ousted:
        boards.promised.pop(gone, None)
    return bool(ousted)


def _placed(
    boards: Boards, asked: Sequence[requests.Request], long: Cars, now: datetime
) -> tuple[set[RequestId], set[RequestId]]:
    """Those that found a place on the full board, and those that left it for that."""
    full, day = boards.full, boards.day
    placed: set[RequestId] = set()
    ousted: set[RequestId] = set()
    shares = _shares(boards, asked)
    for request in asked:
        car = long.get(request.id, boards.before.get(request.id))
        tasks = list(held_for(day, request, now, boards.end))
        seconds = THINK_S if car is not None else shares.get(request.id, THINK_S)
        stays = car is not None and stay(full, tasks[0], car)
        if not stays and request.id in long:
            ousted |= boards.make_way(long[request.id], long.keys())
            stays = stay(full, tasks[0], long[request.id])
        if stays or room(full, tasks, take=True, seconds=seconds):
            placed.add(request.id)
    return placed, ousted


def _shares(boards: Boards, asked: Sequence[requests.Request]) -> dict[RequestId, float]:
    """Seconds for what could make room for each that had no car before: it seldom finds one now.

    On a board made anew all of them share the time of a few. On one that goes on, little is
    different: each is put where there is room, and one in turn is looked for with others moving.
    """
    had = boards.before
    homeless = [r.id for r in asked if r.id in boards.unplaced or (had and r.id not in had)]
    if not boards.promised:
        return {i: min(THINK_S, AGAIN_S / len(homeless)) for i in homeless}
    boards.turn += 1
    first = boards.turn % len(homeless) if homeless else 0
    return {i: THINK_S if n == first else 0 for n, i in enumerate(homeless)}
