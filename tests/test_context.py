"""Variables that go with a message: what is told of them, and that no more is told."""

from __future__ import annotations

import base64
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cellspeak import Agent, thread
from cellspeak.context import LIMIT, attached, summary_of
from cellspeak.core.mimes import VARIABLE
from cellspeak.errors import ValidationError


@pytest.fixture(autouse=True)
def notebook(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """An IPython that has these variables."""
    variables: dict[str, Any] = {"frame": pd.DataFrame({"n": [1, 2], "name": ["a", "b"]}), "x": 7}
    shell = SimpleNamespace(user_ns=variables, execution_count=1)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    return variables


def told(file: Any) -> str:
    return base64.b64decode(file["data"]).decode()


class Own:
    def __llm__(self) -> str:
        return "seven sales"

    def __repr__(self) -> str:
        return "<secret>"


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        (pd.DataFrame({"n": range(99)}), ["DataFrame, 99 rows × 1 columns", "n: int64", "\n4  4"]),
        (np.zeros((2, 3)), ["ndarray, shape (2, 3), dtype float64", "array([[0."]),
        ({"a": 1}, ["dict of 1 items", "{'a': 1}"]),
        (list(range(5000)), ["list of 5,000 items", "[0, 1, 2, 3", "9, ...]"]),
        ("text", ["str of 4 characters\ntext"]),
        (3.5, ["float\n3.5"]),
        (Own(), ["seven sales"]),
        (Own, ["type\n<class"]),
        (Broken(), ["Broken, which cannot be shown (RuntimeError)"]),
        ("a\0b", ["a\ufffdb"]),
    ],
)
def test_a_summary_says_kind_size_and_beginning(value: Any, parts: list[str]) -> None:
    text = summary_of(value)
    for part in parts:
        assert part in text


@pytest.mark.parametrize("value", ["x" * 9000, pd.DataFrame(np.zeros((3, 900))), ["y" * 900] * 900])
def test_a_summary_keeps_to_its_size_and_says_so(value: Any) -> None:
    text = summary_of(value)
    assert len(text) < LIMIT + 60
    assert "[cut here:" in text or len(text) < LIMIT


def test_names_are_looked_up_and_values_are_taken_as_they_are() -> None:
    (frame, x) = attached("frame, x")
    assert (frame["name"], frame["mime"], x["name"]) == ("frame", VARIABLE, "x")
    assert told(x) == "int\n7"
    assert frame["size"] == len(told(frame).encode())
    assert attached(["x"]) == attached("x") == [x]
    assert told(attached({"y": [1]})[0]) == "list of 1 items\n[1]"
    assert attached([x, frame]) == [x, frame]
    assert attached(()) == []


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("frme", "there is no 'frme' here; did you mean 'frame'?"),
        ("zzz", "there is no 'zzz' here; run the cell that makes it first"),
    ],
)
def test_an_unknown_name_is_said_with_the_nearest(name: str, sentence: str) -> None:
    with pytest.raises(ValidationError, match="expected the name of a variable") as raised:
        attached([name])
    assert sentence in str(raised.value)


def test_there_is_an_end_to_how_many_go_at_once() -> None:
    with pytest.raises(ValidationError, match="at most 20 variables; got 21"):
        attached(["x"] * 21)


async def test_what_is_sent_stands_in_the_log() -> None:
    session = await Agent("demo").create_session()
    receipt = await session.send("look", vars=["x"])
    turn = await session.settled(str(receipt.turn_id))
    (file,) = turn.posts[0]["files"]
    assert (file["name"], told(file)) == ("x", "int\n7")
    assert "`x` has 2 lines" in turn.text


def test_a_script_gives_the_variables_of_its_main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "IPython")
    monkeypatch.setattr(sys.modules["__main__"], "of_the_script", 5, raising=False)
    assert told(attached(["of_the_script"])[0]) == "int\n5"


def test_asking_looks_at_variables_before_it_crosses() -> None:
    session = thread.run(Agent("demo").create_session())
    reply = session.ask("look", vars={"y": [1, 2]})
    assert "`y` has 2 lines" in reply.text
