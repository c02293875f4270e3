"""Which hosts a chat may fetch pictures from by itself: none, until a person names them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cellspeak.config import image_hosts, load_config
from cellspeak.errors import ValidationError
from cellspeak.notebook.folder import allowed_image_hosts, set_image_hosts


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    set_image_hosts(None)


def test_nobody_is_trusted_at_first() -> None:
    assert not allowed_image_hosts()


def test_the_folder_names_some_and_the_magics_count_before_it(folder: Path) -> None:
    text = "image_hosts: [Charts.example.org, '*.example.com']\n"
    (folder / "cellspeak.yaml").write_text(text, encoding="utf-8")

    assert allowed_image_hosts() == ("charts.example.org", "*.example.com")
    set_image_hosts(lambda: ["localhost"])
    assert allowed_image_hosts() == ("localhost",)
    set_image_hosts(list)
    assert load_config().image_hosts == allowed_image_hosts()


@pytest.mark.parametrize(
    "host", ["https://a.example", "a.example/b", "*", "*.", "a..b", "a.example:80", "", "а.example"]
)
def test_what_is_no_host_is_named(host: str) -> None:
    with pytest.raises(ValidationError, match=r"expected hosts such as charts\.example\.org"):
        image_hosts([host])


def test_a_wrong_host_in_the_file_says_where_it_stands(folder: Path) -> None:
    text = "agent: demo\nimage_hosts: ['https://a.example']\n"
    (folder / "cellspeak.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(
        ValidationError, match=r"cellspeak\.yaml, line 2, key image_hosts: expected"
    ):
        load_config()
