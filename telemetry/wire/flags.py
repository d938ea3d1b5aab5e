"""The device's own bits of a fix: the alarm bits of JT/T 808 as far as 15 bits go."""

from enum import IntFlag


class ReportedFlag(IntFlag):
    """Bits 0 to 8 have the numbers of JT/T 808's alarm word; docs/wire.md has the whole mapping."""

    EMERGENCY = 1 << 0
    OVERSPEED = 1 << 1
    FATIGUE = 1 << 2
    DANGER_WARNING = 1 << 3
    GNSS_MODULE = 1 << 4  # the receiver is broken
    ANTENNA_OPEN = 1 << 5
    ANTENNA_SHORT = 1 << 6
    LOW_VOLTAGE = 1 << 7
    POWER_CUT = 1 << 8
    FATIGUE_WARNING = 1 << 9  # 808: bit 14
    DAY_DRIVE = 1 << 10  # 808: bit 18
    LONG_PARKING = 1 << 11  # 808: bit 19
    CIRCUIT_CUT = 1 << 12  # 808: bit 11 of the status word
    BACKUP_BATTERY = 1 << 13  # it runs on its own battery
    OVERSPEED_WARNING = 1 << 14  # 808: bit 13
