"""Texts that attack whoever shows them, and a judge of the HTML that shows them."""

from __future__ import annotations

from html.parser import HTMLParser

from cellspeak.core.clean import is_picture
from cellspeak.core.urls import judge
from tests.core.vectors import vectors

__all__ = ["PAYLOADS", "assert_inert", "text_of"]

PAYLOADS = tuple(case["text"] * case.get("times", 1) for case in vectors("attacks.json"))

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
