"""Replies and thinking that are told again, in part or in another way, after a loss."""

from __future__ import annotations

import pytest

from cellspeak.client.texts import Text, Thought

WORDS = ["one ", "two ", "one ", "two ", "three "]
WHOLE = "".join(WORDS)


def grown(*steps: tuple[int, str]) -> Text:
    text = Text()
    for index, value in steps:
        text.delta(index, value)
    return text


def test_a_delta_that_comes_again_changes_nothing() -> None:
    text = grown(*enumerate(WORDS[:3]))
    assert text.delta(1, WORDS[1]) is None
    assert text.shown == "one two one "


@pytest.mark.parametrize("had", range(5))
@pytest.mark.parametrize("told", range(5))
def test_a_peer_that_tells_all_again_behind_its_history_adds_up_to_the_text(
    had: int, told: int
) -> None:
    text = grown(*enumerate(WORDS[:had]))
    text.so_far("".join(WORDS[:told]), done=False)
    for index, word in enumerate(WORDS):
        text.delta(index, word)
    assert text.shown == WHOLE


@pytest.mark.parametrize("had", range(5))
def test_a_peer_that_goes_on_where_its_history_ends_adds_up_to_the_text(had: int) -> None:
    text = grown(*enumerate(WORDS[:had]))
    text.so_far("".join(WORDS[:4]), done=False)
    text.delta(3, WORDS[3], covered=True)
    text.delta(4, WORDS[4])
    assert text.shown == WHOLE


def test_a_text_that_is_whole_stays_as_it_is() -> None:
    text = grown((0, "Hel"))
    assert text.so_far("Hello.", done=True) == {"text": "Hello.", "closed": True}
    assert text.so_far("Hello.", done=True) is None
    assert text.delta(1, "lo.") is None


def test_thinking_that_is_told_again_is_taken_once() -> None:
    thought = Thought()
    assert [thought.new("Hm", False), thought.new(". Is it?", False)] == ["Hm", ". Is it?"]
    thought.again = ""  # a new connection
    assert [thought.new("Hm. ", False), thought.new("Is it? Yes.", False)] == [None, " Yes."]
    assert thought.new("Hm. Is it? Yes. Go.", True) == " Go."
