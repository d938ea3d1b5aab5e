"""Bounds of the input, and what is said when it breaks one."""

from collections.abc import Iterable, Iterator

MOST_SECONDS = 40 * 86_400
MOST_METRES = 5_000_000
MOST_FEN = 100_000_000
MOST_ID = 1 << 62
MOST_PARTIES = 4
MOST_STARTS = 10_000
MOST_TOTAL_FEN = 1 << 38


class InvalidProblem(ValueError):
    """The input contradicts itself or leaves its bounds; `errors` has one line for each."""

    def __init__(self, errors: Iterable[str]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(self.errors))


def refuse(errors: Iterable[str]) -> None:
    """Raise InvalidProblem if there are any."""
    if found := tuple(errors):
        raise InvalidProblem(found)


def within(owner: str, **values: tuple[int, int, int]) -> Iterator[str]:
    """One line for each (value, least, most) that is out of its bounds."""
    for name, (value, least, most) in values.items():
        if not least <= value <= most:
            yield f"{owner}: {name} is {value}, must be {least} to {most}"
