"""What a page is watched with: when each mark is painted, and what came down the kernel's socket.

Its one law: the same few steps per frame for everybody.  The last text below a place is read from
its end backwards, through shadow roots, until a mark is found, however long the text is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import CDPSession, Page, TimeoutError

__all__ = ["SOCKETS", "Seen", "Watch"]

SOCKETS = """
window.__got = [];
window.WebSocket = class extends WebSocket {
  constructor(...args) {
    super(...args);
    // Only the head is kept: what is said is read from the page, not from the socket.
    this.addEventListener("message", ({ data }) => {
      if (data instanceof ArrayBuffer) window.__got.push([data.byteLength, data.slice(0, 1024)]);
    });
  }
};
"""

BEGIN = """
([cell, selector, run]) => {
  const outputs = document.querySelectorAll(".jp-Notebook .jp-Cell")[cell];
  const form = new RegExp(`x${run}y([0-9]+)x`, "g");
  const texts = function* (node) {
    if (node.nodeType === Node.TEXT_NODE) yield node.data;
    if (node.nodeName === "STYLE" || node.nodeName === "SCRIPT") return;
    for (let child = node.lastChild; child; child = child.previousSibling) yield* texts(child);
    if (node.shadowRoot) yield* texts(node.shadowRoot);
  };
  const newest = () => {
    const place = outputs.querySelector(selector);
    for (const text of place ? texts(place) : []) {
      const mark = [...text.slice(-400).matchAll(form)].at(-1);
      if (mark) return Number(mark[1]);
    }
    return -1;
  };
  const seen = [];
  const channel = new MessageChannel();
  channel.port1.onmessage = () => {
    const mark = newest();
    if (mark > (seen.at(-1)?.[0] ?? -1)) {
      seen.push([mark, performance.timeOrigin + performance.now()]);
    }
  };
  // What is posted in a frame's callback comes after that frame is painted.
  const frame = () => {
    channel.port2.postMessage(0);
    if (window.__watch === seen) requestAnimationFrame(frame);
  };
  window.__watch = seen;
  window.__got.length = 0;
  frame();
}
"""

DONE = "last => window.__watch.at(-1)?.[0] === last"

END = """
() => {
  const seen = window.__watch;
  window.__watch = undefined;
  const heads = window.__got.map(([size, head]) => {
    const view = new DataView(head);
    const at = (n) => Number(view.getBigUint64(8 + 8 * n, true));
    const text = new TextDecoder().decode(head.slice(at(1), at(2)));
    return [/"msg_type": ?"(\\w+)"/.exec(text)?.[1] ?? "", size];
  });
  return { seen, heads };
}
"""

OWN = ("status", "execute_input", "execute_reply", "kernel_info_reply")
"""What Jupyter says about a cell that runs, whoever streams."""


@dataclass(frozen=True)
class Seen:
    """What one run showed."""

    complete: bool
    painted: list[tuple[int, float]]
    """Marks and when (seconds since 1970) they were on the screen."""
    messages: int
    size: int
    """Messages of the way itself, and their bytes."""
    cpu: float
    """Seconds of the page's main thread."""

    def at(self, mark: int) -> float | None:
        """Return when *mark*, or one behind it, was painted."""
        return next((when for seen, when in self.painted if seen >= mark), None)


class Watch:
    """Watches one page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def begin(self, place: tuple[int, str], run: int) -> None:
        """Begin to look at *place* for the marks of *run*."""
        self.page.evaluate(BEGIN, [*place, run])
        self._cpu = self._used()

    def end(self, last: int, patience: float) -> Seen:
        """Wait until the mark *last* is painted, *patience* seconds at most."""
        try:
            self.page.wait_for_function(DONE, arg=last, timeout=1000 * patience)
            complete = True
        except TimeoutError:
            complete = False
        used = self._used() - self._cpu
        found: dict[str, Any] = self.page.evaluate(END)
        sizes = [size for kind, size in found["heads"] if kind not in OWN]
        return Seen(
            complete=complete,
            painted=[(mark, when / 1000) for mark, when in found["seen"]],
            messages=len(sizes),
            size=sum(sizes),
            cpu=used,
        )

    def _used(self) -> float:
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        return float(next(m["value"] for m in metrics if m["name"] == "TaskDuration"))
