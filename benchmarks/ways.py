"""The ways to stream into a notebook cell that are compared: each is the text of its cells.

Its one law: all say the same text, note when they said each mark (`x1y12x`: run 1, piece 12) just
before they hand it over, and use what they stand for as its own documentation does.  The first cell
is common; the second shows what has to be there before; the third streams.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["APPEND", "BATCHED", "CELLSPEAK", "SETUP", "WAYS", "Way"]

SETUP = """
import asyncio, json, time
from IPython.display import Markdown, display

CASE = {"run": 0, "tokens": 0, "rate": 0}   # rate 0: as fast as possible
SAID, SIZE, CPU = {}, 0, 0.0
WORDS = "the answer is **bold** here and has `code` in it with more of the same".split()
NEXT = "\\n\\n"
BREAKS = {0: "## ", 4: NEXT, 30: NEXT + "- ", 36: "\\n- ", 42: "\\n- ", 50: NEXT, 59: NEXT}

def piece(n):
    if n % 4 == 1 or n == CASE["tokens"] - 1:
        SAID[n] = time.time()
        return f"x{CASE['run']}y{n}x "
    return BREAKS.get(n % 60) or WORDS[n % len(WORDS)] + " "

def begin():
    global SIZE, CPU, START
    SAID.clear()
    SIZE, CPU, START = 0, time.process_time(), time.time()

def wait(n):
    return max(0.0, START + n / CASE["rate"] - time.time()) if CASE["rate"] else 0.0

def pieces():
    global SIZE
    begin()
    for n in range(CASE["tokens"]):
        if pause := wait(n):
            time.sleep(pause)
        said = piece(n)
        SIZE += len(said)
        yield said

def report():
    return json.dumps({"said": SAID, "size": SIZE, "cpu": time.process_time() - CPU})
""".strip()


@dataclass(frozen=True)
class Way:
    """One way: what it is called, its cells, and where its text shows."""

    name: str
    show: str
    stream: str
    place: tuple[int, str]
    """The cell, and the CSS selector in its output, below which the text grows."""
    kernel: str = "ipykernel-7.4"


WIDGET = '''
import anywidget, traitlets

class Way(anywidget.AnyWidget):
    text = traitlets.Unicode().tag(sync=True)
    _esm = """
    export default { render({ model, el }) {
      const box = document.createElement("div");
      box.className = "way";
      box.style.whiteSpace = "pre-wrap";
      el.append(box);
      model.on("msg:custom", (said) => said === null ? box.replaceChildren() : box.append(said));
      model.on("change:text", () => { box.textContent = model.get("text"); });
    } }
    """

way = Way()
display(way)
'''.strip()

APPEND = Way(
    name="plain append",
    show=WIDGET,
    stream="way.send(None)\nfor said in pieces():\n    way.send(said)",
    place=(1, ".way"),
)
BATCHED = Way(
    name="plain append, every 16 ms",
    show=WIDGET,
    stream="""
way.send(None)
held, last = [], 0.0
for said in pieces():
    held.append(said)
    if time.time() - last > 0.016:
        way.send("".join(held))
        held, last = [], time.time()
way.send("".join(held))
""".strip(),
    place=(1, ".way"),
)
CELLSPEAK = Way(
    name="cellspeak",
    show="""
%load_ext cellspeak
from cellspeak import Agent
from cellspeak.agents.base import say

class Talker:
    async def answer(self, request):
        global SIZE
        begin()
        for n in range(CASE["tokens"]):
            if pause := wait(n):
                await asyncio.sleep(pause)
            said = piece(n)
            SIZE += len(said)
            yield say(said)

Agent("talker", runtime=Talker())
%config ChatMagics.agent = "talker"
""".strip(),
    stream="%%chat\ngo",
    place=(2, ".cellspeak"),
)
PRINT = Way(
    name="print",
    show="pass",
    stream='for said in pieces():\n    print(said, end="", flush=True)',
    place=(2, ".jp-OutputArea"),
)
NAIVE = Way(
    name="one synced trait",
    show=WIDGET,
    stream='way.text = ""\nfor said in pieces():\n    way.text += said',
    place=(1, ".way"),
)
UPDATE = Way(
    name="update_display",
    show="pass",
    stream="""
handle, text = display(Markdown(""), display_id=True), ""
for said in pieces():
    text += said
    handle.update(Markdown(text))
""".strip(),
    place=(2, ".jp-OutputArea"),
)
PANEL = Way(
    name="Panel ChatFeed",
    show="""
import panel as pn
pn.extension(inline=True)
feed = pn.chat.ChatFeed(height=500)
display(feed)
""".strip(),
    stream="""
feed.clear()
message = None
for said in pieces():
    message = feed.stream(said, message=message)
""".strip(),
    place=(1, ".jp-OutputArea"),
    kernel="peers",
)

WAYS = (APPEND, BATCHED, CELLSPEAK, PRINT, NAIVE, UPDATE, PANEL)
"""The two floors first, then ours, then the others."""
