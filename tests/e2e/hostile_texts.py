"""Texts that try to run something in a browser, or to make it fetch something from elsewhere."""

import http.server
import itertools
import threading
from types import TracebackType
from typing import Final, Self

RUN: Final = "window.__taken=1;fetch('{canary}/run')"
"""What every payload would do."""
_TAGS: Final = (
    "<script>{run}</script>",
    '<img src=x onerror="{run}">',
    '<svg onload="{run}"></svg>',
    "<svg><script>{run}</script></svg>",
    '<svg><animate onbegin="{run}" attributeName=x dur=1s></svg>',
    '<body onload="{run}">',
    '<iframe src="javascript:{run}"></iframe>',
    '<iframe srcdoc="<script>{run}</script>"></iframe>',
    '<object data="javascript:{run}"></object>',
    '<embed src="javascript:{run}">',
    '<video><source onerror="{run}"></video>',
    '<audio src=x onerror="{run}"></audio>',
    '<details open ontoggle="{run}">x</details>',
    '<input autofocus onfocus="{run}">',
    '<select autofocus onfocus="{run}"></select>',
    '<textarea autofocus onfocus="{run}"></textarea>',
    '<marquee onstart="{run}">x</marquee>',
    '<form action="javascript:{run}"><button>x</button></form>',
    '<button formaction="javascript:{run}">x</button>',
    '<a href="javascript:{run}">x</a>',
    '<math href="javascript:{run}">x</math>',
    '<style onload="{run}"></style>',
    '<link rel=stylesheet href=x onerror="{run}">',
    '<meta http-equiv=refresh content="0;url=javascript:{run}">',
    '<base href="javascript:{run}//">',
    '<template><img src=x onerror="{run}"></template>',
    '<noscript><img src=x onerror="{run}"></noscript>',
)
_SHAPES: Final = (
    "{}",
    "text {} text",
    "> - {}",
    "| a |\n|---|\n| {} |",
    "<div>{}",
)
_MARKDOWN: Final = (
    "[x](javascript:{run})",
    "[x](JaVaScRiPt:{run})",
    "[x](java\tscript:{run})",
    "[x](&#106;avascript:{run})",
    "[x](javascript&colon;{run})",
    "[x](vbscript:{run})",
    "[x](data:text/html,<script>{run}</script>)",
    "[x](<javascript:{run}>)",
    "[x]\n\n[x]: javascript:{run}",
    "<javascript:{run}>",
    "![x](javascript:{run})",
    '![x](x"onerror="{run})',
    '[x](https://example.com "\\"onmouseover={run}")',
    "```html\n<img src=x onerror={run}>\n```",
    "`<img src=x onerror={run}>`",
    "<!--><img src=x onerror={run}>-->",
    "<![CDATA[<img src=x onerror={run}>]]>",
)
_LEAKS: Final = (
    "![x]({canary}/leak)",
    "![x]({canary}/leak 'title')",
    "![x][leak]\n\n[leak]: {canary}/leak",
    "[![x]({canary}/leak)](https://example.com)",
    "| ![x]({canary}/leak) |\n|---|",
    "> ![x]({canary}/leak)",
    "- ![x]({canary}/leak)",
    "# ![x]({canary}/leak)",
    '<img src="{canary}/leak">',
    '<img srcset="{canary}/leak 1x">',
    '<picture><source srcset="{canary}/leak"><img></picture>',
    '<img src=x style="background:url({canary}/leak)">',
    '<div style="background-image:url({canary}/leak)">x</div>',
    "<style>@import '{canary}/leak';</style>",
    "<style>* {{ background: url({canary}/leak) }}</style>",
    '<link rel=stylesheet href="{canary}/leak">',
    '<link rel=preload as=image href="{canary}/leak">',
    '<link rel=prefetch href="{canary}/leak">',
    '<link rel=icon href="{canary}/leak">',
    '<link rel=preconnect href="{canary}">',
    '<iframe src="{canary}/leak"></iframe>',
    '<object data="{canary}/leak"></object>',
    '<embed src="{canary}/leak">',
    '<video src="{canary}/leak" autoplay></video>',
    '<video poster="{canary}/leak"></video>',
    '<audio src="{canary}/leak" autoplay></audio>',
    '<track src="{canary}/leak">',
    '<input type=image src="{canary}/leak">',
    '<body background="{canary}/leak">',
    '<table background="{canary}/leak"><tr><td>x</td></tr></table>',
    '<svg><image href="{canary}/leak"></svg>',
    '<svg><use href="{canary}/leak#x"></svg>',
    '<svg><feImage href="{canary}/leak"></svg>',
    '<meta http-equiv=refresh content="0;url={canary}/leak">',
    '<script src="{canary}/leak"></script>',
    '<form action="{canary}/leak"><input name=q></form>',
    '<base href="{canary}/">',
    "![x](data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'><image href='{canary}/leak'/></svg>)",
    '<a href="https://example.com" ping="{canary}/leak">x</a>',
    "<?xml-stylesheet href='{canary}/leak'?>",
)

_MARKS: Final = (
    "\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069",
    "\u061c", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u2028", "\u2029", "\u180e", "\u3164",
    "\U000e0041", "\U000e0101", "\x07", "\x1b", "\x7f",
)  # fmt: skip
HIDDEN: Final = [
    (text.replace("{}", mark), text.replace("{}", f"[U+{ord(mark):04X}]"))
    for mark in _MARKS
    for text in ("Pay {} 5 EUR", "{}Refund 1000000 EUR{} of order 1001", "Approved{} by the manager")
]
"""81 texts that hide something or turn it around, and what an approver must see instead."""


def running(canary: str) -> list[str]:
    """152 texts that would run a script."""
    run = RUN.format(canary=canary)
    tags = [shape.format(tag.replace("{run}", run)) for tag, shape in itertools.product(_TAGS, _SHAPES)]
    return tags + [text.replace("{run}", run) for text in _MARKDOWN]


def leaking(canary: str) -> list[str]:
    """40 texts that would fetch something."""
    return [text.replace("{canary}", canary).replace("{{", "{").replace("}}", "}") for text in _LEAKS]


class Canary:
    """A server that nobody may call; `hits` are the paths of those who did."""

    def __init__(self) -> None:
        self.hits: list[str] = []
        hits = self.hits

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                hits.append(self.path)
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)
