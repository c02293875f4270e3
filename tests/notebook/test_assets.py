"""What a view may ask for beside the log: one file, by its name, over the comm."""

from pathlib import Path

import pytest

from cellspeak.notebook import assets
from cellspeak.notebook.assets import answer_asset


@pytest.fixture(autouse=True)
def static(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(assets, "STATIC", tmp_path)
    assets._asset.cache_clear()
    return tmp_path


def test_the_second_file_goes_as_bytes(static: Path) -> None:
    (static / "more.js").write_bytes(b"export {}\n\xff")

    assert answer_asset("more.js") == ({"t": "asset", "name": "more.js"}, [b"export {}\n\xff"])


@pytest.mark.parametrize(
    "name", ["widget.js", "../more.js", "/etc/passwd", "", None, 7, ["more.js"]]
)
def test_nothing_else_is_a_file(static: Path, name: object) -> None:
    (static / "widget.js").write_bytes(b"x")

    answer, buffers = answer_asset(name)

    assert buffers is None
    assert answer["name"] == name
    assert "expected one of more.js" in answer["error"]


def test_an_installation_without_it_says_what_to_do() -> None:
    answer, buffers = answer_asset("more.js")

    assert buffers is None
    assert "make build" in answer["error"]
