"""Available to promise: whether a car can be had beside all that is held and promised."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from dispatch import requests
from dispatch.access import Principal
from dispatch.kernel.db import Conn, Lock, lock_all
from dispatch.kernel.db.outbox import Json
from dispatch.kernel.ids import RequestId
from dispatch.orders.boards import boards_for
from dispatch.orders.candidates import refusals
from dispatch.orders.day_boards import Boards
from dispatch.orders.insertion import all_fits, asked_for, room
from dispatch.orders.keeping import keep_promises
from dispatch.orders.long_promises import remember


@dataclass(frozen=True, slots=True)
class Move:
    """A promised request that would go by another car than it would now; what that adds."""

    request_id: RequestId
    from_plate: str
    to_plate: str
    fen: int


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a request finds a car beside all that is held and promised.

    Attributes:
        moves: of promised requests.
        others: so many more move.
        reasons: where it finds no car, how many cars break which rule first.
    """

    fits: bool
    moves: tuple[Move, ...] = ()
    others: int = 0
    reasons: dict[str, Json] | None = None


async def promise(conn: Conn, request: requests.Request, now: datetime) -> bool:
    """Promise a car to an approved request, or note why none can be.

    Promised requests that wait are on the board in the order of their promises, each by best
    insertion; the promise is given if this one finds a car, if need be by letting one of
    them have another. One promise at a time.

    Returns:
        Whether it was promised.
    """
    await lock_all(conn, Lock.PLANNER, [0])
    boards = await boards_for(conn, request, now)
    async with boards.lock:
        await keep_promises(conn, boards, request.id, now)
        answer = await boards.work(partial(_answer, boards, request, now, take=True))
        if answer.fits:
            boards.promised[request.id] = request.version + 1
            await remember(conn, boards, request, [m.request_id for m in answer.moves])
    if answer.fits:
        await requests.mark_promised(conn, request.id, now)
    else:
        await requests.mark_promised(conn, request.id, None, answer.reasons)
    return answer.fits


async def ask(conn: Conn, request: requests.Request, who: Principal, now: datetime) -> Answer:
    """What a promise would be now; nothing is changed. Moves are named that the caller may read."""
    boards = await boards_for(conn, request, now)
    async with boards.lock:
        await keep_promises(conn, boards, request.id, now)
        answer = await boards.work(partial(_answer, boards, request, now, take=False))
    moved = {m.request_id: await requests.get(conn, m.request_id) for m in answer.moves}
    mine = tuple(m for m in answer.moves if requests.may_read(who, moved[m.request_id]))
    return replace(answer, moves=mine, others=len(answer.moves) - len(mine))


def _answer(boards: Boards, request: requests.Request, now: datetime, *, take: bool) -> Answer:
    found = room(boards.full, asked_for(boards.day, request, now), take=take)
    if found is not None:
        plates = {int(car.id): car.plate for car in boards.day.fleet.cars}
        moves = (
            Move(RequestId(m.task), plates[m.from_vehicle], plates[m.to_vehicle], m.fen)
            for m in found.moves
        )
        return Answer(fits=True, moves=tuple(moves))
    why = refusals(boards, request, all_fits(boards.day, boards.full, request, now))
    counts = Counter(refusal.rule for refusal in why)
    return Answer(fits=False, reasons={rule: counts[rule] for rule in sorted(counts)})
