"""A12: a terminal that says nothing, and the many good reasons for it."""

from simulators.measure.episodes import Episode, about, drive
from simulators.measure.script import Script

HOUR = 3_600


def dead(script: Script) -> None:
    """A terminal that dies on the way and wakes up again; nothing of it is ever uploaded."""
    drive(script, 300, 600)
    begun = script.now
    drive(script, 640, 3_000)
    script.fault("dead", begun, script.now)
    drive(script, 300, 600)
    script.note("A12", begun, "a dead terminal on the way", true=True)
    script.stop()


def dead_parked(script: Script) -> None:
    """Silent for more than a day although it only parks."""
    _silent_parked(script, script.rng.uniform(24.3, 32))
    script.note("A12", script.now - 25 * HOUR, "more than a day parked and silent", true=True)


def three_days(script: Script) -> None:
    """Silent for more than three days."""
    _silent_parked(script, 74)
    script.note("A12", script.now - 25 * HOUR, "more than three days silent", true=True)


def tunnel(script: Script) -> None:
    """A long tunnel: no reports for minutes."""
    drive(script, 300, 600)
    begun = script.now
    script.go(about(script, 180, 570), script.usual_kmh)
    script.fault("no-fix", begun, script.now)
    drive(script, 300, 600)
    script.note("A12", begun, "a tunnel", true=False)
    script.stop()


def no_link(script: Script) -> None:
    """No link for half an hour; all of it is uploaded afterwards."""
    drive(script, 200, 400)
    begun = script.now
    drive(script, 1_200, 2_400)
    script.fault("late", begun, script.now)
    drive(script, 200, 400)
    script.note("A12", begun, "no link; uploaded later", true=False)
    script.stop()


def short_gap(script: Script) -> None:
    """Silent for nine minutes with the engine on."""
    drive(script, 200, 400)
    script.stand(60, engine=True)
    begun = script.now
    script.stand(about(script, 480, 585), engine=True)
    script.fault("dead", begun, script.now)
    drive(script, 200, 400)
    script.note("A12", begun, "nine minutes at a halt", true=False)
    script.stop()


def asleep(script: Script) -> None:
    """A terminal that sleeps while the car is parked."""
    drive(script, 200, 400)
    begun = script.now
    _silent_parked(script, script.rng.uniform(2, 6))
    script.note("A12", begun, "a terminal asleep", true=False)


def long_asleep(script: Script) -> None:
    """Asleep for most of a day."""
    begun = script.now
    _silent_parked(script, script.rng.uniform(20, 23.4))
    script.note("A12", begun, "nearly a day asleep", true=False)


def _silent_parked(script: Script, hours: float) -> None:
    script.park(180)
    begun = script.now
    script.park(round(hours * HOUR))
    script.fault("dead", begun, script.now)
    drive(script, 240, 400)
    script.stop()


EPISODES = (
    Episode("A12", True, dead), Episode("A12", True, dead), Episode("A12", True, dead),
    Episode("A12", True, dead_parked),
    Episode("A12", False, tunnel), Episode("A12", False, tunnel), Episode("A12", False, no_link),
    Episode("A12", False, no_link), Episode("A12", False, short_gap),
    Episode("A12", False, short_gap), Episode("A12", False, asleep), Episode("A12", False, asleep),
    Episode("A12", False, asleep), Episode("A12", False, long_asleep),
)  # fmt: skip
RARE = (Episode("A12", True, three_days),)
