"""The built front end: three applications and the sign-in page, by exact file only."""

import mimetypes
import re
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from web.api.errors import answer

HASHED = re.compile(r"[.-][A-Za-z0-9_-]{8,}\.[a-z0-9]+$")
APPLICATIONS = ("console", "driver", "portal")
NOT_BUILT = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>公车 Gongche</title>
<h1>前端尚未构建</h1><p>The front end is not built: run <code>make pages</code> and start again.
The HTTP interface under <code>/api/v1</code> works without it.</p></html>"""


class Site:
    """The files below one folder, by the path a browser asks for; read once, so no path escapes."""

    def __init__(self, folder: Path) -> None:
        self._files = {
            f"/{file.relative_to(folder).as_posix()}": file
            for file in folder.rglob("*")
            if file.is_file()
        }

    @property
    def built(self) -> bool:
        """Whether there is any page."""
        return any(path.endswith(".html") for path in self._files)

    def find(self, path: str) -> str | None:
        """The file for a path: itself, a page of its name, or its application's page."""
        bare = path.rstrip("/")
        tried = [path, f"{bare}/index.html", f"{bare}.html"]
        first = bare.split("/")[1] if "/" in bare else ""
        if first in APPLICATIONS and "." not in bare.rsplit("/", 1)[-1]:
            tried += [f"/{first}/index.html", f"/{first}.html"]
        return next((found for found in tried if found in self._files), None)

    def serve(self, path: str, accepts: str) -> Response:
        """Answer with a file of find, compressed where there is such a copy beside it."""
        headers = {"cache-control": _caching(path), "vary": "accept-encoding"}
        media, _ = mimetypes.guess_type(path)
        if path.endswith((".mjs", ".js")):
            media = "text/javascript"
        packed = self._files.get(f"{path}.gz")
        if packed is not None and "gzip" in accepts:
            headers["content-encoding"] = "gzip"
            return FileResponse(packed, media_type=media, headers=headers)
        return FileResponse(self._files[path], media_type=media, headers=headers)


def _caching(path: str) -> str:
    """Names with a hash never change; everything else is asked for again."""
    if "/assets/" in path and HASHED.search(path):
        return "public, max-age=31536000, immutable"
    return "no-cache"


def install(app: FastAPI, folder: Path) -> None:
    """Serve a folder under /, after all other routes."""
    site = Site(folder)

    async def page(request: Request) -> Response:
        path = request.url.path
        if path.startswith("/api"):
            return answer(404, "not-found", f"no such address: {path}")
        if path == "/":
            return RedirectResponse("/console/")
        if path.strip("/") in APPLICATIONS and not path.endswith("/"):
            return RedirectResponse(f"/{path.strip('/')}/")  # //console/ would be another host
        if not site.built:
            return HTMLResponse(NOT_BUILT, status_code=503)
        found = site.find(path)
        if found is None:
            return HTMLResponse("<!doctype html><title>404</title><h1>404</h1>", status_code=404)
        return site.serve(found, request.headers.get("accept-encoding", ""))

    app.add_route("/{path:path}", page, methods=["GET", "HEAD"], include_in_schema=False)
