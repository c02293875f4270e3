/**
 * Find out how high a host lets an output be, so that the box to type in stays in sight.
 *
 * marimo, VS Code and JupyterLab's *Enable Scrolling for Outputs* put an output into a box of limited
 * height that scrolls. Its one law: it only measures; nothing of the host's is changed.
 */

const SCROLLS = new Set(["auto", "scroll"]);

/** Set `--cs-room` of `target` to the height of the box that it stands in, if that is limited. */
export function measureRoom(target: HTMLElement, signal: AbortSignal): void {
  // A host may put what was drawn into its page only afterwards.
  const later = requestAnimationFrame(() => {
    const room = roomOf(target);
    if (room !== undefined) target.style.setProperty("--cs-room", `${room}px`);
  });
  signal.addEventListener("abort", () => cancelAnimationFrame(later), { once: true });
}

/** Return the smallest limit in CSS pixels of all boxes around `target` that scroll. */
export function roomOf(target: HTMLElement): number | undefined {
  let room: number | undefined;
  for (let at = above(target); at; at = above(at)) {
    const { maxHeight, overflowY } = getComputedStyle(at);
    const limit = SCROLLS.has(overflowY) ? Number.parseFloat(maxHeight) : Number.NaN;
    if (maxHeight.endsWith("px") && limit > 0) room = Math.min(limit, room ?? limit);
  }
  return room;
}

/** The next element outside; a shadow root is stepped out of. */
function above({ parentElement, parentNode }: Element): Element | null {
  return parentElement ?? (parentNode instanceof ShadowRoot ? parentNode.host : null);
}
