"""A door for other machines: by settings alone, from the first start to a device that trusts it."""

import json
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.run.test_serve import GONGCHE, Running, environment

PUB = shutil.which("mosquitto_pub")


@pytest.fixture
def folder():
    made = Path(tempfile.mkdtemp(prefix="gc-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def test_a_door_in_the_clear_for_other_machines_is_refused_before_anything_starts(folder):
    said = subprocess.run(
        [*GONGCHE, "serve"], env=environment(folder / "data", door_host="0.0.0.0"),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.returncode == 2
    assert "GONGCHE_DOOR_TLS" in said.stderr
    assert not (folder / "data").exists()


@pytest.mark.skipif(PUB is None, reason="mosquitto_pub is not installed")
def test_a_device_that_is_given_the_authority_publishes_over_tls(folder):
    running = Running(folder / "data", door_host="0.0.0.0", door_tls="true")
    try:
        device = json.loads(running.verb("devices", "add", "T-1", "--json").stdout)
        assert device["mqtt"]["tls"] is True
        trusted = folder / "ca.pem"
        trusted.write_text(running.verb("devices", "ca").stdout)
        fix = {"ts": datetime.now(UTC).isoformat(), "lon": 118.75, "lat": 30.94}
        command = [
            PUB, "-h", "127.0.0.1", "-p", str(device["mqtt"]["port"]), "-V", "mqttv5", "-q", "1",
            "-u", device["username"], "-P", device["token"], "-t", device["topics"][0],
            "-m", json.dumps(fix),
        ]  # fmt: skip
        assert subprocess.run(command, capture_output=True, check=False).returncode != 0
        said = subprocess.run([*command, "--cafile", trusted], capture_output=True, check=False)
        assert (said.returncode, said.stderr) == (0, b"")
        old = device["token"]
        new = json.loads(running.verb("devices", "rotate", "T-1", "--json").stdout)["token"]
        assert new != old, "and both open"
        for token in (old, new):
            command[command.index("-P") + 1] = token
            said = subprocess.run([*command, "--cafile", trusted], capture_output=True, check=False)
            assert said.returncode == 0
    finally:
        running.stop()
