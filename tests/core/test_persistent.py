from collections.abc import Hashable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellspeak.core.persistent import Text, Turns, evolve


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    x: int
    y: int = 0


def test_evolve_changes_a_copy() -> None:
    old = Point(x=1, y=2)
    assert evolve(old, y=3) == Point(x=1, y=3)
    assert evolve(old) == old
    assert old == Point(x=1, y=2)


@given(st.lists(st.text()))
def test_text_is_the_pieces_joined(pieces: list[str]) -> None:
    text = Text()
    for piece in pieces:
        text = text + piece
    assert bool(text) == bool("".join(pieces))
    assert text == "".join(pieces)
    assert str(text) == "".join(pieces)


@given(st.lists(st.tuples(st.integers(0, 20), st.text(max_size=3), st.booleans()), max_size=30))
def test_every_version_of_a_text_stays_what_it_was(
    steps: list[tuple[int, str, bool]],
) -> None:
    versions = [(Text(), "")]
    for at, piece, read in steps:
        text, plain = versions[at % len(versions)]
        if read:
            str(text)
        versions.append((text + piece, plain + piece))
    for text, plain in versions:
        assert str(text) == plain
        assert str(text) == plain  # joined once, read twice


def test_texts_compare_by_what_they_say() -> None:
    assert Text("ab") == Text("a") + "b" == "ab"
    assert Text("ab") != Text("a")
    assert Text("5") != 5
    assert hash(Text("a") + "b") == hash("ab")
    assert repr(Text("a") + "b") == "Text('ab')"


def test_halves_of_a_character_join() -> None:
    assert str(Text("a\ud83d") + "\ude00b") == "a😀b"
    assert str(Text("\ude00") + "\ud83d") == "\ude00\ud83d"


def test_a_text_of_many_pieces_needs_no_deep_stack() -> None:
    text = Text()
    for _ in range(50_000):
        text = text + "ab"
    assert len(str(text)) == 100_000


@given(
    st.lists(
        st.tuples(st.integers(0, 200), st.integers(0, 150), st.booleans()),
        max_size=200,
    )
)
def test_every_version_of_turns_behaves_like_its_dict(
    steps: list[tuple[int, int, bool]],
) -> None:
    versions: list[tuple[Turns[int], dict[str, int]]] = [(Turns(), {})]
    for value, (at, number, settled) in enumerate(steps):
        turns, plain = versions[at % len(versions)]
        key = f"k{number}"
        versions.append((turns.put(key, value, settled=settled), {**plain, key: value}))
    for turns, plain in versions:
        assert list(turns.items()) == list(plain.items())
        assert turns == plain
        assert len(turns) == len(plain)
        assert all(f"k{n}" in turns for n in range(150) if f"k{n}" in plain)
        assert not any(f"k{n}" in turns for n in range(150) if f"k{n}" not in plain)


def test_turns_keep_their_order_when_an_old_one_changes() -> None:
    turns: Turns[int] = Turns()
    for n in range(200):
        turns = turns.put(f"k{n}", n, settled=True)
    changed = turns.put("k3", -1, settled=True)
    assert list(changed) == list(turns) == [f"k{n}" for n in range(200)]
    assert (changed["k3"], turns["k3"]) == (-1, 3)


def test_live_turns_are_those_not_settled_oldest_first() -> None:
    turns: Turns[str] = Turns()
    turns = turns.put("a", "A").put("b", "B").put("c", "C").put("a", "A2", settled=True)
    assert turns.live == ("B", "C")
    assert [turns.is_settled(k) for k in "abz"] == [True, False, False]


def test_an_older_version_does_not_see_what_a_newer_one_added() -> None:
    old = Turns[str]().put("a", "A", settled=True)
    new = old.put("b", "B", settled=True)
    assert "b" not in old
    assert old.get("b") is None
    with pytest.raises(KeyError):
        old["b"]
    assert old.put("c", "C") == {"a": "A", "c": "C"}
    assert new == {"a": "A", "b": "B"}


def test_turns_are_no_key_and_equal_only_mappings() -> None:
    assert not isinstance(Turns(), Hashable)
    assert Turns() != 5
