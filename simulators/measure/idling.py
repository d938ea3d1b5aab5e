"""A24: the engine runs and nothing moves for twenty minutes, and jams, halts and shorter waits."""

from simulators.measure.episodes import Episode, about, drive
from simulators.measure.script import Script


def waits(script: Script) -> None:
    """Somebody keeps the engine on."""
    drive(script, 120, 300)
    script.stop()
    begun = script.now
    script.stand(about(script, 20.6 * 60, 55 * 60), engine=True)
    script.note("A24", begun, "the engine on for a long wait", true=True)


def short_wait(script: Script) -> None:
    """Not quite twenty minutes."""
    drive(script, 120, 300)
    script.stop()
    begun = script.now
    script.stand(about(script, 15 * 60, 19.6 * 60), engine=True)
    drive(script, 120, 240)
    script.note("A24", begun, "under twenty minutes", true=False)
    script.stop()


def jam(script: Script) -> None:
    """An hour in a jam that creeps on every few minutes."""
    drive(script, 120, 300)
    begun = script.now
    for _ in range(about(script, 6, 12)):
        script.stand(about(script, 120, 420), engine=True)
        script.go(about(script, 25, 60), script.rng.uniform(6, 14))
    drive(script, 60, 120)
    script.note("A24", begun, "a jam", true=False)
    script.stop()


def twice(script: Script) -> None:
    """Two waits of eighteen minutes with a few streets between."""
    drive(script, 120, 300)
    script.stop()
    begun = script.now
    for _ in range(2):
        script.stand(about(script, 16 * 60, 19.5 * 60), engine=True)
        drive(script, 150, 240)
        script.stop()
    script.note("A24", begun, "two waits and a drive between", true=False)


def engine_off(script: Script) -> None:
    """Standing for forty minutes as one should."""
    drive(script, 120, 300)
    script.stop()
    begun = script.now
    script.park(about(script, 30 * 60, 50 * 60))
    script.note("A24", begun, "the engine off", true=False)


EPISODES = (
    Episode("A24", True, waits), Episode("A24", False, short_wait), Episode("A24", False, jam),
    Episode("A24", False, twice), Episode("A24", False, engine_off),
)  # fmt: skip
