"""The page that shows the API to people: Swagger UI, with nothing from outside.

Networks of cities are closed, and a page beside the API is nobody's to change: all of it is served
from here, and browsers are told to load nothing else.
"""

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import FileResponse, HTMLResponse

from lamplighter_controller.errors import NotFoundError

PLACE = "/docs"
SCRIPT, STYLE, ICON = "swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; frame-ancestors 'none'"
)


def documentation(prefix: str, title: str, document: str) -> APIRouter:
    """The page and what it loads; `document` is the address of what it shows."""
    router = APIRouter(include_in_schema=False)
    place = f"{prefix}{PLACE}"

    @router.get(PLACE)
    def page() -> HTMLResponse:
        shown = get_swagger_ui_html(
            openapi_url=document,
            title=title,
            swagger_js_url=f"{place}/{SCRIPT}",
            swagger_css_url=f"{place}/{STYLE}",
            swagger_favicon_url=f"{place}/{ICON}",
        )
        shown.headers["Content-Security-Policy"] = POLICY
        return shown

    @router.get(f"{PLACE}/{{asset}}")
    def part(asset: str) -> FileResponse:
        if asset not in (SCRIPT, STYLE, ICON):
            raise NotFoundError(f"the page has no part {asset!r}")
        return FileResponse(Path(str(files("fastapi_offline"))) / "static" / asset)

    return router
