"""What browsers load: the hosted chat page, the built UI under `/static`, and the API reference under `/docs`."""

from pathlib import Path
from typing import Final

from fastapi import Request, Response
from fastapi.responses import FileResponse, HTMLResponse
from starlette.exceptions import HTTPException
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from peer_server.access import PUBLIC
from peer_server.web.guard import needs, router

STATIC: Final = Path(__file__).parent.parent / "static"
"""The built UI; made by the packaging hook, absent in a bare checkout."""
PAGES: Final = Path(__file__).parent.parent / "pages"

NOT_BUILT: Final = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Peer Server</title>
    <link rel="stylesheet" href="/docs/docs.css">
  </head>
  <body>
    <main>
      <h1>Peer Server is running</h1>
      <p>The chat UI is not built yet. Run <code>make setup</code> in the checkout and reload this page.</p>
      <p>The API is described at <a href="/docs">/docs</a>.</p>
    </main>
  </body>
</html>
"""

api = router("page")


class BuiltFiles(StaticFiles):
    """The built UI. Names under `assets` and `element` hold a hash of their content, so they never change."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """One file."""
        response = await super().get_response(path, scope)
        immutable = path.startswith(("assets/", "element/"))
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if immutable else "no-cache"
        if path.endswith((".js", ".css")):  # an embedding page of another origin loads these
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
            response.headers["Access-Control-Allow-Origin"] = "*"
        return response


def static_mount() -> Mount:
    """Where the built UI is served; an empty folder is fine."""
    return Mount("/static", BuiltFiles(directory=STATIC, check_dir=False), name="static")


@api.get("/", dependencies=[needs(PUBLIC)], include_in_schema=False, response_class=HTMLResponse)
async def index() -> Response:
    """The hosted chat page; it signs people in by itself."""
    page = STATIC / "index.html"
    if not page.is_file():
        return HTMLResponse(NOT_BUILT)
    return FileResponse(page, headers={"Cache-Control": "no-cache"})


@api.get("/docs", dependencies=[needs(PUBLIC)], include_in_schema=False, response_class=HTMLResponse)
async def docs() -> Response:
    """The API reference, drawn from `/openapi.json` without anything from elsewhere."""
    return FileResponse(PAGES / "docs.html")


@api.get("/docs/{name}", dependencies=[needs(PUBLIC)], include_in_schema=False, response_class=Response)
async def docs_file(*, name: str) -> Response:
    """The script and the style of the reference."""
    if name not in {"docs.js", "docs.css"}:
        raise HTTPException(404, "Not Found")
    return FileResponse(PAGES / name)


@api.get("/openapi.json", dependencies=[needs(PUBLIC)], include_in_schema=False)
async def openapi(*, request: Request) -> dict[str, object]:
    """The OpenAPI document."""
    document: dict[str, object] = request.app.openapi()
    return document
