"""What a measuring run must reach; all in one place."""

from typing import Final

LEAST_RECALL: Final = 0.98
LEAST_PRECISION: Final = 0.98
METRES_P95: Final = 0.01
"""Share by which the metres of a trip may be off, 95 of 100 trips."""
LITRES_P95: Final = 0.03
LITRES_SLACK_ML: Final = 1_000
"""A refuelling may be off by the share or by the slack, whichever is more."""
JUMP_RECALL: Final = 0.99
FALSE_REJECTS: Final = 0.001
LEAST_TRIP_M: Final = 2_000
"""Shorter drives are moves in a yard: their share says nothing."""
USED_P95: Final = 0.03
USED_SLACK: Final = {"fuel": 2_000, "electricity": 1_000}
"""Ml or Wh by which two readings of a level may be off together, whatever was used between."""
