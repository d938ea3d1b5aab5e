"""Devices and providers: one name space, one table of credentials."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from dispatch.kernel.ids import DeviceId, VehicleId

Kind: TypeAlias = Literal["terminal", "provider"]


@dataclass(frozen=True, slots=True)
class Device:
    """A terminal, or an issuer of receipts."""

    id: DeviceId
    name: str
    kind: Kind
    enabled: bool


@dataclass(frozen=True, slots=True)
class Credential:
    """What identifies a device: SHA-256 of its token, and of the one before while that opens."""

    id: DeviceId
    name: str
    kind: Kind
    enabled: bool
    token_digest: bytes
    old_token_digest: bytes | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A device and the vehicle it is bound to at the moment asked for."""

    id: DeviceId
    name: str
    kind: Kind
    enabled: bool
    vehicle_id: VehicleId | None


@dataclass(frozen=True, slots=True)
class Bound:
    """A device on a vehicle from since until until; None: still."""

    device_id: DeviceId
    vehicle_id: VehicleId
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class RefusedDevice:
    """Who knocked and was not let in; a person may approve it by creating the device.

    Reasons: unknown, wrong-token, disabled. Times are the database's. Ignored: a person has
    seen it and does not want it; it is still counted.
    """

    name: str
    reason: str
    first_at: datetime
    last_at: datetime
    times: int
    address: str | None
    ignored: bool


@dataclass(frozen=True, slots=True)
class RefusedPublish:
    """A message on a topic that was not its device's; at is the database's time."""

    id: int
    device: str
    topic: str
    reason: str
    at: datetime
