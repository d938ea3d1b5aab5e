"""Every order of calls of a shared ride, listed by a depth-first search in machine code."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import compiled
from optimizer.limits import MOST_PARTIES
from optimizer.parties import Parties

Ints = NDArray[np.int64]
Ways = tuple[Ints, Ints, Ints, Ints]
Terms = tuple[Ints, Ints, Ints, Ints, int, int]
Meets = tuple[Ints, Ints, NDArray[np.bool_]]
Table = tuple[Ints, Ints, Ints]
NONE, DONE = -1, -2
CALLS = 2 * MOST_PARTIES
MOST_RIDES = 50_000
START, END, DRIVING, METRES, TOLL, PEAK = range(6)
FIGURES = 6
# The state after a call: when the car leaves it, figures as above, on board, how many got on;
# then for each of these who, when, and whether still on board.
FREE, LOAD, SEEN = END, 6, 7
WHO, WHEN, ABOARD = 8, 8 + MOST_PARTIES, 8 + 2 * MOST_PARTIES
WIDTH = 8 + 3 * MOST_PARTIES


@dataclass(frozen=True, slots=True)
class Rides:
    """All rides, one a row.

    Attributes:
        calls: (n, 8) in order, 2k party k gets on, 2k + 1 gets off; NONE after the last.
        on_s: (n, 4) when those that get on do, in the order of getting on.
        figures: (n, 6) start_s, end_s, driving_s, metres, toll in fen, most on board at once.
    """

    calls: Ints
    on_s: Ints
    figures: Ints


def all_rides(parties: Parties, most_parties: int) -> Rides | None:
    """Every ride of 2 to most_parties parties, from every start of every first party.

    None: there are more than MOST_RIDES.
    """
    if len(parties.tasks) < 2:
        return Rides(_rows(0, CALLS), _rows(0, MOST_PARTIES), _rows(0, FIGURES))
    given = (parties.ways, parties.terms, parties.meets, parties.starts, most_parties)
    for room in (4096, MOST_RIDES):
        table = (_rows(room, CALLS), _rows(room, MOST_PARTIES), _rows(room, FIGURES))
        found = search(*given, table)
        if found <= room:
            return Rides(*(rows[:found] for rows in table))
    return None


def _rows(rows: int, columns: int) -> Ints:
    return np.full((rows, columns), NONE, dtype=np.int64)


@compiled
def begin_with(state: Ints, party: int, start_s: int, terms: Terms) -> None:
    """The first party gets on at start_s."""
    state[:] = 0
    state[START], state[FREE] = start_s, start_s + terms[4]
    state[LOAD] = state[PEAK] = terms[3][party]
    state[SEEN], state[WHO], state[WHEN], state[ABOARD] = 1, party, start_s, 1


@compiled
def next_call(state: Ints, turn: int, meets: Meets, most_parties: int) -> int:
    """The call of this turn: someone gets off, then someone gets on; NONE: nobody, DONE: all had.

    Who gets on is taken from the list of the first party on board.
    """
    if turn < MOST_PARTIES:
        return int(2 * state[WHO + turn] + 1) if state[ABOARD + turn] else NONE
    begin, others, meeting = meets
    lead = 0
    while not state[ABOARD + lead]:
        lead += 1
    place = begin[state[WHO + lead]] + turn - MOST_PARTIES
    if state[SEEN] >= most_parties or place >= begin[state[WHO + lead] + 1]:
        return DONE
    other = others[place]
    for i in range(state[SEEN]):
        who = state[WHO + i]
        if who == other or (state[ABOARD + i] and not meeting[who, other]):
            return NONE
    return int(2 * other)


@compiled
def further(now: Ints, then: Ints, leg: tuple[int, int, int], ways: Ways, terms: Terms) -> bool:
    """Write the state after one more call; false: too late for someone, or too many on board.

    `leg` is the factor, the call the car leaves, and the call it drives to.
    """
    seconds, metres, tolls, least = ways
    earliest, latest, longest, passengers, call_s, seats = terms
    factor, here, call = leg
    party, at_s = call >> 1, now[FREE] + seconds[factor, here, call]
    then[:] = now
    then[FREE] = at_s + call_s
    if call & 1:
        then[LOAD] -= passengers[party]
        for i in range(now[SEEN]):
            if now[WHO + i] == party:
                then[ABOARD + i] = 0
                if at_s > now[WHEN + i] + longest[party]:
                    return False
    else:
        then[LOAD] += passengers[party]
        if at_s > latest[party] or then[LOAD] > seats:
            return False
        then[PEAK] = max(then[PEAK], then[LOAD])
        then[FREE] = max(then[FREE], earliest[party])
        i = now[SEEN]
        then[SEEN], then[WHO + i], then[ABOARD + i] = i + 1, party, 1
        then[WHEN + i] = max(at_s, earliest[party])
    for i in range(then[SEEN]):
        who = then[WHO + i]
        by_s = then[WHEN + i] + longest[who]
        if then[ABOARD + i] and then[FREE] + least[call, 2 * who + 1] > by_s:
            return False
    then[METRES] += metres[here, call]
    then[TOLL] += tolls[here, call]
    then[DRIVING] += at_s - now[FREE]
    return True


@compiled
def write(table: Table, row: int, calls: Ints, state: Ints) -> None:
    """Put a whole ride into a row of the table."""
    table[0][row, : len(calls)] = calls
    table[1][row, : state[SEEN]] = state[WHEN : WHEN + state[SEEN]]
    table[2][row] = state[:FIGURES]


@compiled
def search(
    ways: Ways, terms: Terms, meets: Meets, starts: Ints, most_parties: int, table: Table
) -> int:
    """How many rides there are, all written down; more than there is room for: too many.

    Args:
        ways: seconds (factors, calls, calls), metres, tolls, least seconds (calls, calls).
        terms: earliest, latest, longest ride, passengers of each party; call_s; most seats.
        meets: where the list of each party begins, the lists, and the same as a matrix.
        starts: (n, 3) party that gets on first, when, and the factor then.
        most_parties: of one ride.
        table: calls, on_s and figures to be filled.
    """
    found = 0
    states = np.zeros((CALLS + 1, WIDTH), np.int64)
    calls, turn = np.zeros(CALLS, np.int64), np.zeros(CALLS + 1, np.int64)
    for row in range(len(starts)):
        depth = 1
        calls[0], turn[1] = 2 * starts[row, 0], 0
        begin_with(states[1], starts[row, 0], starts[row, 1], terms)
        while depth > 0:
            call = next_call(states[depth], turn[depth], meets, most_parties)
            turn[depth] += 1
            if call == DONE:
                depth -= 1
            elif call != NONE:
                now, then = states[depth], states[depth + 1]
                if further(now, then, (starts[row, 2], calls[depth - 1], call), ways, terms):
                    calls[depth] = call
                    if then[ABOARD:].any():
                        depth += 1
                        turn[depth] = 0
                    elif then[SEEN] > 1:
                        if found == len(table[0]):
                            return found + 1
                        write(table, found, calls[: depth + 1], then)
                        found += 1
    return found
