"""The transcript on a site that removes what it does not know, as GitHub does with notebooks."""

from __future__ import annotations

import bleach
import pytest

from cellspeak.core.conversation import Turn
from cellspeak.notebook.static import turn_html
from tests.hostile import text_of
from tests.turns import everything, gated, message, turn_of

KEPT = """
h1 h2 h3 h4 h5 h6 h7 h8 br b i strong em a pre code img tt div ins del sup sub p picture ol ul table
thead tbody tfoot blockquote dl dt dd kbd q samp var hr ruby rt rp li tr td th s strike summary
details caption figure figcaption abbr bdo cite dfn mark small source span time wbr
"""
"""The tags that GitHub keeps; of their attributes only these matter here, no class and no style."""
ATTRIBUTES = {"a": ["href"], "img": ["src", "alt"], "*": ["align", "dir", "open", "start", "title"]}

RICH = """# Head

| a | b |
|---|--:|
| 1 | 2 |

1. one
2. two

> quoted ~~gone~~

```python
x = 1 < 2
```
"""
TURNS = {
    "everything": everything(RICH),
    "approved": gated({"approved": True, "by": {"kind": "user"}}),
    "denied": gated({"approved": False, "deny_reason": "not that one"}),
    "markdown": turn_of(message("text", RICH)),
}


def sanitised(html: str) -> str:
    cleaned: str = bleach.clean(
        html,
        tags=KEPT.split(),
        attributes=ATTRIBUTES,
        protocols={"http", "https", "mailto"},
        strip=True,
    )
    return cleaned


@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS)
def test_all_that_was_said_is_left(turn: Turn) -> None:
    html = turn_html(turn, "cellspeak-7f3a", "demo")
    assert text_of(sanitised(html)).split() == text_of(html).split()


def test_what_gives_a_reply_its_shape_is_left() -> None:
    cleaned = sanitised(turn_html(TURNS["markdown"], "cellspeak-7f3a", "demo"))
    for tag in ("<h1", "<table>", "<td", "<ol>", "<blockquote>", "<pre>", "<code"):
        assert tag in cleaned
    folded = sanitised(turn_html(TURNS["approved"], "cellspeak-7f3a", "demo"))
    assert "<details><summary>" in folded


def test_the_list_is_as_strict_as_it_says() -> None:
    assert sanitised('<p class="x" style="color: red">a</p>') == "<p>a</p>"
    assert "data:" not in sanitised('<img src="data:image/png;base64,AAAA">')
