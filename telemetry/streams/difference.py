"""What to write so that the stored facts are the new ones, and who keeps which id.

Identity follows overlap: of several that become one, the smallest id stays; of one that becomes
several, the longest overlap keeps it. Of an open one only the beginning is known, so whatever
begins there keeps it.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Protocol, TypeVar


class Fact(Protocol):
    """A frozen dataclass of whole numbers, texts and None; over its fields goes its version.

    key: what can be true only once at a time; facts of one key never overlap.
    last: the end, or as far as an open one was seen, or END.
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def key(self) -> int:
        """See above."""

    @property
    def started(self) -> int:
        """Microseconds."""

    @property
    def ended(self) -> int | None:
        """Microseconds; None while it is open."""

    @property
    def last(self) -> int:
        """See above."""


F = TypeVar("F", bound=Fact)


@dataclass(frozen=True, slots=True)
class Span(Generic[F]):
    """A fact, and its version."""

    version: bytes
    fact: F

    @property
    def lo(self) -> int:
        """When it began."""
        return self.fact.started

    @property
    def hi(self) -> int:
        """When it ended, or was seen last."""
        return self.fact.last


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored fact over [lo, hi]; hi of an open one is as far as it was seen, or END."""

    id: int
    key: int
    lo: int
    hi: int
    version: bytes
    is_open: bool


@dataclass(frozen=True, slots=True)
class Difference(Generic[F]):
    """Facts to insert, to change under their id, and stored ones to delete."""

    insert: list[Span[F]]
    change: list[tuple[Stored, Span[F]]]
    delete: list[Stored]

    def __bool__(self) -> bool:
        return bool(self.insert or self.change or self.delete)

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Times over which something is said differently now.

        A fact that only goes on is told once a minute.
        """
        return [
            *((s.lo, s.hi) for s in self.insert),
            *((min(o.lo, n.lo), max(o.hi, n.hi)) for o, n in self.change if not _goes_on(o, n)),
            *((s.lo, s.hi) for s in self.delete),
        ]


_MINUTE_US = 60_000_000


def _goes_on(old: Stored, new: Span[F]) -> bool:
    same_minute = old.hi // _MINUTE_US == new.hi // _MINUTE_US
    return old.is_open and new.fact.ended is None and old.lo == new.lo and same_minute


def spans(version: int, facts: Iterable[F]) -> list[Span[F]]:
    """Facts with their versions; version: of the stream."""
    # astuple copies deeply, which costs more than all the rest; facts are flat
    return [
        Span(digest(version, [getattr(fact, n) for n in fact.__dataclass_fields__]), fact)
        for fact in facts
    ]


def digest(version: int, values: Iterable[object]) -> bytes:
    """The version (4 bytes) and 16 bytes of SHA-256 over values that JSON can hold."""
    text = json.dumps(list(values), separators=(",", ":"), sort_keys=True)
    return version.to_bytes(4, "big") + hashlib.sha256(text.encode()).digest()[:16]


def difference(stored: Sequence[Stored], new: Sequence[Span[F]]) -> Difference[F]:
    """Compare the facts of one vehicle in one stream, each key on its own."""
    whole: Difference[F] = Difference([], [], [])
    for key in sorted({s.key for s in stored} | {n.fact.key for n in new}):
        one = _of_a_key([s for s in stored if s.key == key], [n for n in new if n.fact.key == key])
        whole.insert.extend(one.insert)
        whole.change.extend(one.change)
        whole.delete.extend(one.delete)
    return whole


def _of_a_key(stored: Sequence[Stored], new: Sequence[Span[F]]) -> Difference[F]:
    same = {(s.lo, s.version) for s in stored} & {(n.lo, n.version) for n in new}
    old = [s for s in stored if (s.lo, s.version) not in same]
    fresh = sorted((n for n in new if (n.lo, n.version) not in same), key=lambda n: n.lo)
    claims: dict[int, list[Stored]] = {}
    for one in sorted(old, key=lambda s: s.id):
        i = _heir(one, fresh)
        if i is not None:
            claims.setdefault(i, []).append(one)
    change = [(claims[i][0], n) for i, n in enumerate(fresh) if i in claims]
    kept = {s.id for s, _ in change}
    return Difference(
        insert=[n for i, n in enumerate(fresh) if i not in claims],
        change=change,
        delete=[s for s in old if s.id not in kept],
    )


def _heir(one: Stored, fresh: Sequence[Span[F]]) -> int | None:
    """Which of the new facts is the stored one now; None: none of them."""
    overlaps = [
        (one.is_open and n.lo == one.lo, min(one.hi, n.hi) - max(one.lo, n.lo), -i)
        for i, n in enumerate(fresh)
    ]
    _, overlap, i = max((o for o in overlaps if o[1] >= 0), default=(False, -1, 0))
    return -i if overlap >= 0 else None
