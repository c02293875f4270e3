/**
 * The line above a block of code: its language, and a button that copies it.
 *
 * Its one law: it stands beside `<pre>`, never in it, because the markdown stream owns what is inside.
 */

import { copyButton } from "./copy";
import { element } from "./element";
import { STRINGS } from "./strings";
import { oneLine } from "./words";

/** Put the header above `pre`. `info` is what stood behind the fence. */
export function addCodeHeader(pre: HTMLPreElement, info: string, signal: AbortSignal): void {
  const box = pre.parentElement;
  if (!box || box.querySelector(":scope > .code-header")) return;
  const language = oneLine(info.split(/\s/, 1)[0], 24) || STRINGS.code;
  const copy = copyButton(() => pre.textContent ?? "", signal);
  box.prepend(element("div", "code-header", element("span", "", language), copy));
  // Code that is wider than the view is scrolled with the keyboard, too.
  pre.tabIndex = 0;
}
