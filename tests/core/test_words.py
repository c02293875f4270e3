"""Words for people: `core/words.py`."""

from __future__ import annotations

import pytest

from cellspeak.core.words import counted, one_line, size_of


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 turns"), (1, "1 turn"), (2, "2 turns"), (1234, "1,234 turns")]
)
def test_a_noun_gets_its_s_unless_there_is_just_one(number: int, said: str) -> None:
    assert counted(number, "turn") == said


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1 KB"), (999_499, "999 KB"), (999_500, "1.0 MB")],
)
def test_a_size_is_told_in_the_unit_that_fits(count: int, said: str) -> None:
    assert size_of(count) == said


def test_a_line_holds_nothing_that_breaks_it_or_turns_its_direction() -> None:
    assert one_line("a\nb\x1b[2J\u202ec\u200bd") == "a b [2J c d"


def test_a_long_line_is_cut_to_its_length_and_shows_it() -> None:
    assert one_line("x" * 200, 10) == "xxxxxxxxx…"
    assert one_line("x" * 10, 10) == "x" * 10
