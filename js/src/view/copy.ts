/**
 * A button that copies text.
 *
 * Its one law: it says what became of the press, and is itself again a moment later.
 */

import { button } from "./element";
import { STRINGS } from "./strings";

const SHOWN = 1_600;

/** Make a button called `name` that copies what `text` returns when it is pressed. */
export function copyButton(
  text: () => string,
  signal: AbortSignal,
  name: string = STRINGS.copy,
): HTMLButtonElement {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const made = button(name, "quiet copy", () => void press(), signal);
  made.setAttribute("aria-live", "polite");
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  return made;

  async function press(): Promise<void> {
    made.textContent = (await copied(text())) ? STRINGS.copied : STRINGS.notCopied;
    clearTimeout(timer);
    timer = setTimeout(() => {
      made.textContent = name;
    }, SHOWN);
  }
}

/** Copy `text`, and say whether it worked. The clipboard is missing where a notebook is served over plain HTTP: then the old way. */
export async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedBySelection(text);
  }
}

function copiedBySelection(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.style.position = "fixed";
  area.style.opacity = "0";
  document.body.append(area);
  area.select();
  const done = document.execCommand?.("copy") ?? false;
  area.remove();
  return done;
}
