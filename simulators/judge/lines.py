"""From what was matched to a line of the table."""

from simulators.judge.figures import Line
from simulators.judge.matching import Matched, Span

SHOWN = 10


def line(rule: str, matched: Matched, near: list[tuple[Span, str]]) -> Line:
    """One rule's line; near: what must not be found, each with what it is."""
    worst = [f"missed {_said(span)}" for span in matched.missed[:SHOWN]]
    for span in matched.false[:SHOWN]:
        over = [what for miss, what in near if miss.car == span.car and miss.touches(span, 0)]
        worst.append(f"false {_said(span)} {', '.join(over) or '(no near miss)'}")
    return Line(
        rule, len(matched.pairs) + len(matched.missed), len(near), len(matched.pairs),
        len(matched.missed), len(matched.false), round(matched.precision, 4),
        round(matched.recall, 4), matched.delay_s, worst,
    )  # fmt: skip


def _said(span: Span) -> str:
    return f"{span.car} {span.start:.0f}..{span.end:.0f} {span.amount:.0f}"
