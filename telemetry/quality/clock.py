"""Whether a device's clock is right, from how long its messages took; pure."""

from dataclasses import dataclass

from telemetry.quality.model import Finding, Reason, Rules


@dataclass(frozen=True, slots=True)
class Delays:
    """Received minus said, in 0.1 s, over the fixes of a day.

    least: of all. low: one in twenty took no longer. half: the median. late: how many took
    longer than Rules.late_s. future: how many messages were put aside as from the future.
    """

    count: int
    least: int
    low: int
    half: int
    late: int
    future: int = 0


def clock(delays: Delays, rules: Rules) -> list[Finding]:
    """Findings on the clock and on late uploads.

    A right clock delivers some messages at once. One that is behind delays all by the same; a
    buffer delays each by another time, because it is emptied at one moment.
    """
    found = []
    if delays.future:
        found.append(Finding(Reason.FROM_THE_FUTURE, delays.future))
    if delays.count < rules.few:
        return found
    steady = delays.half - delays.least <= rules.steady_s * 10
    if delays.least > rules.behind_s * 10 and steady:
        found.append(Finding(Reason.CLOCK_BEHIND, delays.count, delays.half // 10))
    elif delays.low < -rules.ahead_s * 10:
        found.append(Finding(Reason.CLOCK_AHEAD, delays.count, -delays.low // 10))
    elif delays.late:
        found.append(Finding(Reason.LATE_UPLOAD, delays.late, delays.half // 10))
    return found
