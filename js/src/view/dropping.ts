/**
 * The ways in which files come into a view: dropped, pasted, chosen.
 *
 * Its one law: a file that is dropped here is not the notebook's to open.
 */

import { element, show, signButton } from "./element";
import { STRINGS } from "./strings";

/** Let files be dropped on `target` and pasted into it; `add` takes them. */
export function acceptFiles(
  target: HTMLElement,
  add: (files: readonly File[]) => void,
  signal: AbortSignal,
): void {
  const hint = element("div", "drop", STRINGS.drop);
  show(hint, false);
  target.append(hint);
  const over = (event: DragEvent) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    claim(event);
    show(hint, true);
  };
  const leave = (event: DragEvent) => {
    if (!target.contains(event.relatedTarget as Node | null)) show(hint, false);
  };
  const drop = (event: DragEvent) => {
    show(hint, false);
    take(event, event.dataTransfer);
  };
  const take = (event: Event, data: DataTransfer | null) => {
    const files = [...(data?.files ?? [])];
    if (files.length === 0) return;
    claim(event);
    add(files);
  };
  target.addEventListener("dragenter", over, { signal });
  target.addEventListener("dragover", over, { signal });
  target.addEventListener("dragleave", leave, { signal });
  target.addEventListener("drop", drop, { signal });
  target.addEventListener("paste", (event) => take(event, event.clipboardData), { signal });
}

/** The notebook would take a file that is dropped for one to open. */
function claim(event: Event): void {
  event.preventDefault();
  event.stopPropagation();
}

/** Make the button that opens the page's file chooser. */
export function chooser(add: (files: readonly File[]) => void, signal: AbortSignal): HTMLElement {
  const input = element("input");
  input.type = "file";
  input.multiple = true;
  input.tabIndex = -1;
  show(input, false);
  const choose = () => {
    add([...(input.files ?? [])]);
    input.value = ""; // the same file may be chosen again
  };
  input.addEventListener("change", choose, { signal });
  const open = signButton("+", STRINGS.attach, "quiet attach", () => input.click(), signal);
  return element("span", "chooser", input, open);
}
