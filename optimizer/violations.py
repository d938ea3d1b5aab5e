"""What the checker finds wrong."""

from dataclasses import dataclass

Facts = dict[str, int | str]


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken rule: its code and its facts."""

    rule: str
    facts: Facts
