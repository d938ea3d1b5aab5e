"""The whole system as processes: ready, found, killed, restarted, refused, stopped in order."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from tests.run.waiting import until

GONGCHE = [sys.executable, "-m", "dispatch.run"]
ROLES = {"supervisor", "postgres", "ingest", "understand", "planner", "web"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def home():
    folder = Path(tempfile.mkdtemp(prefix="gc-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def environment(data_dir, **settings):
    ours = {k: v for k, v in os.environ.items() if not k.startswith("GONGCHE_")}
    ours |= {"GONGCHE_DATA_DIR": str(data_dir), "GONGCHE_LOG_FORMAT": "json"}
    ours |= {"GONGCHE_DOOR_PORT": str(free_port()), "GONGCHE_HTTP_PORT": str(free_port())}
    return ours | {f"GONGCHE_{name.upper()}": str(value) for name, value in settings.items()}


class Running:
    """`gongche serve` on a data directory, with what it printed."""

    def __init__(self, data_dir, **settings):
        self.data_dir = data_dir
        self.environment = environment(data_dir, **settings)
        data_dir.parent.mkdir(parents=True, exist_ok=True)
        self.said = data_dir.parent / f"{data_dir.name}.said"
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(
                [*GONGCHE, "serve"],
                env=self.environment,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        try:
            until(self.is_ready, "ready")
        except AssertionError as error:
            self.process.kill()
            self.process.wait()
            raise AssertionError(self.said.read_text()[-3000:]) from error

    def is_ready(self):
        assert self.process.poll() is None, self.said.read_text()
        return '"event": "ready"' in self.said.read_text()

    @property
    def run(self):
        return json.loads((self.data_dir / "run.json").read_text())

    def verb(self, *words):
        return subprocess.run(
            [*GONGCHE, *words], env=self.environment, capture_output=True, text=True, check=False
        )

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


@pytest.fixture(scope="module")
def system(home):
    running = Running(home / "data")
    yield running
    if running.process.poll() is None:
        running.stop()


def alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def test_run_json_tells_where_everything_is_to_its_owner_alone(system):
    path = system.data_dir / "run.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert set(system.run["pids"]) == ROLES
    assert all(alive(pid) for pid in system.run["pids"].values())
    assert healthy(system)
    door = system.run["mqtt"]
    socket.create_connection((door["host"], door["port"]), timeout=10).close()
    conn = await asyncpg.connect(system.run["database"])
    assert await conn.fetchval("SELECT count(*) FROM schema_migration") >= 5
    await conn.close()


def test_the_first_start_prints_a_setup_link_and_no_password(system):
    assert re.search(r"http://127\.0\.0\.1:\d+/setup#[\w-]{40,}", system.said.read_text())


def test_a_second_instance_on_the_same_folder_is_refused_with_the_firsts_pid(system):
    second = subprocess.run(
        [*GONGCHE, "serve"],
        env=environment(system.data_dir),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert second.returncode == 2
    assert f"process {system.process.pid}" in second.stderr
    assert "GONGCHE_DATA_DIR" in second.stderr


def test_a_device_is_made_with_all_that_a_client_needs(system):
    made = json.loads(system.verb("devices", "add", "bus-7", "--json").stdout)
    assert made["mqtt"] == system.run["mqtt"]
    assert made["username"] == "bus-7"
    assert len(made["token"]) >= 43
    assert "gongche/v1/bus-7/fix" in made["topics"]
    again = system.verb("devices", "add", "bus-7")
    assert again.returncode == 2
    assert "name" in again.stderr
    new = json.loads(system.verb("devices", "rotate", "bus-7", "--json").stdout)["token"]
    assert new != made["token"]
    listed = json.loads(system.verb("devices", "list", "--json").stdout)["devices"]
    assert "bus-7" in [device["name"] for device in listed]


def mosquitto_pub(words):
    subprocess.run(["mosquitto_pub", *words], check=True, timeout=60)


@pytest.mark.skipif(not shutil.which("mosquitto_pub"), reason="mosquitto_pub is not installed")
@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
async def test_what_a_new_device_is_told_is_all_that_mosquitto_pub_needs(system, version):
    told = json.loads(system.verb("devices", "add", f"van-{version}", "--json").stdout)
    at = datetime.now(UTC).isoformat()
    words = ["-V", version, "-q", "1", "-u", told["username"], "-P", told["token"]]
    words += ["-h", told["mqtt"]["host"], "-p", str(told["mqtt"]["port"])]
    words += ["-t", next(t for t in told["topics"] if t.endswith("/fix"))]
    words += ["-m", json.dumps({"ts": at, "lon": 118.75, "lat": 30.94})]
    mosquitto_pub(words)
    conn = await asyncpg.connect(system.run["database"])
    assert await conn.fetchval(
        "SELECT (lon, lat) = (1187500000, 309400000) FROM live_position p "
        "JOIN device d ON d.id = p.device_id WHERE d.name = $1",
        told["username"],
    )
    await conn.close()


def test_a_recording_is_replayed_through_the_door(system, tmp_path):
    file = tmp_path / "taxis.csv"
    lines = [f"118.7{n},30.9,2020-05-04 00:00:0{n},taxi-1" for n in range(5)]
    file.write_text("\n".join(["longitude,latitude,timestamp,name_id", *lines]))
    done = system.verb("replay", str(file), "--speed", "0")
    assert done.returncode == 0, done.stderr
    assert "fixes 5" in done.stdout

    (tmp_path / "broken.csv").write_text(file.read_text() + "\n118.7,north,2020-05-04 00:00:09,t")
    broken = system.verb("replay", str(tmp_path / "broken.csv"))
    assert broken.returncode == 2
    assert "line 7" in broken.stderr
    kept = system.verb("replay", str(file), "--keep-times")
    assert kept.returncode == 2
    assert "scenario" in kept.stderr


@pytest.mark.parametrize("role", ["ingest", "understand", "planner", "web"])
def test_a_killed_role_is_started_again(system, role):
    before = system.run["pids"][role]
    os.kill(before, signal.SIGKILL)
    until(lambda: system.run["pids"].get(role, before) != before, f"{role} started again")
    assert not alive(before)


async def test_a_killed_postmaster_is_started_again_and_keeps_what_was_committed(system):
    conn = await asyncpg.connect(system.run["database"])
    await conn.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    before = system.run["pids"]["postgres"]
    os.kill(before, signal.SIGKILL)
    conn.terminate()
    until(lambda: system.run["pids"].get("postgres", before) != before, "postgres started again")
    conn = await asyncpg.connect(system.run["database"])
    assert await conn.fetchval("SELECT count(*) FROM kept") == 1000
    await conn.close()
    until(lambda: healthy(system), "the pages answer again")


def healthy(system):
    try:
        with urllib.request.urlopen(f"{system.run['http_url']}/healthz", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def test_it_stops_in_order_and_leaves_nothing_running(system):
    pids = set(system.run["pids"].values())
    assert system.stop() == 0
    assert [pid for pid in pids if alive(pid)] == []
    assert not (system.data_dir / "run.json").exists()
    said = [json.loads(line) for line in system.said.read_text().splitlines() if line[0] == "{"]
    order = [entry["role"] for entry in said if entry["event"] == "role stopped"]
    assert order == ["ingest", "understand", "planner", "web"]


async def test_the_second_start_is_quick_and_finds_what_the_first_left(system):
    if system.process.poll() is None:
        system.stop()
    again = Running(system.data_dir)
    try:
        conn = await asyncpg.connect(again.run["database"])
        assert await conn.fetchval("SELECT count(*) FROM device WHERE name = 'bus-7'") == 1
        await conn.close()
    finally:
        assert again.stop() == 0


def test_when_the_supervisor_is_killed_everything_else_ends_too(home):
    running = Running(home / "orphaned")
    pids = set(running.run["pids"].values())
    running.process.kill()
    running.process.wait()
    until(lambda: not any(alive(pid) for pid in pids), "all ended")


def refused(data_dir, **settings):
    done = subprocess.run(
        [*GONGCHE, "serve"],
        env=environment(data_dir, **settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("setting", ["door_port", "http_port"])
def test_a_taken_port_is_refused_with_the_port_and_the_setting(home, setting):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refused(home / "ports", **{setting: port})
    assert f"127.0.0.1:{port}" in said
    assert f"GONGCHE_{setting.upper()}" in said


def test_an_unreachable_database_is_named_without_its_password(home):
    said = refused(home / "far", database_url="postgresql://she:s3cret@127.0.0.1:1/gongche")
    assert "127.0.0.1:1" in said
    assert "GONGCHE_DATABASE_URL" in said
    assert "s3cret" not in said


def test_an_unwritable_folder_is_named(home):
    (home / "a-file").touch()
    assert "GONGCHE_DATA_DIR" in refused(home / "a-file" / "data")


def test_a_verb_without_a_system_says_how_to_start_one(home):
    done = subprocess.run(
        [*GONGCHE, "devices", "list"],
        env=environment(home / "nothing"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "gongche serve" in done.stderr
