"""What an episode is, and what most of them have in common."""

from collections.abc import Callable
from dataclasses import dataclass

from simulators.measure.script import Script

Play = Callable[[Script], None]


@dataclass(frozen=True, slots=True)
class Episode:
    """A few minutes, hours or a day of a car that put one rule to the test.

    Attributes:
        rule: whose test it is.
        true: whether the rule must find something.
        play: makes the car act; it stands before and after.
        road: the road on which it makes sense.
        car: what kind of car it takes.
    """

    rule: str
    true: bool
    play: Play
    road: str = "road-1"
    car: str = "petrol"


def drive(script: Script, at_least_s: int, at_most_s: int) -> None:
    """Drive unremarkably for a while."""
    script.go(script.rng.randrange(at_least_s, at_most_s), script.usual_kmh)


def about(script: Script, at_least: float, at_most: float) -> int:
    """A whole number between two."""
    return round(script.rng.uniform(at_least, at_most))
