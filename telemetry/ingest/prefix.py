"""What one device may publish and subscribe to: its own name, and the channels of its kind."""

from telemetry.devices import Credential
from telemetry.wire import LONGEST_TOPIC, BadTopic, Channel, Topic, parse_topic

REMEMBERED = 32


class Prefix:
    """The topics of one device; remembers the last few, since it always sends the same."""

    def __init__(self, who: Credential) -> None:
        self._who = who
        self._own = str(Topic(who.name, Channel.FIX)).removesuffix(Channel.FIX)
        self._known: dict[bytes, Topic | None] = {}

    def topic(self, raw: bytes) -> Topic | None:
        """The topic, if the device may publish there."""
        if len(raw) > LONGEST_TOPIC:
            return None
        if raw not in self._known:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[raw] = self._parse(raw.decode("utf-8", "replace"))
        return self._known[raw]

    def _parse(self, text: str) -> Topic | None:
        try:
            topic = parse_topic(text)
        except BadTopic:
            return None
        is_own = topic.device == self._who.name
        return topic if is_own and topic.channel.is_providers == self._is_provider else None

    @property
    def _is_provider(self) -> bool:
        return self._who.kind == "provider"

    def covers(self, wanted: str) -> bool:
        """Whether a subscription asks for nothing but the device's own."""
        return wanted.startswith(self._own)
