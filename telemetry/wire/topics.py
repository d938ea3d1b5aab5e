"""Topics: gongche/v1/{device or provider}/{channel}."""

import enum
import re
from dataclasses import dataclass

PREFIX = "gongche/v1"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


LONGEST_TOPIC = 100
"""No topic of ours is longer."""


class BadTopic(ValueError):
    """The topic is not one of ours."""


class Channel(enum.StrEnum):
    """The last level of a topic; the first four are terminals', the last two providers'."""

    FIX = "fix"
    FUEL = "fuel"
    ETC = "etc"
    STATUS = "status"
    FUEL_CARD = "fuel-card"
    TOLL = "toll"

    @property
    def is_providers(self) -> bool:
        """Whether only a provider may publish here (and no terminal)."""
        return self in (Channel.FUEL_CARD, Channel.TOLL)


@dataclass(frozen=True, slots=True)
class Topic:
    """Who publishes, and what."""

    device: str
    channel: Channel

    def __str__(self) -> str:
        """The topic as published."""
        return f"{PREFIX}/{self.device}/{self.channel}"


def parse_topic(text: str) -> Topic:
    """Parse a topic.

    Raises:
        BadTopic: another prefix, a name out of bounds, or an unknown channel.
    """
    levels = text.split("/")
    if len(levels) != 4 or "/".join(levels[:2]) != PREFIX or not NAME.fullmatch(levels[2]):
        raise BadTopic(f"not of the form {PREFIX}/NAME/CHANNEL")
    try:
        return Topic(levels[2], Channel(levels[3]))
    except ValueError as error:
        raise BadTopic(f"no channel {levels[3]!r}") from error
