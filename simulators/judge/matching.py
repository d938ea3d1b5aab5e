"""Finding what belongs together: spans that truly were and spans that the system says."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True, slots=True)
class Span:
    """Something of a car over a time, seconds since 1970; amount in whatever unit it has."""

    car: str
    start: float
    end: float
    amount: float = 0.0

    def touches(self, other: "Span", slack_s: float) -> bool:
        """Whether both have a moment in common, give or take."""
        return self.start <= other.end + slack_s and other.start <= self.end + slack_s


@dataclass(slots=True)
class Matched:
    """Which true spans were found by which said ones.

    Attributes:
        pairs: each true span that was found, with the first that found it.
        missed: true spans that nothing was said about.
        false: what was said of times at which nothing was.
        said: how many spans were said.
    """

    pairs: list[tuple[Span, Span]] = field(default_factory=list)
    missed: list[Span] = field(default_factory=list)
    false: list[Span] = field(default_factory=list)
    said: int = 0

    @property
    def recall(self) -> float:
        """Found of all that were; 1 if nothing was."""
        true = len(self.pairs) + len(self.missed)
        return len(self.pairs) / true if true else 1.0

    @property
    def precision(self) -> float:
        """Right of all that was said; 1 if nothing was said."""
        return 1 - len(self.false) / self.said if self.said else 1.0

    @property
    def delay_s(self) -> float | None:
        """Median of how much later the said span starts than the true one."""
        late = [said.start - true.start for true, said in self.pairs]
        return median(late) if late else None


def match(
    true: Iterable[Span], said: Iterable[Span], slack_s: float = 0.0, slight: Iterable[Span] = ()
) -> Matched:
    """Match by car and overlap; one said span may stand for several true ones, and the reverse.

    Args:
        true: what was, and must be found.
        said: what the system says.
        slight: what was, and may be found or not: neither is a mistake.
        slack_s: how far apart two spans may lie and still be the same.
    """
    by_car: dict[str, list[Span]] = defaultdict(list)
    matched = Matched()
    for span in sorted(said, key=lambda s: (s.car, s.start)):
        by_car[span.car].append(span)
        matched.said += 1
    right: set[int] = set()
    for span in true:
        found = [s for s in by_car[span.car] if s.touches(span, slack_s)]
        right.update(map(id, found))
        if found:
            matched.pairs.append((span, found[0]))
        else:
            matched.missed.append(span)
    for span in slight:
        right.update(id(s) for s in by_car[span.car] if s.touches(span, slack_s))
    matched.false = [s for spans in by_car.values() for s in spans if id(s) not in right]
    return matched


def alone(true: Sequence[Span], said: Sequence[Span]) -> list[tuple[Span, Span]]:
    """Pairs that overlap each other and nothing else."""
    found = []
    by_car: dict[str, list[Span]] = defaultdict(list)
    of_true: dict[str, list[Span]] = defaultdict(list)
    for span in said:
        by_car[span.car].append(span)
    for span in true:
        of_true[span.car].append(span)
    for span in true:
        over = [s for s in by_car[span.car] if s.touches(span, 0)]
        if len(over) == 1 and sum(t.touches(over[0], 0) for t in of_true[span.car]) == 1:
            found.append((span, over[0]))
    return found


def quantile(values: Sequence[float], share: float) -> float | None:
    """The value below which a share of all lies; None for none."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
