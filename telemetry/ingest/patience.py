"""Who guesses tokens is made to wait; nobody is shut out for good."""

from collections import OrderedDict
from dataclasses import dataclass

FREE_GUESSES = 5
FORGOTTEN_AFTER_S = 300.0
LONGEST_WAIT_S = 10.0
"""Also for the device itself, where it shares an address with who guesses: then it gets in."""
REMEMBERED = 10_000


@dataclass(slots=True)
class _Guesses:
    count: int
    last_at: float


class Patience:
    """Wrong tokens by device name and address; times are of any clock that only goes on."""

    def __init__(self) -> None:
        self._wrong: OrderedDict[tuple[str, str], _Guesses] = OrderedDict()

    def wait_s(self, name: str, address: str, now: float) -> float:
        """How long the next token must wait before it is looked at: 0, then 1, 2, 4, 8, 10 s."""
        held = self._wrong.get((name, address))
        if held is None or held.count < FREE_GUESSES or now - held.last_at > FORGOTTEN_AFTER_S:
            return 0.0
        return min(LONGEST_WAIT_S, 2.0 ** min(held.count - FREE_GUESSES, 10))

    def was_wrong(self, name: str, address: str, now: float) -> None:
        """A token did not open."""
        key = (name, address)
        held = self._wrong.pop(key, None)
        if held is None or now - held.last_at > FORGOTTEN_AFTER_S:
            held = _Guesses(0, now)
        self._wrong[key] = _Guesses(held.count + 1, now)
        if len(self._wrong) > REMEMBERED:
            self._wrong.popitem(last=False)

    def was_right(self, name: str, address: str) -> None:
        """A token opened: whoever it is knows it."""
        self._wrong.pop((name, address), None)
