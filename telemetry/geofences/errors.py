"""Refusals of this room."""

from collections.abc import Sequence

from dispatch.kernel.errors import Conflict, Invalid, NotFound
from telemetry.geofences.drafts import Problem


class InvalidFence(Invalid):
    """A fence that cannot be; problems says what is wrong, all of it."""

    code = "invalid-fence"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(p.message for p in problems))
        self.problems = tuple(problems)


class UnknownFence(NotFound):
    """There is no such fence, or no such change of one."""

    code = "unknown-fence"


class NameTaken(Conflict):
    """The platform has a fence of that name over that time."""

    code = "fence-name-taken"


class StaleChange(Conflict):
    """Another change of the fence came after it; undo that one first."""

    code = "stale-fence-change"


class InvalidGeoJson(Invalid):
    """A file that is no GeoJSON FeatureCollection."""

    code = "invalid-geojson"
