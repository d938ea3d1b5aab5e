"""What a judged measuring run consists of, and when it falls short."""

from dataclasses import asdict, dataclass, field

from simulators.judge import bounds


@dataclass(slots=True)
class Line:
    """How well one rule did."""

    rule: str
    true: int
    near: int
    found: int
    missed: int
    false: int
    precision: float
    recall: float
    delay_s: float | None
    worst: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Figure:
    """One error, and what it may be at most (or must be at least)."""

    name: str
    value: float | None
    bound: float
    at_least: bool = False
    of: int = 0

    @property
    def held(self) -> bool:
        """Whether the bound is kept; what could not be measured is not."""
        if self.value is None:
            return False
        return self.value >= self.bound if self.at_least else self.value <= self.bound


@dataclass(slots=True)
class Measured:
    """All that was measured."""

    lines: list[Line] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def shortfalls(self) -> list[str]:
        """What does not keep its bounds."""
        short = []
        for line in self.lines:
            if line.true and line.recall < bounds.LEAST_RECALL:
                short.append(f"{line.rule}: recall {line.recall:.3f}")
            if line.precision < bounds.LEAST_PRECISION:
                short.append(f"{line.rule}: precision {line.precision:.3f}")
        short += [f"{f.name}: {f.value} against {f.bound}" for f in self.figures if not f.held]
        return short

    def as_dict(self) -> dict[str, object]:
        """For a JSON report."""
        return {
            "rules": [asdict(line) for line in self.lines],
            "figures": [asdict(f) | {"held": f.held} for f in self.figures],
            "notes": self.notes,
            "shortfalls": self.shortfalls,
        }
