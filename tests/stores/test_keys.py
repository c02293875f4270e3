"""The names in Redis: no id leads into another session's keys."""

from __future__ import annotations

import pytest

pytest.importorskip("redis")

from cellspeak.stores.redis import keys


def test_an_id_with_a_colon_is_no_part_of_a_session() -> None:
    assert keys.session("abc:log") != keys.part("abc", "log")
    assert keys.part("abc", "log") == "cellspeak:s:abc:log"


def test_two_ids_never_share_a_key() -> None:
    ids = ["a", "a:b", "a%3Ab", "a%b", "a%253Ab", ":", "%", ""]
    names = [keys.part(one, part) for one in ids for part in ("log", "b:log")]
    assert len(set(names)) == len(names)
