"""A9: above the limit of the road by more than a tenth for ten seconds, and what looks like it."""

from collections.abc import Callable

from simulators.measure.episodes import Episode, Play, about, drive
from simulators.measure.script import Script

STREET, ROAD, EXPRESSWAY, BESIDE = "street-1", "road-1", "expressway-1", "expressway-2"


def _around(what: str, *, true: bool) -> Callable[[Play], Play]:
    """A drive with something in the middle of it."""

    def made(middle: Play) -> Play:
        def play(script: Script) -> None:
            drive(script, 120, 240)
            begun = script.now
            middle(script)
            script.go(20, script.usual_kmh)
            script.note("A9", begun, what, true=true)
            drive(script, 60, 120)
            script.stop()

        return play

    return made


@_around("too fast", true=True)
def too_fast(script: Script) -> None:
    """Well above, for long enough."""
    script.go(about(script, 28, 180), script.limit_kmh * script.rng.uniform(1.12, 1.35), sway=0.003)


@_around("a little under a tenth too fast", true=False)
def under(script: Script) -> None:
    """Close to it for minutes."""
    script.go(
        about(script, 120, 400), script.limit_kmh * script.rng.uniform(1.04, 1.082), sway=0.003
    )


@_around("overtaking in a few seconds", true=False)
def burst(script: Script) -> None:
    """Above it, but not for ten seconds."""
    script.go(30, script.limit_kmh * 1.05, sway=0.0)
    script.go(5, script.limit_kmh * 1.16, sway=0.0)
    script.go(30, script.limit_kmh * 1.02, sway=0.0)


@_around("one speed that nobody drove", true=False)
def one_speed(script: Script) -> None:
    """A single value of the receiver."""
    script.go(60, script.usual_kmh)
    script.fault("fast", script.now, script.now + 15, script.limit_kmh * 0.6)
    script.go(60, script.usual_kmh)


@_around("an expressway beside a street", true=False)
def beside(script: Script) -> None:
    """What is allowed here would be too fast on the street next to it."""
    script.go(about(script, 120, 300), script.rng.uniform(85, 126))


@_around("an expressway beside a street, a poor fix", true=False)
def beside_coarse(script: Script) -> None:
    """The same with a receiver that is in doubt."""
    begun = script.now
    script.go(about(script, 120, 300), script.rng.uniform(85, 122))
    script.fault("coarse", begun, script.now, 45.0)


EPISODES = (
    *(Episode("A9", True, too_fast, road) for road in (STREET, ROAD, EXPRESSWAY)),
    *(Episode("A9", False, under, road) for road in (STREET, ROAD, EXPRESSWAY)),
    *(Episode("A9", False, burst, road) for road in (STREET, ROAD)),
    *(Episode("A9", False, one_speed, road) for road in (STREET, ROAD, EXPRESSWAY)),
    *(Episode("A9", False, play, BESIDE) for play in (beside, beside_coarse)),
)
