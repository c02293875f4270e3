import json
from pathlib import Path
from typing import Any

import pytest

from cellspeak.core.urls import judge, shown

VECTORS = Path(__file__).parents[2] / "conformance" / "urls.json"
CASES: list[dict[str, Any]] = json.loads(VECTORS.read_text(encoding="utf-8"))


def test_there_are_as_many_vectors_as_the_twin_counts() -> None:
    assert len(CASES) == 129


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_an_address_is_judged_and_shown_as_the_vector_says(case: dict[str, Any]) -> None:
    href = case["href"]
    assert judge(href) == case["expected"]
    assert shown(href, len(href) + 1) == case.get("shown", href)


def test_a_long_address_is_cut_between_characters() -> None:
    assert len(shown("https://example.com/".ljust(400, "x"))) == 200
    assert shown("🙂🙂🙂🙂", 3) == "🙂🙂…"
    assert shown("abc", 3) == "abc"


def test_half_a_surrogate_pair_is_no_link_and_shows_as_a_replacement() -> None:
    assert judge("https://example.com/\ud83d") == "text"
    assert shown("a\ud83d") == "a%EF%BF%BD"


def test_a_line_break_at_the_end_is_not_overlooked() -> None:
    assert judge("https://example.com\n") == "text"
    assert judge("mailto:a@b.example\n") == "text"
