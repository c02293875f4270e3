"""Write about anything, to any length, in all that markdown has.

Its one law: the same topic and number of words give the same text, in every process and version of
Python.  A topic is reduced to plain words before it is woven in, so it can carry no markup.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence

from . import phrases

__all__ = ["thoughts", "topic_words", "write"]

_LONGEST_TOPIC = 60


def topic_words(text: str, default: str = "nothing in particular") -> str:
    """Return *text* as a few plain words: letters, digits, hyphens and apostrophes."""
    words = re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text[:500])
    return " ".join(words)[:_LONGEST_TOPIC].strip(" -'’") or default


def thoughts(topic: str) -> tuple[str, str]:
    """Return a thought about *topic*, and what to say after it."""
    pick = _Pick(topic)
    thought = " ".join(
        pick(bank) for bank in (phrases.ASK, phrases.FIRST, phrases.DOUBT, phrases.SETTLE)
    )
    return _sentence_case(thought), f"{pick(phrases.OPEN)} {pick(phrases.CLOSE)}"


def write(topic: str, words: int) -> str:
    """Return about *words* words (≥ 1) of markdown about *topic*."""
    if words < 60:
        return _Pick(topic).plain(words)
    parts: list[str] = [f"# {_sentence_case(topic)}"]
    left = words - _count(parts[0])
    for part in _parts(topic):
        if left <= 0:
            break
        size = _count(part)
        if size > left + 12:
            part = _cut(part, left)
        parts.append(part)
        left -= min(size, left + 12)
    while len(parts) > 1 and parts[-1].startswith("#"):
        parts.pop()  # a heading with nothing below it
    return "\n\n".join(parts) + "\n"


class _Pick:
    """Choices that depend on a topic alone; no two in a row are the same one of a bank."""

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._turns: dict[int, int] = {}

    def __call__(self, bank: Sequence[str]) -> str:
        turn = self._turns.get(id(bank), 0)
        self._turns[id(bank)] = turn + 1
        start = int.from_bytes(hashlib.sha256(f"{self._topic}|{bank[0]}".encode()).digest()[:4])
        # Each round goes through the whole bank, and with another stride than the round before:
        # the lengths are prime.
        stride = 1 + turn // len(bank) % (len(bank) - 1)
        chosen = bank[(start + turn * stride) % len(bank)]
        return chosen.replace("TOPIC", self._topic)

    def plain(self, words: int) -> str:
        """Return about *words* words of sentences; exactly as many where it is few."""
        text = ""
        while _count(text) < words:
            text += f" {self(phrases.OPEN)} {self(phrases.MIDDLE)} {self(phrases.CLOSE)}"
        if words >= 20:
            return _cut(text.strip(), words)
        return " ".join(text.split()[:words]).rstrip(",;:.") + "."


def _parts(topic: str) -> Iterator[str]:
    """Give the sections without an end, each kind of block in its turn."""
    pick = _Pick(topic)
    number = 0
    yield _paragraph(pick)
    while True:
        for kind in (_list, _table, _quote, _code, _steps, _math):
            number += 1
            yield f"## {number}. {pick(phrases.HEADINGS)}"
            yield _paragraph(pick)
            yield kind(pick)
            yield _paragraph(pick)


def _paragraph(pick: _Pick) -> str:
    return " ".join(
        pick(bank)
        for bank in (phrases.OPEN, phrases.MIDDLE, phrases.TURN, phrases.MIDDLE, phrases.CLOSE)
    )


def _list(pick: _Pick) -> str:
    items = "\n".join(f"- {pick(phrases.ITEMS)}" for _ in range(4))
    return f"{pick(phrases.LIST_LEADS)}\n\n{items}"


def _steps(pick: _Pick) -> str:
    steps = "\n".join(f"{i}. {pick(phrases.ACTS)}" for i in range(1, 5))
    return f"One way to go about it:\n\n{steps}"


def _quote(pick: _Pick) -> str:
    return f"> {pick(phrases.CLOSE)}\n> {pick(phrases.DOUBT)}"


def _table(pick: _Pick) -> str:
    rows = "\n".join(
        f"| {pick(phrases.ASPECTS)} | {pick(phrases.EARLY)} | {pick(phrases.LATE)} |"
        for _ in range(4)
    )
    return f"| what to look at | at first | with time |\n|---|---|---|\n{rows}"


def _code(pick: _Pick) -> str:
    return f"{pick(phrases.CODE_LEADS)}\n\n```python\n{pick(phrases.PROGRAMS)}\n```"


def _math(pick: _Pick) -> str:
    return f"{pick(phrases.MATH_LEADS)}\n\n{pick(phrases.FORMULAS)}"


def _cut(part: str, words: int) -> str:
    """Return the first sentences of a paragraph, about *words* words; other blocks stay whole."""
    if re.search(r"\n|^#", part):
        return part
    kept: list[str] = []
    for sentence in re.split(r"(?<=[.?!])\s+", part):
        if kept and _count(" ".join(kept)) + _count(sentence) / 2 > words:
            break
        kept.append(sentence)
    return " ".join(kept)


def _count(text: str) -> int:
    return len(text.split())


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]
