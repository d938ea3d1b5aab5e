"""Who is let in: of each device its clients, the latest few of them."""

from collections.abc import Mapping
from types import MappingProxyType

from telemetry.ingest.connection import Connection
from telemetry.ingest.mqtt import encode

CLIENTS_OF_ONE = 10
"""Else one device could hold all the sockets that this process may open."""


class Owners:
    """Connections by device and client id."""

    def __init__(self) -> None:
        self._all: dict[tuple[int, str], Connection] = {}
        self._of_one: dict[int, dict[str, Connection]] = {}

    @property
    def all(self) -> Mapping[tuple[int, str], Connection]:
        """All that are in now."""
        return MappingProxyType(self._all)

    def enter(self, one: Connection) -> None:
        """Admitted: who has the same client id goes, or, of too many, who came first."""
        here = self._of_one.setdefault(one.device_id, {})
        if old := here.pop(one.client_id, None):
            old.session_s = None
            _close(old, encode.TAKEN_OVER)
        elif len(here) >= CLIENTS_OF_ONE:
            _close(here.pop(next(iter(here))), encode.QUOTA_EXCEEDED)
        here[one.client_id] = self._all[one.device_id, one.client_id] = one

    def leave(self, one: Connection) -> bool:
        """Its socket is closed. False: another one has its place, or it was never in."""
        if one.credential is None or self._all.get((one.device_id, one.client_id)) is not one:
            return False
        del self._all[one.device_id, one.client_id]
        here = self._of_one[one.device_id]
        if here.get(one.client_id) is one:
            del here[one.client_id]
        if not here:
            del self._of_one[one.device_id]
        return True


def _close(old: Connection, code: int) -> None:
    """Its device is here all the same, so its will is not spoken."""
    old.with_will = False
    old.close(code)
