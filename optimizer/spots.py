"""All nodes by the place where they begin, and by the place where they end, in order of time."""

from typing import NamedTuple

import numpy as np

from optimizer.nodes import Ints, Small
from optimizer.terrain import NEVER, Field

BUCKET_S = 900
HOUR_S, DAY_S = 3_600, 86_400


class Spots(NamedTuple):
    """Where the nodes of each place stand in a row, with one spot beside them that none is at.

    Attributes:
        places: of the nodes; number: (n,) which of them each node is at.
        spot: (n,) of each node.
        at_s: (spots,) the moment of its node; of a spot that no node is at NEVER, which is the
            last of its place, or -NEVER, which is the first.
        near: (buckets, places) about where a moment is: for nodes that begin no spot before it
            is at that moment or after, for nodes that end no spot after it is at it or before.
    """

    places: Ints
    number: Ints
    spot: Ints
    at_s: Ints
    near: Small


def spots_of(place: Ints, at_s: Ints, *, ends: bool) -> Spots:
    """Of nodes at these places and moments; the free spots are first where nodes end."""
    places, number = np.unique(place, return_inverse=True)
    order = np.lexsort((np.arange(len(number)), at_s, number))
    spot = np.empty(len(number), dtype=np.int64)
    spot[order] = np.arange(len(number)) + number[order] + ends
    row = np.full(len(number) + len(places), -NEVER if ends else NEVER)
    row[spot] = at_s
    moments = np.arange(0, int(at_s.max(initial=0)) + 2 * BUCKET_S, BUCKET_S) + ends * BUCKET_S
    many = np.bincount(number, minlength=len(places))
    begins = np.cumsum(many + 1) - many - 1
    near = np.empty((len(moments), len(places)), dtype=np.int32)
    for q, begin in enumerate(begins.tolist()):
        near[:, q] = begin + np.searchsorted(np.sort(at_s[number == q]), moments)
    return Spots(places.astype(np.int64), number.astype(np.int64), spot, row, near)


class Ranks(NamedTuple):
    """Nodes in order of some moment, for running minima over all that are before or after.

    Attributes:
        rank: (n,) of each node, from 1 on.
        query: (n,) how many ranks each node may go on to, or come from.
    """

    rank: Ints
    query: Ints


class Grid(NamedTuple):
    """What is the same for all kinds of cars.

    Attributes:
        begin, end: nodes where they begin, where they end.
        by_end: (n,) nodes in order of their end.
        percent: factor of drives by hour of the horizon.
    """

    begin: Spots
    end: Spots
    by_end: Ints
    percent: Ints


def grid_of(f: Field, percent: Ints) -> Grid:
    """Of a day whose drives have these factors by hour of the day."""
    last_s = int(f.end_s.max(initial=0)) + f.buffer_s
    return Grid(
        spots_of(f.origin, f.start_s, ends=False),
        spots_of(f.destination, f.end_s, ends=True),
        np.argsort(f.end_s, kind="stable").astype(np.int64),
        np.tile(percent, last_s // DAY_S + 1),
    )
