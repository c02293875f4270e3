"""What people attach, and what cannot be attached."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import pytest

from cellspeak import files
from cellspeak.errors import ValidationError
from cellspeak.files import as_message


def content_of(file: Any) -> bytes:
    return base64.b64decode(file["data"])


def test_text_alone_is_a_message_without_files() -> None:
    assert as_message("hello") == {"content": "hello"}


def test_text_and_files_go_together(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"a,b\n")
    message = as_message("look", [path, str(path), b"raw", io.BytesIO(b"opened")])
    assert message["content"] == "look"
    found = [(f["name"], f["mime"], f["size"], content_of(f)) for f in message["files"]]
    raw = "application/octet-stream"
    assert found == [
        ("table.csv", "text/csv", 4, b"a,b\n"),
        ("table.csv", "text/csv", 4, b"a,b\n"),
        ("file", raw, 3, b"raw"),
        ("file", raw, 6, b"opened"),
    ]


def test_an_opened_file_keeps_its_name_and_not_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"png")
    with path.open("rb") as opened:
        (file,) = as_message(opened)["files"]
    assert (file["name"], file["mime"]) == ("a.png", "image/png")


def test_name_and_type_can_be_told() -> None:
    message = as_message(b"x", mime_type="text/x", filename="b.txt")
    assert (message["content"], message["files"][0]["mime"]) == ("", "text/x")
    assert as_message(b"x", filename="b.txt")["files"][0]["mime"] == "text/plain"


WRONG: dict[str, tuple[Any, str]] = {
    "a missing path": (Path("nowhere/x.txt"), r"'nowhere/x\.txt': No such file"),
    "a folder": (Path("."), "Is a directory"),
    "a file opened as text": (io.StringIO("x"), "opened in binary mode; got StringIO"),
    "a number": (7, "opened in binary mode; got int"),
    "nothing": (None, "opened in binary mode; got NoneType"),
}


@pytest.mark.parametrize(("content", "sentence"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_attached_is_said(content: Any, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        as_message(content)
    with pytest.raises(ValidationError, match=sentence):
        as_message("look", [content])


@pytest.mark.parametrize("one", ["a.txt", Path("a.txt"), b"x", 7, io])
def test_one_file_where_a_list_is_expected_is_said(one: Any) -> None:
    with pytest.raises(ValidationError, match="expected a list of files, such as files="):
        as_message("look", one)


def test_too_large_a_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST", 1 << 20)
    with pytest.raises(ValidationError, match="expected a file of at most 1 MiB; 'file' has 2 MiB"):
        as_message(bytes(2 << 20))
