"""Files on their way from a page into a message."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from cellspeak.errors import ProtocolError, ValidationError
from cellspeak.notebook import uploads as uploads_module
from cellspeak.notebook.uploads import Uploads


def post(**file: Any) -> dict[str, Any]:
    return {"type": "post", "messages": [{"content": "look", "files": [{"name": "a", **file}]}]}


def test_parts_that_are_lost_doubled_or_late_add_up_to_the_file() -> None:
    held = Uploads()
    assert held.add("u", 0, b"abc") == 3
    assert held.add("u", 6, b"ghi") == 3  # a part is missing: send again from 3
    assert held.add("u", 0, b"abc") == 3
    assert held.add("u", 3, b"def") == 6
    assert held.add("u", 3, b"defghi") == 9
    filled = held.filled(post(upload="u", size=9))
    (file,) = filled["messages"][0]["files"]
    assert base64.b64decode(file.pop("data")) == b"abcdefghi"
    assert file == {"name": "a", "size": 9}


def test_a_post_without_uploads_and_other_commands_stay_as_they_are() -> None:
    held = Uploads()
    plain = {"type": "post", "messages": [{"content": "hi"}]}
    assert held.filled(plain) == plain
    kept = post(blob="b" * 64, size=3)
    assert held.filled(kept) == kept
    assert held.filled({"type": "cancel"}) == {"type": "cancel"}


def test_a_file_that_did_not_arrive_whole_is_said() -> None:
    held = Uploads()
    held.add("u", 0, b"abc")
    for file in ({"upload": "u", "size": 4}, {"upload": "other", "size": 3}):
        with pytest.raises(ProtocolError, match="did not arrive whole; send the message again"):
            held.filled(post(**file))


def test_a_file_that_is_too_large_is_refused_and_nothing_of_it_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uploads_module, "LARGEST", 4)
    held = Uploads()
    held.add("u", 0, b"abc")
    with pytest.raises(ValidationError, match="expected a file of at most"):
        held.add("u", 3, b"de")
    assert held.add("u", 3, b"") == 0


def test_the_oldest_uploads_go_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads_module, "KEPT", 10)
    held = Uploads()
    for name in ("one", "two", "three"):
        held.add(name, 0, b"12345")
    held.filled(post(upload="three", size=5))
    with pytest.raises(ProtocolError):
        held.filled(post(upload="one", size=5))


def test_files_without_bytes_are_bounded_as_well() -> None:
    held = Uploads()
    for n in range(10 * uploads_module.MOST):
        held.add(f"u{n}", 0, b"")
    assert len(held._held) <= uploads_module.MOST
    assert held.filled(post(upload=f"u{n}", size=0))["messages"]
