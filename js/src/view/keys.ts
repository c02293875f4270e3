/**
 * Keep keys that are typed in the view from reaching the notebook.
 *
 * JupyterLab would swallow Enter, run the cell on Shift+Enter and toggle its side bar on Ctrl+B. Its
 * one law: nothing typed inside leaks, except Save; Escape gives the focus back to the cell.
 */

const TYPES = ["keydown", "keyup", "keypress"] as const;

/** Contain the keys of `host` until `signal` aborts. `host` must be outside of the shadow root. */
export function containKeys(host: HTMLElement, signal: AbortSignal): void {
  // JupyterLab before 4.1 looks for shortcuts in the capture phase, where only these stop it.
  host.setAttribute("data-lm-suppress-shortcuts", "true");
  host.setAttribute("data-p-suppress-shortcuts", "true");
  for (const type of TYPES) {
    host.addEventListener(type, (event) => contain(host, event), { signal });
  }
}

function contain(host: HTMLElement, event: KeyboardEvent): void {
  if (isSave(event)) return;
  event.stopPropagation();
  if (event.type === "keydown" && event.key === "Escape" && !event.isComposing) leave(host);
}

function isSave(event: KeyboardEvent): boolean {
  return (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";
}

function leave(host: HTMLElement): void {
  const inside = host.shadowRoot?.activeElement;
  if (inside instanceof HTMLElement) inside.blur();
  host.closest<HTMLElement>(".jp-Cell")?.focus();
}

/**
 * Whether `event` is the Enter that sends: not with Shift or Alt, and not the one that chooses a word
 * while an input method is open.
 */
export function sendsOnEnter(event: KeyboardEvent): boolean {
  const plain = event.key === "Enter" && !event.shiftKey && !event.altKey;
  // Safari ends the composition before its Enter arrives, with this code.
  return plain && !event.isComposing && event.keyCode !== 229;
}
