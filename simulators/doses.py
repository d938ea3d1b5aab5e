"""How much goes wrong in a city: each fault with a rate of its own, 0 for never.

A scenario is a file of such rates in `simulators/scenarios`; what it does not name is 0.
"""

import tomllib
from dataclasses import dataclass, fields
from importlib.resources import files


class UnknownScenario(ValueError):
    """There is no such scenario, or it names a rate that does not exist."""


@dataclass(frozen=True, slots=True)
class Doses:
    """Rates; a share is of 1, a rate a car and day is an expectation.

    Attributes:
        outages: breaks of an uplink, a car and day; all is uploaded afterwards.
        shuffles: share of such uploads that are mixed up.
        doubles: share of uploads of which a message is sent twice.
        jumps: share of fixes in motion that are off by kilometres.
        tunnels: minutes without a fix on the way, a car and day.
        freezes: minutes with a fix that stands still on the way, a car and day.
        zeros: single fixes at 0/0, a car and day.
        drifts: hours in which a parked car seems to wander, a car and day.
        power_cuts: minutes without power from the vehicle, a car and day.
        dead_nights: nights in which a terminal says nothing, a car and day.
        skewed: share of cars whose clock is off by up to half a minute.
        drifting_clocks: share of cars whose clock gains or loses up to 90 s a day.
        clock_leaps: minutes in which a clock is an hour behind or a day ahead, a car and day.
        lost_clocks: minutes in which a terminal lives in the year 2000, a car and day.
        gcj02: share of cars whose terminal reports GCJ-02 as if it were WGS-84.
        odometer_resets: falls of an odometer to 0, a car and day.
        broken_odometers: share of cars whose odometer stands still.
        slosh: standard deviation of a tank sensor on the way, as a share of the tank.
        dropouts: minutes in which a tank sensor says nothing or 0, a car and day.
        thefts: nights in which fuel is stolen, a car and day.
        idle_waits: share of waits in which the engine is left on.
        hurries: share of drives in which somebody is much too fast on the expressway.
        cloned_tolls: tolls that somebody else drove with this plate, a car and day.
        unbooked_tolls: share of tolls that are never booked.
        swapped_terminals: terminals moved to another car, told hours later, a car and day.
        dead_phones: share of trips on which the driver's phone dies; some never come back.
    """

    outages: float = 0.0
    shuffles: float = 0.0
    doubles: float = 0.0
    jumps: float = 0.0
    tunnels: float = 0.0
    freezes: float = 0.0
    zeros: float = 0.0
    drifts: float = 0.0
    power_cuts: float = 0.0
    dead_nights: float = 0.0
    skewed: float = 0.0
    drifting_clocks: float = 0.0
    clock_leaps: float = 0.0
    lost_clocks: float = 0.0
    gcj02: float = 0.0
    odometer_resets: float = 0.0
    broken_odometers: float = 0.0
    slosh: float = 0.0
    dropouts: float = 0.0
    thefts: float = 0.0
    idle_waits: float = 0.0
    hurries: float = 0.0
    cloned_tolls: float = 0.0
    unbooked_tolls: float = 0.0
    swapped_terminals: float = 0.0
    dead_phones: float = 0.0


CALM = Doses()
"""Nothing goes wrong."""


def load(name: str) -> Doses:
    """The doses of a scenario by its name.

    Raises:
        UnknownScenario: there is none of that name, or it is broken.
    """
    folder = files("simulators") / "scenarios"
    known = sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name[-5:] == ".toml")
    if name not in known:
        raise UnknownScenario(f"{name!r} is none of {', '.join(known)}")
    said = tomllib.loads((folder / f"{name}.toml").read_text("utf-8"))
    names = {f.name for f in fields(Doses)}
    if unknown := sorted(said.keys() - names):
        raise UnknownScenario(f"{name}: no such rate: {', '.join(unknown)}")
    return Doses(**{rate: float(value) for rate, value in said.items()})
