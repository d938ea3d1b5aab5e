"""What cars used: what the system answered over HTTP against what truly was."""

import sqlite3

from simulators.judge import bounds
from simulators.judge.figures import Figure, Measured
from simulators.judge.matching import quantile

TRUE = {"fuel": "fuel_ml", "electricity": "electricity_wh"}
SHOWN = 5
BESIDE = (
    "SELECT c.code, c.fuel_ml, c.electricity_wh, a.used AS said, a.error, a.why "
    "FROM car c LEFT JOIN answer a ON a.car = c.code AND a.medium = ?"
)


def used(truth: sqlite3.Connection, found: Measured) -> None:
    """Two figures, by what a car holds; what the system does not know counts as all wrong."""
    for medium, column in TRUE.items():
        rows = [r for r in truth.execute(BESIDE, (medium,)) if r[column] is not None]
        off = {r["code"]: _off(medium, r[column], r["said"]) for r in rows}
        name = f"{medium} used by a car, p95"
        value = quantile(list(off.values()), 0.95)
        found.figures.append(Figure(name, value, bounds.USED_P95, of=len(off)))
        middle = quantile(list(off.values()), 0.5)
        found.notes.append(f"{medium} used by a car, p50: {middle}")
        known = [r for r in rows if r["said"] is not None]
        within = sum(abs(r["said"] - r[column]) <= 2 * r["error"] for r in known)
        found.notes.append(f"  within twice the error it states: {within} of {len(known)}")
        worst = sorted(rows, key=lambda r: -off[r["code"]])[:SHOWN]
        found.notes += [
            f"  {r['code']}: {r['said']} {r['why']}, truly {r[column]:.0f}"
            for r in worst
            if off[r["code"]] > bounds.USED_P95
        ]


def _off(medium: str, true: float, said: int | None) -> float:
    """Share by which it is off; within what two readings are off together, of all there was."""
    if said is None:
        return 1.0
    off = abs(said - true)
    slack = bounds.USED_SLACK[medium]
    return max(0.0, off - slack) / true if off > true * bounds.USED_P95 else off / true
