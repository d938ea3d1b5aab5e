"""The house keeps its shape: layers, room doors, one clock, one environment."""

import ast
import re
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

import dispatch
import telemetry

ROOT = Path(__file__).parents[1]
HOUSES = ("dispatch", "telemetry", "optimizer", "web", "simulators")
FILES = sorted(
    f for house in HOUSES for f in (ROOT / house).rglob("*.py") if "node_modules" not in f.parts
)
ONE_PAGE = 400


def named(file):
    return str(file.relative_to(ROOT))


@cache
def tree(file):
    return ast.parse(file.read_text(encoding="utf-8"))


def imports(file):
    """(module, names) of every import statement, also of those inside functions."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module, [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, []


def test_the_layers_hold():
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr


def test_the_packages_are_ours_and_not_strangers_of_the_same_name():
    for house in (dispatch, telemetry):
        assert Path(house.__file__).parent.parent == ROOT


@pytest.mark.parametrize("house", ["dispatch", "telemetry"])
def test_importing_a_house_loads_nothing(house):
    assert (ROOT / house / "__init__.py").read_text(encoding="utf-8").strip() == ""


def room_of(module):
    """dispatch.orders.store -> dispatch.orders; the kernel and the flat houses have no doors."""
    house, *rest = module.split(".")
    if house not in ("dispatch", "telemetry") or not rest or rest[0] == "kernel":
        return None
    return f"{house}.{rest[0]}"


def behind_the_door(module, names):
    """What an import takes from a room other than by its package."""
    room = room_of(module)
    if room is None:
        return []
    if module != room:
        return [module]
    public = exported(room)
    return [f"{room}.{name}" for name in names if name not in public and is_file(room, name)]


@cache
def exported(room):
    init = ROOT.joinpath(*room.split("."), "__init__.py")
    for node in tree(init).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            return set(ast.literal_eval(node.value))
    return set()


def is_file(room, name):
    return ROOT.joinpath(*room.split("."), f"{name}.py").exists()


def test_other_rooms_come_in_by_the_door():
    intruders = []
    for file in FILES:
        own = room_of(".".join(file.relative_to(ROOT).with_suffix("").parts))
        for module, names in imports(file):
            if room_of(module) not in (None, own):
                intruders += [f"{named(file)}: {what}" for what in behind_the_door(module, names)]
    assert intruders == []


def test_the_door_rule_sees_an_intruder():
    assert behind_the_door("dispatch.register.store", ["anything"]) == ["dispatch.register.store"]
    assert behind_the_door("dispatch.kernel.db", ["statements"]) == []


WORLD_READS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("date", "today"),
    ("time", "time"),
    ("os", "environ"),
}


def reads_of_the_world(file):
    for node in ast.walk(tree(file)):
        match node:
            case ast.Attribute(ast.Name(owner), name) if (owner, name) in WORLD_READS:
                yield f"{named(file)}:{node.lineno} {owner}.{name}"


def test_only_the_composition_root_reads_the_wall_clock_and_the_environment():
    outside = [f for f in FILES if not named(f).startswith("dispatch/run/")]
    assert [read for file in outside for read in reads_of_the_world(file)] == []


def test_the_clock_rule_sees_the_composition_root_reading():
    inside = [f for f in FILES if named(f).startswith("dispatch/run/")]
    assert any(read for file in inside for read in reads_of_the_world(file))


def test_no_drawer_for_odds_and_ends_and_no_endless_file():
    assert [named(f) for f in FILES if f.stem in ("utils", "helpers", "common", "misc")] == []
    lengths = {named(f): len(f.read_text(encoding="utf-8").splitlines()) for f in FILES}
    assert {name: n for name, n in lengths.items() if n > ONE_PAGE} == {}


TABLE = re.compile(r"CREATE TABLE (\w+)")
REFERENCE = re.compile(r"REFERENCES (\w+)")


def test_foreign_keys_point_down_or_stay_in_their_own_layer():
    """The migrations are written a layer a file, so a reference never names a later file."""
    migrations = sorted((ROOT / "dispatch/kernel/db/migrations").glob("*.sql"))
    made: set[str] = set()
    upward = []
    for file in migrations:
        text = file.read_text(encoding="utf-8")
        made |= set(TABLE.findall(text))
        upward += [
            f"{file.name}: {table}" for table in REFERENCE.findall(text) if table not in made
        ]
    assert len(made) > 50
    assert upward == []


def test_the_command_stays_light_to_start():
    """Heavy libraries are imported inside the verbs that need them."""
    script = "import sys; import dispatch.run.cli; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {"fastapi", "asyncpg", "ortools", "shapely", "pydantic", "paho", "numpy"}
    assert heavy & set(loaded) == set()
    assert all(find_spec(name) for name in heavy)
