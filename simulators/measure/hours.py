"""A10 and A11: four hours without a rest, eight hours a day; each episode is a whole day."""

from simulators.measure.episodes import Episode, about
from simulators.measure.script import DAY_S, Script

HOUR = 3_600
ASTRAY = 0.2
"""Share of parts of a long drive in which one fix is off by kilometres."""


def _stretch(script: Script, minutes: float) -> None:
    """Drive for so many minutes, with short stops that are no rest."""
    left = round(minutes * 60)
    while left > 0:
        part = min(left, about(script, 2_400, 4_200))
        script.go(part, script.usual_kmh, sway=0.02)
        if part > 900 and script.rng.random() < ASTRAY:
            at = script.now - script.rng.randrange(300, part - 300)
            script.fault("spike", at, at + 120, script.rng.uniform(3_500, 4_050))
        left -= part
        if left > 0:
            script.stand(about(script, 60, 420), engine=True)
    script.stop()


def _refuel(script: Script) -> None:
    tank = script.player.tank_ml or 0
    script.flow("fill", 300, max(0.0, tank * 0.93 - script.level_ml))
    script.park(600)


def eight_hours(script: Script) -> None:
    """Three stretches below four hours, a rest of 21 to 28 minutes between: too long a day."""
    begun = script.now
    for minutes in (218, 217, script.rng.uniform(50, 95)):
        _stretch(script, minutes)
        script.park(about(script, 20.7 * 60, 28 * 60))
        if minutes > 200:
            _refuel(script)
    script.note("A10", begun, "rests of 21 minutes before the fourth hour is over", true=False)
    script.note("A11", begun, "more than eight hours a day", true=True)


def no_rest(script: Script) -> None:
    """Four hours and a quarter with stops that are too short; a day below eight hours."""
    begun = script.now
    _stretch(script, script.rng.uniform(132, 140))
    script.stand(about(script, 600, 1_020), engine=False)
    _stretch(script, script.rng.uniform(112, 150))
    script.note("A10", begun, "stops of up to 17 minutes are no rest", true=True)
    script.park(1_500)
    _refuel(script)
    _stretch(script, script.rng.uniform(150, 178))
    script.note("A11", begun, "seven and a half hours", true=False)
    script.park(600)


def rests(script: Script) -> None:
    """Seven and a half hours with rests that are just long enough."""
    begun = script.now
    for minutes in (script.rng.uniform(200, 218), script.rng.uniform(200, 218), 38.0):
        _stretch(script, minutes)
        script.park(about(script, 20.7 * 60, 26 * 60))
        if minutes > 100:
            _refuel(script)
    script.note("A10", begun, "rests of 21 minutes after three and a half hours", true=False)
    script.note("A11", begun, "seven and a half hours", true=False)


def over_midnight(script: Script) -> None:
    """Nine hours of a night, but not of one day."""
    evening = script.now + (17 * HOUR + 1_800 - (script.now + 8 * HOUR) % DAY_S)
    script.park_until(evening)
    _refuel(script)
    begun = script.now
    for minutes in (195, 190, 165):
        _stretch(script, minutes)
        script.park(about(script, 24 * 60, 30 * 60))
        if minutes != 165:
            _refuel(script)
    script.note("A11", begun, "nine hours over midnight", true=False)
    script.note("A10", begun, "rests of 24 minutes", true=False)
    script.park(8 * HOUR)


EPISODES = (
    Episode("A11", True, eight_hours, "expressway-1", "long"),
    Episode("A10", True, no_rest, "expressway-1", "long"),
    Episode("A10", False, rests, "expressway-1", "long"),
    Episode("A11", False, over_midnight, "expressway-1", "long"),
)
