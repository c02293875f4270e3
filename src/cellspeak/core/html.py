"""Turn markdown that nobody vouches for into HTML that does nothing.

Its one law: only tags written in this file come out, all text is escaped, no attribute but an
address that `urls.judge` calls a link, and nothing that a browser fetches by itself.  Tables and
pictures of tools are written by `rich.py`, HTML of theirs is cleaned by `clean.py`.
"""

from __future__ import annotations

import html
import re
from collections.abc import MutableMapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from .tex import add_formulas
from .urls import judge, shown

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

__all__ = ["address", "escaped", "link_open", "markdown_to_html", "page", "sound", "source_to_html"]

# Where a page typesets TeX, these commands make links, attributes or other commands of text.
_TEX = re.compile(
    r"\\(?=href|url|class|style|css|data|html|require|csname|def|let|(?:re)?new|mmlToken|unicode"
    r"|bbox|include|input)"
)
_BROKEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

_Env: TypeAlias = MutableMapping[str, Any]
_Tokens: TypeAlias = "Sequence[Token]"


def sound(text: str) -> str:
    """Return *text* without what no file and no terminal should get: controls, half characters."""
    return _BROKEN.sub("\ufffd", text)


def escaped(text: str) -> str:
    """Return *text* as HTML that shows it, also where a page looks for TeX in text."""
    return _TEX.sub(r"<span>\\</span>", _quoted(text))


def address(url: str, label: str) -> str:
    """Return *label* (text) as a link to *url*, or with the address as text beside it."""
    if judge(url) == "link":
        return f"{link_open(url)}{escaped(label)}</a>"
    return f"{escaped(label)} (<code>{_quoted(shown(url))}</code>)" if url else escaped(label)


def markdown_to_html(text: str) -> str:
    """Return *text*, in the view's dialect of markdown, as an HTML fragment."""
    return str(_parser().render(text, {}))


def source_to_html(label: str, text: str) -> str:
    """Return *text*, letter by letter, under its *label*."""
    head = f"<p>{escaped(label)}:</p>\n" if label else ""
    return f"{head}<pre><code>{_quoted(text)}</code></pre>"


def page(title: str, body: str) -> str:
    """Return a whole page around *body* (HTML of this module) that may load and run nothing."""
    return _PAGE.format(rules=_RULES_OF_PAGE, title=_quoted(title), style=_STYLE, body=body)


@cache
def _parser() -> MarkdownIt:
    # Imported here: who never exports never loads it.
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    # A refused link keeps its label and shows its address, so the parser accepts all as they are.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    add_formulas(parser)
    for name, rule in _RULES.items():
        parser.add_render_rule(name, rule)
    return parser


def _draw_text(_self: Any, tokens: _Tokens, at: int, _options: Any, _env: _Env) -> str:
    return escaped(tokens[at].content)


def _draw_code(_self: Any, tokens: _Tokens, at: int, _options: Any, _env: _Env) -> str:
    return f"<code>{_quoted(tokens[at].content)}</code>"


def _draw_block(_self: Any, tokens: _Tokens, at: int, _options: Any, _env: _Env) -> str:
    return f"<pre><code>{_quoted(tokens[at].content)}</code></pre>\n"


def _draw_formula(_self: Any, tokens: _Tokens, at: int, _options: Any, _env: _Env) -> str:
    return f"<p>{escaped(tokens[at].content)}</p>\n"


def _draw_link_open(_self: Any, tokens: _Tokens, at: int, _options: Any, env: _Env) -> str:
    url = str(tokens[at].attrGet("href") or "")
    env["url"] = url
    return link_open(url) if judge(url) == "link" else "<span>"


def _draw_link_close(_self: Any, _tokens: _Tokens, _at: int, _options: Any, env: _Env) -> str:
    url = str(env.pop("url", ""))
    return "</a>" if judge(url) == "link" else f"</span> (<code>{_quoted(shown(url))}</code>)"


def _draw_image(_self: Any, tokens: _Tokens, at: int, _options: Any, env: _Env) -> str:
    """A picture is its description and its address: loading it would tell somebody it was read."""
    url = str(tokens[at].attrGet("src") or "")
    label = f"picture: {tokens[at].content or 'no description'}"
    inside_link = judge(str(env.get("url", ""))) == "link"
    return f"[{escaped(label) if inside_link else address(url, label)}]"


_RULES = {
    "text": _draw_text,
    "code_inline": _draw_code,
    "code_block": _draw_block,
    "fence": _draw_block,
    "formula_block": _draw_formula,
    "link_open": _draw_link_open,
    "link_close": _draw_link_close,
    "image": _draw_image,
}


def link_open(url: str) -> str:
    """Return the tag that begins a link to *url*, which `urls.judge` calls a link."""
    href = html.escape(url, quote=True)
    return f'<a href="{href}" rel="noopener noreferrer nofollow" target="_blank">'


def _quoted(text: str) -> str:
    return html.escape(sound(text), quote=False)


_RULES_OF_PAGE = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.6 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem;
  color: light-dark(#1f2328, #e6edf3); background: light-dark(#fff, #0d1117);
  overflow-wrap: anywhere; }
blockquote { margin: .5rem 0; padding: 0 1rem;
  border-left: .25rem solid light-dark(#d1d9e0, #3d444d); }
blockquote.prompt { padding: .6rem 1rem; border: 0; border-radius: .6rem;
  background: light-dark(#eef4ff, #17243a); }
pre, details { border: 1px solid light-dark(#d1d9e0, #3d444d); border-radius: .4rem; }
pre { padding: .6rem .8rem; overflow: auto; background: light-dark(#f6f8fa, #151b23); }
details { padding: .4rem .8rem; margin: .6rem 0; }
summary { cursor: pointer; }
code, pre { font: .875em/1.5 ui-monospace, monospace; }
table { border-collapse: collapse; display: block; overflow: auto; }
th, td { border: 1px solid light-dark(#d1d9e0, #3d444d); padding: .25rem .6rem; }
img { max-width: 100%; background: #fff; }
hr { border: 0; border-top: 1px solid light-dark(#d1d9e0, #3d444d); margin: 1.5rem 0; }
a { color: light-dark(#0969da, #4493f8); }
"""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{rules}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}</body>
</html>
"""
