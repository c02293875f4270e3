"""Native frames and the second dialect: requests, and exactly what answers them.

Ids are named in the order of their appearance and times are taken out; all else is as on the wire.
`CELLSPEAK_GOLDENS=write` writes the files anew: read what changed before you keep it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from cellspeak.agents.scripted import Ask, Call, Fail, Say

from .serving import DELETE, GATED, agent_of, serving

ASK = Ask(DELETE, then=[Say("Done.")], denied=[Say("Kept.")])
"""Texts of one word, because time alone divides longer ones into deltas."""

GOLDENS = Path(__file__).parent / "goldens"
WRITE = os.environ.get("CELLSPEAK_GOLDENS") == "write"
UNTIMED = {"at", "startedAt", "endedAt", "createdAt", "lastActivityAt"}
UNMEASURED = {"duration_ms", "ttft_ms"}
RANDOM = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")


class Names:
    """Names ids in the order in which they appear."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}

    def told(self, value: Any) -> Any:
        """Return *value* with its ids named and its times taken out."""
        if isinstance(value, dict):
            return {k: self._field(k, v) for k, v in value.items()}
        if isinstance(value, list):
            return [self.told(v) for v in value]
        return RANDOM.sub(self._name, value) if isinstance(value, str) else value

    def asked(self, value: Any) -> Any:
        """Return *value* with the names turned into ids again."""
        text = json.dumps(value)
        for identity, name in self.known.items():
            text = text.replace(name, identity)
        return json.loads(text)

    def _field(self, key: str, value: Any) -> Any:
        if key in UNTIMED:
            return "TIME"
        return 0 if key in UNMEASURED else self.told(value)

    def _name(self, found: re.Match[str]) -> str:
        return self.known.setdefault(found[0], f"ID-{len(self.known) + 1}")


def cases(name: str) -> list[Any]:
    found: list[Any] = json.loads((GOLDENS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def compare(file: str, case: Any, found: list[Any]) -> None:
    if WRITE:
        every = cases(file)
        next(c for c in every if c["name"] == case["name"])["answers"] = found
        text = json.dumps(every, indent=1, ensure_ascii=False) + "\n"
        (GOLDENS / f"{file}.json").write_text(text, encoding="utf-8")
    assert found == case["answers"] or WRITE


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    look = Call("look", {"at": "it"}, result={"seen": True}, progress=["half"])
    agents = [
        agent_of(GATED, "gated"),
        agent_of([Say("Deleting."), ASK], "brief"),
        agent_of([Say("Looking."), look, Say("Ok.")], "busy"),
        agent_of([Fail("it broke")], "broken"),
    ]
    with serving(agents) as address:
        yield address


@pytest.mark.parametrize("case", cases("native"), ids=lambda c: str(c["name"]))
async def test_native_frames(address: str, case: Any) -> None:
    names = Names()
    found: list[Any] = []
    async with connect("ws" + address.removeprefix("http") + "/v1/ws/session") as socket:
        for step in case["requests"]:
            await socket.send(json.dumps(names.asked(step["frame"])))
            frames: list[Any] = []
            while not frames or not _is_last(frames, step):
                frames.append(names.told(json.loads(await socket.recv())))
                if frames[-1]["type"] == "respond_approval" and "receipt" in frames[-1]:
                    frames[-1]["receipt"]["seq"] = "SEQ"  # what it sets going has begun, or not yet
            # An acknowledgement and the first events of its turn come as they come.
            frames.sort(key=lambda f: f["type"] == "event")
            found.append(frames)
    compare("native", case, found)


def _is_last(frames: list[Any], step: Any) -> bool:
    """Tell whether all has come that *step* waits for: so many acks, and an event of a kind."""
    until = step.get("until")
    events = [f["event"] for f in frames if f["type"] == "event"]
    acks = len(frames) - len(events)
    came = until is None or any(until.items() <= {**e, **e["data"]}.items() for e in events)
    return acks == 1 and came


@pytest.mark.parametrize("case", cases("rest"), ids=lambda c: str(c["name"]))
def test_the_second_dialect(address: str, case: Any) -> None:
    names = Names()
    found: list[Any] = []
    with httpx.Client(base_url=address, timeout=20) as client:
        for step in case["requests"]:
            asked = names.asked(step)
            answer = client.request(
                asked["method"],
                asked["path"],
                json=asked.get("body"),
                headers=asked.get("headers", {}),
            )
            found.append({"status": answer.status_code, **_body(names, answer)})
    compare("rest", case, found)


def _body(names: Names, answer: httpx.Response) -> dict[str, Any]:
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if kind == "application/json":
        return {"json": names.told(answer.json())}
    if kind != "text/event-stream":
        return {"text": names.told(answer.text)} if answer.text else {}
    events = []
    for block in answer.text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines())
        events.append({**fields, "data": names.told(json.loads(fields["data"]))})
    return {"events": events}


def test_the_files_hold_their_cases() -> None:
    assert [len(cases("native")), len(cases("rest"))] == [6, 6]
