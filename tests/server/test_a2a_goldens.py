"""A2A on the wire: requests, and the exact frames that answer them.

`goldens/a2a.json` has scenes of steps, each a request and its answer.  Ids are numbered by their
first appearance in a scene (`<1>`), so that a later request can name them; times, the address and
the version are named.  `CELLSPEAK_GOLDENS=write` writes the answers anew: look at the difference.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import pytest

from cellspeak.agents.scripted import Ask, Call, Fail, Say, SignIn

from .serving import DELETE, agent_of, serving

PATH = Path(__file__).parent / "goldens" / "a2a.json"
SCENES: dict[str, list[Any]] = json.loads(PATH.read_text("utf-8"))
WRITE = os.environ.get("CELLSPEAK_GOLDENS") == "write"

_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
_DURATION = re.compile(r'"duration_ms": ?[0-9.]+')
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    # One piece each: how a text is cut is a matter of time.
    gated = Ask(DELETE, then=[Say("Done.", pieces=1)], denied=[Say("Then not.", pieces=1)])
    look = Call("look", {"at": 1}, result="seen")
    with serving(
        [
            agent_of([Say("Hello there.", pieces=1)], "talker"),
            agent_of([Say("I will delete it.", pieces=1), gated], "gated"),
            agent_of([look, Say("Ok.", pieces=1)], "busy"),
            agent_of([Fail("it broke")], "broken"),
            agent_of([SignIn("https://login.example", "to read")], "shut"),
        ]
    ) as address:
        yield address


class Names:
    """Numbers what is different in each run, by its first appearance."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._ids: dict[str, str] = {}

    def _number(self, found: re.Match[str]) -> str:
        return self._ids.setdefault(found[0], f"<{len(self._ids) + 1}>")

    def hide(self, text: str) -> Any:
        text = text.replace(self._address, "<server>").replace(version("cellspeak"), "<version>")
        text = _DURATION.sub('"duration_ms": 0', _TIME.sub("<time>", text))
        # protobuf keeps no order in a data part
        ordered = json.dumps(json.loads(text), sort_keys=True, ensure_ascii=False)
        return json.loads(_ID.sub(self._number, ordered))

    def show(self, value: Any) -> str:
        text = json.dumps(value)
        for known, name in self._ids.items():
            text = text.replace(name, known)
        return text


def answered(client: httpx.Client, request: Any, names: Names) -> Any:
    """Return the answer to *request*, as it is kept."""
    body = request.get("body")
    answer = client.request(
        request["method"],
        json.loads(names.show(request["path"])),
        headers={"Content-Type": "application/json", **request.get("headers", {})},
        content=None if body is None else names.show(body),
    )
    kind = answer.headers["content-type"].partition(";")[0]
    if kind == "text/event-stream":
        frames = [frame for frame in answer.text.split("\r\n\r\n") if frame]
        assert all(frame.startswith("data: ") for frame in frames)
        told: Any = [names.hide(frame[6:]) for frame in frames]
    else:
        told = names.hide(answer.text)
    return {"status": answer.status_code, "type": kind, "told": told}


@pytest.mark.parametrize("scene", SCENES)
def test_the_frames_of(address: str, scene: str) -> None:
    names = Names(address)
    with httpx.Client(base_url=address, timeout=20) as client:
        answers = [answered(client, step["request"], names) for step in SCENES[scene]]
    if WRITE:
        for step, answer in zip(SCENES[scene], answers, strict=True):
            step["answer"] = answer
        PATH.write_text(json.dumps(SCENES, indent=1, ensure_ascii=False) + "\n", "utf-8")
    assert answers == [step["answer"] for step in SCENES[scene]]
