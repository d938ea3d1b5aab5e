"""Bytes that nobody could read, for people to look at."""

from dataclasses import dataclass

WIDTH = 16
AT_MOST = 4_096


@dataclass(frozen=True, slots=True)
class Shown:
    """The first bytes of a payload, so that nothing in it is invisible or acts.

    Attributes:
        text: as UTF-8; whatever is no printable character stands as its escape.
        hexadecimal: offset, 16 bytes and their ASCII a line.
        left_out: how many bytes follow that are not shown.
    """

    text: str
    hexadecimal: str
    left_out: int


def shown(payload: bytes, at_most: int = AT_MOST) -> Shown:
    """A payload as text and as a dump."""
    part = payload[:at_most]
    text = "".join(map(_visible, part.decode("utf-8", "backslashreplace")))
    lines = [_line(at, part[at : at + WIDTH]) for at in range(0, len(part), WIDTH)]
    return Shown(text, "\n".join(lines), len(payload) - len(part))


def _visible(character: str) -> str:
    if character.isprintable() or character == "\n":
        return character
    return character.encode("unicode_escape").decode("ascii")


def _line(at: int, part: bytes) -> str:
    pairs = " ".join(f"{byte:02x}" for byte in part).ljust(WIDTH * 3 - 1)
    ascii_ = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
    return f"{at:08x}  {pairs}  {ascii_}"
