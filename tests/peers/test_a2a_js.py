"""@a2a-js/sdk's client works against our server, unchanged."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.server.a2a_wire import PICTURE, agents
from tests.server.serving import serving

pytestmark = pytest.mark.peer

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("a2a.mjs")
VARIANTS = ["JSONRPC-1.0", "HTTP+JSON-1.0", "JSONRPC-0.3"]


@pytest.fixture(scope="module")
def saw_all() -> dict[str, Any]:
    """Return what the client saw, scene by scene, for each transport and version."""
    own = ROOT / ".tools" / "bin" / "node"
    node = str(own) if own.exists() else shutil.which("node")
    assert node is not None, "expected node; run: make setup"
    with serving(agents()) as address:
        done = subprocess.run(
            [node, str(SCRIPT), address], capture_output=True, text=True, timeout=120
        )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@pytest.fixture(params=VARIANTS)
def saw(saw_all: dict[str, Any], request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = saw_all[request.param]
    return found


def test_it_sends_and_its_deltas_add_up(saw: dict[str, Any]) -> None:
    assert saw["send"] == saw["stream"] == ["TASK_STATE_COMPLETED", "Hello there."]


@pytest.mark.parametrize(
    ("scene", "said", "ran"),
    [
        ("approve", "Done.", "report.txt"),
        ("edit", "Done.", "b.txt"),
        ("deny", "Then not.", None),
        ("words", "Then not.", None),
    ],
)
def test_it_answers_an_approval(saw: dict[str, Any], scene: str, said: str, ran: Any) -> None:
    states = ["TASK_STATE_INPUT_REQUIRED", "TASK_STATE_COMPLETED"]
    assert saw[scene] == [*states, f"I will delete it.\n\n{said}", ran]


def test_it_comes_back_after_a_disconnect_and_stops_the_task(saw: dict[str, Any]) -> None:
    assert saw["again"] == ["on and ", "TASK_STATE_CANCELED"]


def test_files_and_data_pass_both_ways(saw: dict[str, Any]) -> None:
    read_back, made = saw["files"]
    assert "the cat sat" in read_back
    assert '{"rows":[1,2.5]}' in read_back
    parts = {part["mediaType"]: part for part in made if part.get("mediaType")}
    assert parts["image/png"]["raw"] == PICTURE
    assert {"x": [1, 2]} in [part.get("data") for part in made]
    assert "a plot" in [part.get("text") for part in made]


def test_it_lists_page_by_page(saw_all: dict[str, Any]) -> None:
    for variant in VARIANTS[:2]:  # 0.3 has no list
        assert saw_all[variant]["list"] == [2, 1, 3, ""]


def test_it_is_told_what_is_wrong(saw: dict[str, Any]) -> None:
    assert saw["errors"] == [
        "TaskNotFoundError",
        "TaskNotCancelableError",
        "UnsupportedOperationError",
    ]
    assert saw["fail"] == ["TASK_STATE_FAILED", "it broke"]


def test_the_root_has_the_default_agents_card(saw_all: dict[str, Any]) -> None:
    assert saw_all["root"] == "talker"
