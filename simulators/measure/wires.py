"""A13 and A14: terminals cut off their power, receivers that are broken, frozen or fooled."""

from simulators.measure.episodes import Episode, about, drive
from simulators.measure.script import FaultKind, Script


def _during(
    script: Script, rule: str, kind: FaultKind, seconds: int, what: str, *, true: bool,
    amount: float = 0.0,
) -> None:  # fmt: skip
    drive(script, 200, 400)
    begun = script.now
    script.go(seconds, script.usual_kmh)
    script.fault(kind, begun, script.now, amount)
    script.go(30, script.usual_kmh)
    script.note(rule, begun, what, true=true)
    drive(script, 200, 400)
    script.stop()


def cut(script: Script) -> None:
    """The main power is off; the backup battery keeps the terminal alive."""
    _during(script, "A13", "power-cut", about(script, 85, 900), "on its battery", true=True)


def told_cut(script: Script) -> None:
    """A terminal that tells it in a message of its own."""
    _during(script, "A13", "status-cut", about(script, 65, 900), "it says so itself", true=True)


def dip(script: Script) -> None:
    """A loose contact for some seconds."""
    _during(script, "A13", "power-cut", about(script, 10, 50), "a loose contact", true=False)


def dips(script: Script) -> None:
    """The starter takes the voltage down, again and again."""
    drive(script, 120, 240)
    begun = script.now
    for _ in range(3):
        script.stand(90, engine=True)
        script.fault("power-cut", script.now, script.now + 12)
        drive(script, 120, 240)
    script.note("A13", begun, "the voltage dips at each start", true=False)
    script.stop()


def low(script: Script) -> None:
    """A backup battery that is low says nothing of the main power."""
    _during(script, "A13", "status-low", 60, "its battery is low", true=False)


def antenna(script: Script) -> None:
    """The antenna is cut; the terminal says so."""
    _during(script, "A14", "antenna", about(script, 85, 900), "no antenna", true=True)


def frozen(script: Script) -> None:
    """The position stands still while the wheels turn."""
    _during(script, "A14", "frozen", about(script, 215, 600), "a frozen fix", true=True)


def fooled(script: Script) -> None:
    """The receiver believes to be somewhere else for minutes."""
    _during(
        script, "A14", "away", about(script, 150, 500), "a spoofed receiver", true=True,
        amount=script.rng.uniform(8_000, 20_000),
    )  # fmt: skip


def frozen_shortly(script: Script) -> None:
    """A frozen fix in a tunnel of two minutes."""
    _during(script, "A14", "frozen", about(script, 50, 170), "a tunnel, frozen", true=False)


def no_fix(script: Script) -> None:
    """A tunnel without any fix."""
    _during(script, "A14", "no-fix", about(script, 120, 420), "a tunnel, no fix", true=False)


def spike(script: Script) -> None:
    """One fix that is off by kilometres."""
    _during(
        script, "A14", "spike", 20, "one fix astray", true=False,
        amount=script.rng.uniform(1_200, 4_000),
    )  # fmt: skip


def flicker(script: Script) -> None:
    """One report that says the antenna is cut."""
    _during(script, "A14", "antenna", 10, "one report of a cut antenna", true=False)


def still(script: Script) -> None:
    """The very same position for an hour, since nothing moves."""
    drive(script, 200, 400)
    script.stop()
    begun = script.now
    script.stand(900, engine=True)
    script.fault("frozen", begun + 20, script.now - 20)
    script.note("A14", begun, "a frozen fix of a car that stands", true=False)
    drive(script, 60, 120)
    script.stop()


EPISODES = (
    Episode("A13", True, cut), Episode("A13", True, cut), Episode("A13", True, told_cut),
    Episode("A13", False, dip), Episode("A13", False, dips), Episode("A13", False, low),
    Episode("A14", True, antenna), Episode("A14", True, frozen), Episode("A14", True, fooled),
    Episode("A14", False, frozen_shortly), Episode("A14", False, no_fix),
    Episode("A14", False, spike), Episode("A14", False, flicker), Episode("A14", False, still),
)  # fmt: skip
