"""What readings agree on: small robust figures, as kernels."""

from telemetry.streams import Integers, compiled


@compiled
def in_order(values: Integers, n: int) -> Integers:
    """The first n, sorted; they are few."""
    ordered: Integers = values[:n].copy()
    for i in range(1, n):
        one, at = ordered[i], i
        while at and ordered[at - 1] > one:
            ordered[at] = ordered[at - 1]
            at -= 1
        ordered[at] = one
    return ordered


@compiled
def middle(values: Integers, n: int) -> int:
    """The mean of the middle half of the first n >= 1; one wild reading of four changes little."""
    ordered = in_order(values, n)
    cut = n // 4
    total = 0
    for i in range(cut, n - cut):
        total += ordered[i]
    mean: int = total // (n - 2 * cut)
    return mean


@compiled
def width(values: Integers, n: int) -> int:
    """Greatest minus least of the first n >= 1."""
    least, most = values[0], values[0]
    for i in range(1, n):
        least = min(least, values[i])
        most = max(most, values[i])
    reach: int = most - least
    return reach


@compiled
def quartiles(values: Integers, n: int) -> int:
    """How far the middle half of the first n reaches; 0 below four."""
    if n < 4:
        return 0
    ordered = in_order(values, n)
    reach: int = ordered[n - 1 - n // 4] - ordered[n // 4]
    return reach


@compiled
def push(
    state: Integers, count: int, times: int, levels: int, room: int, t: int, level: int
) -> None:
    """Append to a short memory within the state; the oldest makes room.

    Args:
        state: of which three places are named: how many there are, their times, their levels.
        count: as above.
        times: as above.
        levels: as above.
        room: how many there may be.
        t: of the new one.
        level: of the new one.
    """
    n = state[count]
    if n == room:
        for i in range(room - 1):
            state[times + i] = state[times + i + 1]
            state[levels + i] = state[levels + i + 1]
        n = room - 1
    state[times + n] = t
    state[levels + n] = level
    state[count] = n + 1


@compiled
def clear(state: Integers, lo: int, hi: int) -> None:
    """Forget: what does not matter any more must not tell states apart."""
    for i in range(lo, hi):
        state[i] = 0
