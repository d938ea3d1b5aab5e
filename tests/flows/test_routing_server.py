"""OSRM and Valhalla, as their documentation has them, over real HTTP."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from optimizer.travel import NoTable, Osrm, Served, Valhalla, great_circle_metres, server_at

POINTS = np.array([(118.0 + k / 50, 30.0 + k * k / 900) for k in range(13)])


class Server(BaseHTTPRequestHandler):
    """Speaks both formats; drives are great circles at 10 m/s."""

    terse = False
    lost = False
    said: str | None = None

    def do_GET(self):
        url = urlsplit(self.path)
        _, table, v1, profile, where = url.path.split("/")
        assert (table, v1, profile) == ("table", "v1", "driving")
        asked = parse_qs(url.query)
        assert asked["annotations"] == ["duration,distance"]
        at = np.array([[float(x) for x in pair.split(",")] for pair in where.split(";")])
        if len(at) > 8:
            self.answer({"code": "TooBig", "message": "Too many table coordinates"}, 400)
            return
        rows, columns = (
            [int(i) for i in asked[name][0].split(";")] for name in ("sources", "destinations")
        )
        metres = table_of(at[rows], at[columns])
        seconds = (metres / 10).tolist()
        if self.lost:
            seconds[0][-1] = None
        self.answer({"code": "Ok", "durations": seconds, "distances": metres.tolist()})

    def do_POST(self):
        assert self.path == "/sources_to_targets"
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert (asked["costing"], asked["units"]) == ("auto", "kilometers")
        a, b = (
            np.array([(p["lon"], p["lat"]) for p in asked[name]]) for name in ("sources", "targets")
        )
        if len(a) + len(b) > 8:
            error = {"error_code": 150, "error": "Exceeded max locations: 8", "status_code": 400}
            self.answer(error, 400)
            return
        metres = table_of(a, b)
        if self.terse:
            tables = {"durations": (metres / 10).tolist(), "distances": (metres / 1000).tolist()}
            self.answer({"sources_to_targets": tables, "units": "kilometers"})
            return
        pairs = [
            [
                {"from_index": i, "to_index": j, "time": m / 10, "distance": m / 1000}
                for j, m in enumerate(row)
            ]
            for i, row in enumerate(metres.tolist())
        ]
        if self.lost:
            pairs[0][-1] |= {"time": None, "distance": None}
        self.answer({"sources_to_targets": pairs, "units": "kilometers"})

    def answer(self, document, status=200):
        body = (self.said or json.dumps(document)).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


def table_of(a, b):
    return great_circle_metres(a[:, None], b[None, :])


@pytest.fixture
def served():
    kind = type("Mine", (Server,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", kind
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("make", [Osrm, Valhalla])
@pytest.mark.parametrize("terse", [False, True])
async def test_a_large_table_is_asked_for_in_tiles(served, make, terse):
    url, kind = served
    kind.terse = terse
    matrix = await Served(make(url, most=8), "mine").matrix(POINTS)
    metres = table_of(POINTS, POINTS)
    assert np.abs(matrix.metres - metres).max() < 2
    assert np.abs(matrix.seconds - np.ceil(metres / 10)).max() <= 1
    assert matrix.version.startswith("mine-")
    assert matrix.version == (await Served(make(url, most=6), "mine").matrix(POINTS)).version


@pytest.mark.parametrize(("make", "word"), [(Osrm, "TooBig"), (Valhalla, "Exceeded max")])
async def test_what_the_server_refuses_is_said(served, make, word):
    with pytest.raises(NoTable, match=word):
        await Served(make(served[0], most=40), "mine").matrix(POINTS)


@pytest.mark.parametrize("make", [Osrm, Valhalla])
@pytest.mark.parametrize(
    "said", ["<html>", "[]", '{"code": "Ok"}', '{"sources_to_targets": [[1]]}', '{"code": "Ok", "durations": [["x"]]}']
)  # fmt: skip
async def test_an_answer_that_is_none(served, make, said):
    url, kind = served
    kind.said = said
    with pytest.raises(NoTable):
        await Served(make(url), "mine").matrix(POINTS[:2])


@pytest.mark.parametrize("make", [Osrm, Valhalla])
async def test_a_pair_without_a_way_is_named(served, make):
    url, kind = served
    kind.lost = True
    with pytest.raises(NoTable, match="knows no way"):
        await Served(make(url), "mine").matrix(POINTS[:3])


@pytest.mark.parametrize(
    "said",
    [
        '{"code": "Ok", "durations": [[0, 1e12], [1, 0]], "distances": [[0, 1], [1, 0]]}',
        '{"code": "Ok", "durations": [[0, 1], [1, 0]], "distances": [[0, 1e12], [1, 0]]}',
    ],
)
async def test_numbers_beyond_the_earth_are_no_table(served, said):
    url, kind = served
    kind.said = said
    with pytest.raises(NoTable, match="beyond"):
        await Served(Osrm(url), "mine").matrix(POINTS[:2])


async def test_nobody_there():
    with pytest.raises(NoTable):
        await server_at("osrm+http://127.0.0.1:9").matrix(POINTS[:2])


@pytest.mark.parametrize("url", ["http://h", "osrm+ftp://h", "here+http://h", ""])
def test_a_setting_that_names_no_server(url):
    with pytest.raises(ValueError, match="routing server"):
        server_at(url)
