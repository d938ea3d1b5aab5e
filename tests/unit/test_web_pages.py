"""The built front end: exact files, caching, compressed copies, and what is said without it."""

import gzip

import httpx
import pytest
from fastapi import FastAPI

from web import pages


@pytest.fixture
def built(tmp_path):
    for name, text in {
        "console/index.html": "<title>console</title>",
        "driver/index.html": "<title>driver</title>",
        "portal/index.html": "<title>portal</title>",
        "sign-in/index.html": "<title>sign-in</title>",
        "setup/index.html": "<title>setup</title>",
        "assets/index-BxY12abc.js": "let a",
        "assets/worker-BxY12abc.mjs": "let b",
        "driver/sw.js": "let c",
    }.items():
        file = tmp_path / "static" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    packed = tmp_path / "static" / "assets" / "index-BxY12abc.js.gz"
    packed.write_bytes(gzip.compress(b"let a"))
    (tmp_path / "secret.txt").write_text("secret")
    return tmp_path / "static"


def client(folder):
    app = FastAPI()
    pages.install(app, folder)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://t")


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/console/", "console"),
        ("/console/orders/17", "console"),
        ("/driver/", "driver"),
        ("/portal/requests", "portal"),
        ("/sign-in", "sign-in"),
        ("/setup", "setup"),
    ],
)
async def test_an_address_gives_its_applications_page(built, path, title):
    async with client(built) as browser:
        answer = await browser.get(path)
    assert (answer.status_code, answer.text) == (200, f"<title>{title}</title>")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(("path", "to"), [("/", "/console/"), ("/driver", "/driver/")])
async def test_short_addresses_lead_on(built, path, to):
    async with client(built) as browser:
        answer = await browser.get(path)
    assert (answer.status_code, answer.headers["location"]) == (307, to)


async def test_a_short_address_with_two_slashes_leads_to_no_other_host(built):
    async with client(built) as browser:
        answer = await browser.get("http://t//console")
    assert (answer.status_code, answer.headers["location"]) == (307, "/console/")


async def test_hashed_assets_are_kept_for_ever_and_sent_compressed_where_there_is_a_copy(built):
    async with client(built) as browser:
        packed = await browser.get("/assets/index-BxY12abc.js")
        plain = await browser.get("/assets/index-BxY12abc.js", headers={"Accept-Encoding": ""})
        module = await browser.get("/assets/worker-BxY12abc.mjs")
        worker = await browser.get("/driver/sw.js")
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.text == plain.text == "let a"
    assert packed.headers["content-type"].startswith("text/javascript")
    assert module.headers["content-type"].startswith("text/javascript")
    assert "immutable" in packed.headers["cache-control"]
    assert worker.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    ["/../secret.txt", "/console/../../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "/nothing"],
)  # fmt: skip
async def test_no_path_leaves_the_folder(built, path):
    async with client(built) as browser:
        answer = await browser.get(path)
    assert answer.status_code in (200, 404)
    assert "secret" not in answer.text.replace("sign-in", "")


async def test_without_a_build_the_page_says_what_to_do(tmp_path):
    async with client(tmp_path / "absent") as browser:
        answer = await browser.get("/console/")
        api = await browser.get("/api/v1/nowhere")
    assert (answer.status_code, "make pages" in answer.text) == (503, True)
    assert (api.status_code, api.json()["code"]) == (404, "not-found")
