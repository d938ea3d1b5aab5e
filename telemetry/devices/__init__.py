"""Devices and providers: credentials, and which vehicle a terminal was on, when."""

from telemetry.devices.errors import (
    BadName,
    EmptyPeriod,
    NameTaken,
    NoSuchVehicle,
    NotATerminal,
    UnknownDevice,
)
from telemetry.devices.model import Bound, Credential, Device, Kind, Listed, RefusedDevice
from telemetry.devices.service import bind, create, rotate, set_enabled, token_digest, unbind
from telemetry.devices.store import (
    bound_at,
    credential,
    credentials,
    find,
    history,
    list_all,
    refuse,
    refused,
)

__all__ = [
    "BadName",
    "Bound",
    "Credential",
    "Device",
    "EmptyPeriod",
    "Kind",
    "Listed",
    "NameTaken",
    "NoSuchVehicle",
    "NotATerminal",
    "RefusedDevice",
    "UnknownDevice",
    "bind",
    "bound_at",
    "create",
    "credential",
    "credentials",
    "find",
    "history",
    "list_all",
    "refuse",
    "refused",
    "rotate",
    "set_enabled",
    "token_digest",
    "unbind",
]
