"""Keep of somebody's HTML what is text and tables.

Its one law: an allow-list. Tags and attributes named here come out, written anew and balanced;
whatever else a tag was, its text stays and it goes.  Nothing runs, styles or loads.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from .html import escaped, link_open
from .urls import judge

__all__ = ["clean_html", "is_picture"]

_TAGS = frozenset(
    (
        *("h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "br", "hr", "blockquote", "pre"),
        *("ul", "ol", "li", "dl", "dt", "dd", "details", "summary"),
        *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"),
        *("a", "img", "span", "strong", "em", "s", "code", "sub", "sup"),
    )
)
_SAME = {"b": "strong", "i": "em", "u": "em"}
_VOID = frozenset(("br", "hr", "img"))
# What stands in these is no text for a reader, or is read by other rules than HTML's.
_SILENT = frozenset(
    (
        *("script", "style", "title", "template", "noscript", "noembed", "noframes", "iframe"),
        *("applet", "object", "svg", "math", "button", "select", "textarea", "xmp", "plaintext"),
    )
)
_SPANS = frozenset(("colspan", "rowspan"))
_DEEPEST = 100  # a browser's own limit is 512, a reader's patience less

_DATA = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}")


def clean_html(text: str) -> str:
    """Return *text* as HTML that does nothing, with the tables and the words that were in it."""
    cleaner = _Cleaner()
    cleaner.feed(text)
    cleaner.close()
    return cleaner.ended()


def is_picture(address: str) -> bool:
    """Tell whether *address* is a picture in base64, of a kind that runs nothing."""
    return _DATA.fullmatch(address) is not None


class _Cleaner(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._written: list[str] = []
        self._open: list[str] = []
        self._silent: list[str] = []

    def ended(self) -> str:
        """Return what was kept, with every tag closed."""
        while self._open:
            self._close()
        return "".join(self._written)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        tag = _SAME.get(tag, tag)
        if tag in _SILENT or self._silent:
            self._silent += [tag] if tag in _SILENT else []
        elif tag in _TAGS and len(self._open) < _DEEPEST:
            written = _opened(tag, {name: value or "" for name, value in attrs})
            self._written.append(written)
            if tag not in _VOID:
                self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # In HTML the slash says nothing: `<svg/>` begins what its end tag ends.
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        tag = _SAME.get(tag, tag)
        if self._silent:
            if tag in self._silent:
                del self._silent[self._silent.index(tag) :]
        elif tag in self._open:
            while self._close() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._written.append(escaped(data))

    def _close(self) -> str:
        tag = self._open.pop()
        self._written.append(f"</{tag}>")
        return tag


def _opened(tag: str, attributes: dict[str, str]) -> str:
    if tag == "a":
        url = attributes.get("href", "")
        return link_open(url) if judge(url) == "link" else "<a>"
    if tag == "img":
        address = attributes.get("src", "")
        if is_picture(address):
            return f'<img src="{address}" alt="">'
        return "[picture]"  # loading it would tell somebody that it was read
    spans = (
        f' {name}="{attributes[name]}"'
        for name in sorted(_SPANS & attributes.keys())
        if re.fullmatch(r"[1-9]\d{0,2}", attributes[name], re.ASCII)
    )
    return f"<{tag}{''.join(spans)}>"
