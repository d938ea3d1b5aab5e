"""Ids as types of their own: a vehicle is never mistaken for a driver."""

from typing import NewType

PoolId = NewType("PoolId", int)
UnitId = NewType("UnitId", int)
PersonId = NewType("PersonId", int)
VehicleId = NewType("VehicleId", int)
DriverId = NewType("DriverId", int)
DeviceId = NewType("DeviceId", int)
FirmId = NewType("FirmId", int)
PlaceId = NewType("PlaceId", int)
RequestId = NewType("RequestId", int)
OrderId = NewType("OrderId", int)
LegId = NewType("LegId", int)
TripId = NewType("TripId", int)
FenceId = NewType("FenceId", int)
ReceiptId = NewType("ReceiptId", int)
