"""Documents as PDF, drawn by wkhtmltopdf: no scripts, no files, no network, and nothing of a customer's is markup."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import pdfkit
import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from billing.documents.reading_order import direction, in_order
from billing.documents.sheets import Sheet, pages_of
from billing.errors import PortalError

TEMPLATES = Path(__file__).parent / "templates"
# Packages with nothing but fonts: Noto for the scripts that IBM Plex Sans has not, and for Chinese, Japanese, Korean.
FONT_PACKAGES = ("manimgx_fonts", "noto_cjk_sans_jp_regular")
# The program draws a font from a data: URI as outlines, which no one can search or copy; so it finds ours by this file.
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
{folders}
{rest}
</fontconfig>
"""
SYSTEM_FONTS = '<include ignore_missing="yes">/etc/fonts/fonts.conf</include>'
AT_ONCE = 2
SECONDS_TO_WAIT = 30
SECONDS_TO_DRAW = 60
OPTIONS = {
    "page-size": "A4",
    "margin-top": "0",
    "margin-bottom": "0",
    "margin-left": "0",
    "margin-right": "0",
    "encoding": "UTF-8",
    "disable-javascript": "",
    "disable-local-file-access": "",
    "proxy": "http://127.0.0.1:1",  # nobody listens there: what was let through by mistake still fetches nothing
}

log = structlog.get_logger(__name__)


class Renderer:
    """Draws documents, two at a time. `folder` holds only caches; it may be emptied at any time.

    Parley brings fonts for most scripts; the system's serve for the others, unless `system_fonts` is False.
    """

    def __init__(self, folder: Path, *, system_fonts: bool = True) -> None:
        self._folder = folder
        self._system_fonts = system_fonts
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self._templates.filters.update(in_order=in_order, direction=direction)
        self._css = Markup((TEMPLATES / "sheet.css").read_text(encoding="utf-8"))

    def html(self, sheet: Sheet) -> str:
        """What `draw` draws."""
        return self._templates.get_template("sheet.html").render(sheet=sheet, pages=pages_of(sheet), css=self._css)

    def draw(self, sheet: Sheet) -> bytes:
        """The sheet as a PDF, A4, its text searchable. Raises `document_unavailable`."""
        return self.draw_html(self.html(sheet))

    def draw_html(self, html: str) -> bytes:
        """A PDF of our own HTML; whatever came from people must be escaped in it. Raises `document_unavailable`."""
        with self._place():
            try:
                drawn = subprocess.run(
                    self.command(html),
                    input=html.encode(),
                    capture_output=True,
                    env=self.environment,
                    timeout=SECONDS_TO_DRAW,
                    check=False,
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                log.error("pdf_failed", problem=str(error))
                raise PortalError("document_unavailable") from error
        if drawn.returncode != 0 or not drawn.stdout.startswith(b"%PDF"):
            log.error("pdf_failed", code=drawn.returncode, problem=drawn.stderr.decode(errors="replace")[-500:])
            raise PortalError("document_unavailable")
        return drawn.stdout

    def command(self, html: str) -> list[str]:
        """The command line that draws `html` from standard input. Raises `document_unavailable` without the program."""
        try:
            made: list[str] = pdfkit.PDFKit(html, "string", options=OPTIONS).command()
        except OSError as error:
            log.error("pdf_failed", problem="wkhtmltopdf is not installed")
            raise PortalError("document_unavailable") from error
        return made

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(timeout=SECONDS_TO_WAIT):
            raise PortalError("document_unavailable")
        try:
            yield
        finally:
            self._places.release()

    @cached_property
    def environment(self) -> dict[str, str]:
        """What the program is given of ours: little; a home for its font cache, and our fonts."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        home = str(self._folder.resolve())
        return {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "LANG": "C.UTF-8",
            "HOME": home,
            "XDG_RUNTIME_DIR": home,
            "XDG_CACHE_HOME": home,
            "QT_QPA_PLATFORM": "offscreen",
            "FONTCONFIG_FILE": str(self._font_settings()),
        }

    def _font_settings(self) -> Path:
        """The file that says where fonts are, written as this process finds them."""
        folders = [TEMPLATES / "fonts", *filter(None, map(_folder_of, FONT_PACKAGES))]
        said = FONTS.format(
            folders="\n".join(f"<dir>{escape(str(folder))}</dir>" for folder in folders),
            rest=SYSTEM_FONTS if self._system_fonts else "",
        )
        path = self._folder.resolve() / f"fonts-{hashlib.sha256(said.encode()).hexdigest()[:12]}.conf"
        if not path.exists():
            with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
                file.write(said)
            Path(file.name).replace(path)
        return path


def _folder_of(package: str) -> Path | None:
    """Where a package lies, without running anything of it; None where it is not installed."""
    found = importlib.util.find_spec(package)
    places = list(found.submodule_search_locations or []) if found else []
    return Path(places[0]) if places else None
