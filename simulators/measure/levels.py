"""Refuelling, theft and charging, and the sensors that make them up."""

from simulators.measure.episodes import Episode, Play, about, drive
from simulators.measure.script import FaultKind, Script

LEAST_FILL_ML = 7_000.0


def fill(script: Script) -> None:
    """A fill at the pump, into a tank that is not nearly full."""
    full_ml = (script.player.tank_ml or 0) * 0.95
    drive(script, 900, 1_500)
    while full_ml - script.level_ml < LEAST_FILL_ML:
        drive(script, 900, 1_500)
    script.stop()
    begun = script.now
    wanted = script.rng.uniform(LEAST_FILL_ML, 35_000)
    script.flow("fill", about(script, 150, 300), min(full_ml - script.level_ml, wanted))
    script.park(about(script, 60, 300))
    drive(script, 900, 1_500)
    script.stop()
    script.note("refuel", begun, "a fill", true=True)


def siphon(script: Script) -> None:
    """Somebody takes ten litres and more while the car is parked."""
    drive(script, 900, 1_200)
    script.park(about(script, 1_800, 3_000))
    begun = script.now
    taken = min(script.level_ml * 0.8, script.rng.uniform(10_500, 25_000))
    script.flow("siphon", about(script, 180, 420), -taken)
    script.park(about(script, 1_800, 3_000))
    drive(script, 900, 1_200)
    script.note("drop", begun, "fuel is stolen", true=True)


def sip(script: Script) -> None:
    """Less than what a sensor shows for sure."""
    drive(script, 600, 900)
    script.park(1_800)
    begun = script.now
    script.flow("siphon", 200, -script.rng.uniform(1_000, 4_500))
    script.park(1_800)
    drive(script, 600, 900)
    script.note("drop", begun, "a few litres", true=False)


def splash(script: Script) -> None:
    """A litre or two in the tank."""
    drive(script, 600, 900)
    script.stop()
    begun = script.now
    script.flow("fill", 90, script.rng.uniform(500, 1_500))
    script.park(120)
    drive(script, 600, 900)
    script.note("refuel", begun, "a litre", true=False)
    script.stop()


def _sensor(rules: tuple[str, ...], kind: FaultKind, what: str, *, parked: bool) -> Play:
    """Something is wrong with the sensor, on the way or while the car is parked."""

    def play(script: Script) -> None:
        drive(script, 900, 1_200)
        script.stop()
        tank = script.player.tank_ml or 0
        amount = tank * 0.98 if kind == "full-sensor" else tank * script.rng.choice((-0.04, 0.04))
        begun = script.now
        if parked:
            script.park(about(script, 1_800, 3_600))
        else:
            drive(script, 180, 600)
        script.fault(kind, begun, script.now, amount)
        drive(script, 900, 1_200)
        script.stop()
        for rule in rules:
            script.note(rule, begun, what, true=False)

    return play


def burnt_unseen(script: Script) -> None:
    """The terminal sleeps through a drive of an hour and a half: the level fell since it burnt."""
    drive(script, 600, 900)
    script.stop()
    begun = script.now
    script.stand(30, engine=True)
    drive(script, 4_800, 6_000)
    script.park(200)
    script.fault("dead", begun + 40, script.now)
    script.park(1_200)
    drive(script, 600, 900)
    script.stop()
    script.note("drop", begun, "burnt while nobody looked", true=False)


def charge(script: Script) -> None:
    """Plugged in."""
    drive(script, 900, 2_400)
    script.stop()
    begun = script.now
    room = (script.player.battery_wh or 0) * 0.98 - script.level_wh
    watts = script.rng.choice((7_000, 20_000, 60_000))
    wh = min(room, script.rng.uniform(5_000, 22_000))
    script.flow("charge", max(300, round(wh * 3_600 / watts)), wh)
    script.park(about(script, 600, 1_800))
    drive(script, 600, 1_200)
    script.stop()
    script.note("charge", begun, "plugged in", true=True)


def soc_step(script: Script) -> None:
    """The battery is reckoned anew: a percent more after a nap, or on the way down a hill."""
    drive(script, 600, 900)
    begun = script.now
    if script.rng.random() < 0.5:
        script.park(about(script, 1_200, 2_400))
        script.fault("soc-step", begun + 600, script.now + 900, script.rng.choice((-1.0, 0.5, 1.0)))
        drive(script, 900, 1_200)
    else:
        drive(script, 400, 600)
        script.fault("soc-step", begun, script.now, 1.5)
    drive(script, 600, 900)
    script.stop()
    script.note("charge", begun, "the battery is reckoned anew", true=False)


BOTH = ("refuel", "drop")
slope = _sensor(BOTH, "slope", "parked on a slope", parked=True)
no_voltage = _sensor(BOTH, "empty-sensor", "no voltage on the way", parked=False)
no_voltage_parked = _sensor(BOTH, "empty-sensor", "no voltage while parked", parked=True)
reset = _sensor(BOTH, "full-sensor", "a sensor reset to full", parked=False)
no_level = _sensor(BOTH, "no-sensor", "no level on the way", parked=False)

EPISODES = (
    *(Episode("refuel", True, play, car="tank") for play in (fill,)),
    *(Episode("drop", True, play, car="tank") for play in (siphon,)),
    *(Episode("charge", True, play, car="ev") for play in (charge,)),
    *(
        Episode("refuel", False, play, car="tank")
        for play in (splash, slope, no_voltage, reset, no_level)
    ),
    *(Episode("drop", False, play, car="tank") for play in (sip, no_voltage_parked, burnt_unseen)),
    *(Episode("charge", False, play, car="ev") for play in (soc_step,)),
)
