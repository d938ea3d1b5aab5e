"""What to write so that the stored facts are the new ones, and who keeps which id.

Identity follows overlap: of several that become one, the smallest id stays; of one that becomes
several, the longest overlap keeps it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

F = TypeVar("F")


@dataclass(frozen=True, slots=True)
class Span(Generic[F]):
    """A fact over [lo, hi], microseconds, and its version."""

    lo: int
    hi: int
    version: bytes
    fact: F


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored fact over [lo, hi]; hi of an open one is as far as it was seen, or END."""

    id: int
    lo: int
    hi: int
    version: bytes
    is_open: bool


@dataclass(frozen=True, slots=True)
class Difference(Generic[F]):
    """Facts to insert, to change under their id, and ids to delete."""

    insert: list[Span[F]]
    change: list[tuple[Stored, Span[F]]]
    delete: list[Stored]

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Times over which something is said differently now."""
        return [
            *((s.lo, s.hi) for s in self.insert),
            *((min(o.lo, n.lo), max(o.hi, n.hi)) for o, n in self.change),
            *((s.lo, s.hi) for s in self.delete),
        ]


def difference(stored: Sequence[Stored], new: Sequence[Span[F]]) -> Difference[F]:
    """Compare the facts of one stream; the spans of either side do not overlap each other."""
    same = {(s.lo, s.version) for s in stored} & {(n.lo, n.version) for n in new}
    old = [s for s in stored if (s.lo, s.version) not in same]
    fresh = sorted((n for n in new if (n.lo, n.version) not in same), key=lambda n: n.lo)
    claims: dict[int, list[Stored]] = {}
    for one in sorted(old, key=lambda s: s.id):
        overlaps = [(min(one.hi, n.hi) - max(one.lo, n.lo), i) for i, n in enumerate(fresh)]
        best, i = max(overlaps, key=lambda o: (o[0], -o[1]), default=(-1, 0))
        if best >= 0:
            claims.setdefault(i, []).append(one)
    change = [(claims[i][0], n) for i, n in enumerate(fresh) if i in claims]
    kept = {s.id for s, _ in change}
    return Difference(
        insert=[n for i, n in enumerate(fresh) if i not in claims],
        change=change,
        delete=[s for s in old if s.id not in kept],
    )
