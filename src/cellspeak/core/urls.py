"""Decide which addresses of a model's text become links.

Its one law: only rules over characters, no URL parser, because attackers live in the differences
between parsers.  What is not plainly an http, https or mailto address is text.
Twin: `js/src/view/markdown/urls.ts`; both are held to `conformance/urls.json`.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

__all__ = ["Verdict", "judge", "shown"]

Verdict: TypeAlias = Literal["link", "text"]
"""What an address becomes: something to click, or text to read."""

_UNSEEN_RANGES = (
    (0x0000, 0x0020),
    (0x007F, 0x00A0),
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x1680, 0x1680),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x2000, 0x200F),
    (0x2028, 0x202F),
    (0x205F, 0x206F),
    (0x2800, 0x2800),
    (0x3000, 0x3000),
    (0x3164, 0x3164),
    (0xD800, 0xDFFF),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFF),
    (0xE0000, 0xE0FFF),
)
"""Code points that a reader cannot see or that reorder what he sees, first and last of each."""

_UNSEEN = re.compile("[" + "".join(rf"\U{a:08x}-\U{b:08x}" for a, b in _UNSEEN_RANGES) + "]")
# Seen, but never raw in an honest address; browsers read the backslash as a slash.
_MISPLACED = re.compile(r'["<>\\^`{|}]')
# Scheme, host, port, then a path, query or fragment.  The host is ASCII (a look-alike letter needs
# its honest xn-- form), and neither `user@` nor `%` may disguise it.
_WEB = re.compile(
    r"[Hh][Tt][Tt][Pp][Ss]?://"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\.?|\[[0-9A-Fa-f:.]+\])"
    r"(?::[0-9]{1,5})?(?:[/?#]|\Z)"
)
# One mailbox and at most a subject: other fields could add receivers, bodies or files.
_MAIL = re.compile(
    r"[Mm][Aa][Ii][Ll][Tt][Oo]:[A-Za-z0-9.!#$&'*+/=_~-]+"
    r"@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?:\?subject=[^&#]*)?\Z"
)
# A line break written as percent code would start a new mail header.
_CODED_BREAK = re.compile(r"%0[AaDd]")


def judge(href: str) -> Verdict:
    """Judge an address as it stands after markdown undid its escapes; nothing is repaired."""
    if _MISPLACED.search(href) or _UNSEEN.search(href):
        return "text"
    if _WEB.match(href):
        return "link"
    return "link" if _MAIL.match(href) and not _CODED_BREAK.search(href) else "text"


def shown(href: str, limit: int = 200) -> str:
    """Return *href* with invisible characters as percent codes.

    Args:
        href: the address as the model gave it.
        limit: the most characters of it to return, ≥ 1; a longer one ends in "…".
    """
    kept = href if len(href) <= limit else f"{href[: limit - 1]}…"
    return _UNSEEN.sub(lambda m: _percent_coded(m.group()), kept)


def _percent_coded(sign: str) -> str:
    # As in the twin, half a surrogate pair is shown as the replacement character.
    sound = "\ufffd" if "\ud800" <= sign <= "\udfff" else sign
    return "".join(f"%{byte:02X}" for byte in sound.encode())
