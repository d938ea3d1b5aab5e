"""Wrong datum: a terminal that takes GCJ-02 for WGS-84, and what is off for other reasons.

Each episode is a whole day of a car, since a datum is judged by the day.
"""

from simulators.measure.episodes import Episode, Play, about, drive
from simulators.measure.ground import UNMAPPED
from simulators.measure.script import DAY_S, FaultKind, Script


def _a_day(what: str, kind: FaultKind | None, *, true: bool, amount: float = 0.0) -> Play:
    """Drive out and back, with a fault all day long."""

    def play(script: Script) -> None:
        midnight = script.now - (script.now - script.start) % DAY_S
        begun = script.now
        for _ in range(2):
            drive(script, 1_000, 1_800)
            script.park(about(script, 1_800, 9_000))
        if kind is not None:
            script.fault(kind, midnight, midnight + DAY_S, amount)
        script.note("datum", begun, what, true=true)

    return play


gcj02 = _a_day("GCJ-02 taken for WGS-84", "gcj02", true=True)
new_street = _a_day("a street that no map has", None, true=False)
coarse = _a_day("a poor receiver", "coarse", true=False, amount=180.0)
sound = _a_day("nothing is wrong", None, true=False)

EPISODES = (
    Episode("datum", True, gcj02, "street-2", "steady"),
    Episode("datum", False, new_street, UNMAPPED, "steady"),
    Episode("datum", False, new_street, UNMAPPED, "steady"),
    Episode("datum", False, coarse, "street-2", "steady"),
    Episode("datum", False, sound, "street-2", "steady"),
)
