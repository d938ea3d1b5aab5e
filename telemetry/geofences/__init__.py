"""Geofences: areas over time, and which vehicle was inside when."""

from telemetry.geofences.areas import Fence, Fences
from telemetry.geofences.drafts import (
    KINDS,
    Draft,
    GeoJson,
    Kind,
    Problem,
    Window,
    circle,
)
from telemetry.geofences.errors import (
    InvalidFence,
    InvalidGeoJson,
    NameTaken,
    StaleChange,
    UnknownFence,
)
from telemetry.geofences.fold import fold, under_way
from telemetry.geofences.geojson import (
    Feature,
    Imported,
    export_geojson,
    import_features,
    read_geojson,
)
from telemetry.geofences.model import DEFAULT_RULES, Near, Rules, State, Visit
from telemetry.geofences.service import change, create, end, ensure_depots, put, undo
from telemetry.geofences.shapes import Outline, check, outline
from telemetry.geofences.store import (
    Change,
    FenceLine,
    Inside,
    StoredVisit,
    Version,
    changes,
    find,
    inside_now,
    kept,
    lines,
    load,
    versions,
    visits,
    visits_of,
)
from telemetry.geofences.stream import STREAM, VisitStream
from telemetry.geofences.zones import limits

__all__ = [
    "DEFAULT_RULES",
    "KINDS",
    "STREAM",
    "Change",
    "Draft",
    "Feature",
    "Fence",
    "FenceLine",
    "Fences",
    "GeoJson",
    "Imported",
    "Inside",
    "InvalidFence",
    "InvalidGeoJson",
    "Kind",
    "NameTaken",
    "Near",
    "Outline",
    "Problem",
    "Rules",
    "StaleChange",
    "State",
    "StoredVisit",
    "UnknownFence",
    "Version",
    "Visit",
    "VisitStream",
    "Window",
    "change",
    "changes",
    "check",
    "circle",
    "create",
    "end",
    "ensure_depots",
    "export_geojson",
    "find",
    "fold",
    "import_features",
    "inside_now",
    "kept",
    "limits",
    "lines",
    "load",
    "outline",
    "put",
    "read_geojson",
    "under_way",
    "undo",
    "versions",
    "visits",
    "visits_of",
]
