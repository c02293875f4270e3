"""A conversation as a notebook."""

from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest

from cellspeak.agents.scripted import Call, Say, Step
from cellspeak.core.commands import SetHead
from cellspeak.notebook.as_cells import to_notebook
from tests.engine.talk import talking

REPLY = """Load it so:

```python
import pandas as pd
table = pd.read_csv("sales.csv")
```

or in a shell:

```sh
head sales.csv
```

- in a list

  ```python
  not_a_cell = 1
  ```

![pixel](https://evil.example/x.png) <script>alert(1)</script>"""


async def cells_of(*steps: Step, prompt: str = "How?\n# not a heading") -> list[dict[str, Any]]:
    async with talking(list(steps)) as talk:
        await talk.ask(prompt)
        text = to_notebook(await talk.conversation())
    nbformat.validate(nbformat.reads(text, as_version=4))
    found: list[dict[str, Any]] = json.loads(text)["cells"]
    return found


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


async def test_python_blocks_become_cells_and_all_else_is_markdown() -> None:
    cells = await cells_of(Say(REPLY))
    assert [c["cell_type"] for c in cells] == ["markdown", "markdown", "code", "markdown"]
    assert source(cells[2]) == 'import pandas as pd\ntable = pd.read_csv("sales.csv")'
    assert "head sales.csv" in source(cells[3])
    assert "not_a_cell" in source(cells[3])


async def test_the_question_is_quoted_and_obeys_nothing() -> None:
    (asked, *_) = await cells_of(Say("ok"))
    assert source(asked).startswith("> How?\n> ")
    assert "\n# " not in source(asked)


async def test_what_a_model_wrote_loads_and_runs_nothing() -> None:
    cells = await cells_of(Say(REPLY))
    said = source(cells[3])
    assert "![pixel]" not in said
    assert "<script>" not in said
    assert all(c.get("outputs", []) == [] for c in cells)


async def test_what_tools_did_is_kept_with_the_turn() -> None:
    cells = await cells_of(Call("look", {"at": "x"}, result="seen"), Say("```py\n1 + 1\n```"))
    assert "look" in source(cells[0])
    assert [source(c) for c in cells if c["cell_type"] == "code"] == ["1 + 1"]


async def test_half_a_character_does_not_stop_the_export() -> None:
    cells = await cells_of(Say("half \ud83d"))
    assert "half" in source(cells[-1])


@pytest.mark.parametrize("shown", [0, 1])
async def test_only_the_shown_branch_is_written(shown: int) -> None:
    async with talking([Say("ok")]) as talk:
        turns = [await talk.ask("one"), await talk.ask("other", root=True)]
        head = SetHead(session_id=talk.session_id, client_id="h", turn_id=turns[shown].id)
        await talk.engine.send(head)
        text = to_notebook(await talk.conversation())
    assert ("> one" in text) is (shown == 0)
    assert ("> other" in text) is (shown == 1)
