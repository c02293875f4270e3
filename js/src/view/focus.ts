/**
 * Keep the keyboard where it is while turns come and go.
 *
 * Its one law: focus is never taken; only where the element that had it is gone does its counterpart
 * get it: the same button of the turn that stands there now.
 */

/** Do `change` to the children of `content`. */
export function keepFocus(content: HTMLElement, change: () => void): void {
  const had = focusedIn(content);
  const turn = had?.closest(".turn");
  const at = turn ? [...content.children].indexOf(turn) : -1;
  change();
  if (!had || had.isConnected || at < 0) return;
  const there = content.children[Math.min(at, content.children.length - 1)];
  (counterpart(there, had) ?? content.closest<HTMLElement>(".log"))?.focus({ preventScroll: true });
}

function focusedIn(content: HTMLElement): HTMLElement | undefined {
  const root = content.getRootNode();
  const active = root instanceof ShadowRoot ? root.activeElement : null;
  return active instanceof HTMLElement && content.contains(active) ? active : undefined;
}

/** The same button, or its twin where it can go no further. */
function counterpart(turn: Element | undefined, had: HTMLElement): HTMLElement | undefined {
  const act = had.dataset.act?.replace(/-?\d$/, "");
  if (!turn || !act) return undefined;
  const found = [...turn.querySelectorAll<HTMLButtonElement>(`[data-act^="${act}"]`)];
  const usable = found.filter((one) => !one.disabled && !one.closest("[hidden]"));
  return usable.find((one) => one.dataset.act === had.dataset.act) ?? usable[0];
}
