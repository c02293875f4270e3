/**
 * What stands around a block of code: its language, what one can do with it, and its fold.
 *
 * Its one law: it stands beside `<pre>`, never in it, because the markdown stream owns what is inside.
 */

import { dict } from "../core/index";
import { copied, copyButton } from "./copy";
import { button, element, setText, show } from "./element";
import type { CodeBox } from "./markdown/code";
import { type More, more, moreNow } from "./more";
import type { Scene } from "./scene";
import { STRINGS } from "./strings";
import { oneLine } from "./words";

/** Lines that are shown of longer code, and those that are no use to fold away. */
const SHOWN = 40;
const SLACK = 4;
/** A line that is wider than most views. */
const WIDE = 80;
/** What a cell of the notebook could run. */
const RUNS_HERE = new Set(["", "python", "py", "python3", "py3", "ipython"]);
const PLAIN = new Set(["", "text", "txt", "plain", "plaintext", "output", "none"]);

/** Dress a block of code that came into the document. */
export function dressCode(code: CodeBox, scene: Scene): void {
  const { element: box, pre } = code;
  if (box.querySelector(":scope > .code-header")) return;
  const wrap = wrapButton(box, scene.signal);
  const fold = foldButton(box, scene.signal);
  const buttons = [wrap, copyButton(() => code.text, scene.signal)];
  if (RUNS_HERE.has(code.language.toLowerCase())) buttons.unshift(insertButton(code, scene));
  const row = element("span", "buttons", ...buttons);
  box.prepend(element("div", "code-header", element("span", "", languageOf(code)), row));
  box.append(fold);
  // Code that is wider than the view is scrolled with the keyboard, too.
  pre.tabIndex = 0;
  follow(code, wrap, fold, scene.signal);
  colour(code, scene);
}

function languageOf({ info }: CodeBox): string {
  return oneLine(info.split(/\s/, 1)[0], 24) || STRINGS.code;
}

/** Keep the buttons true while the code grows. */
function follow(code: CodeBox, wrap: HTMLElement, fold: HTMLElement, signal: AbortSignal): void {
  let [lines, read, wide] = [0, 0, false];
  code.onChange = () => {
    const { text } = code;
    if (text.length < read) [lines, read, wide] = [0, 0, false];
    for (let end = text.indexOf("\n", read); end >= 0; end = text.indexOf("\n", read)) {
      wide ||= end - read > WIDE;
      lines += 1;
      read = end + 1;
    }
    const long = lines > SHOWN + SLACK;
    show(wrap, wide);
    show(fold, long);
    if (!long) return;
    if (!code.element.dataset.fold) code.element.dataset.fold = "closed";
    const closed = code.element.dataset.fold === "closed";
    setText(fold, closed ? STRINGS.showAll(lines) : STRINGS.showLess);
  };
  fold.addEventListener("click", () => code.onChange(), { signal });
  code.onChange();
}

function foldButton(box: HTMLElement, signal: AbortSignal): HTMLButtonElement {
  const fold = button(
    "",
    "quiet fold",
    () => {
      const closed = box.dataset.fold === "closed";
      box.dataset.fold = closed ? "open" : "closed";
      fold.setAttribute("aria-expanded", String(closed));
    },
    signal,
  );
  fold.setAttribute("aria-expanded", "false");
  return fold;
}

function wrapButton(box: HTMLElement, signal: AbortSignal): HTMLButtonElement {
  const wrap = button(
    STRINGS.wrap,
    "quiet wrap-lines",
    () => wrap.setAttribute("aria-pressed", String(box.classList.toggle("wrapped"))),
    signal,
  );
  wrap.setAttribute("aria-pressed", "false");
  wrap.title = STRINGS.wrapHint;
  return wrap;
}

/** A notebook takes a new cell only from a cell that ends: now, or with a line that a person runs. */
function insertButton(code: CodeBox, scene: Scene): HTMLButtonElement {
  const insert = button(STRINGS.insert, "quiet", (event) => void press(event), scene.signal);
  insert.setAttribute("aria-live", "polite");
  insert.title = STRINGS.insertHint;
  return insert;

  async function press(event: Event): Promise<void> {
    if (!scene.trusts(event)) return;
    insert.disabled = true;
    const taken = copied(code.text);
    const { error, value } = await scene.link.ask({ what: "insert", text: code.text });
    const { number, waits } = dict(value);
    if (error) insert.textContent = error.message;
    else if (waits) insert.textContent = STRINGS.insertsBelow;
    else insert.textContent = STRINGS.insertLater(Number(number), await taken);
    insert.disabled = false;
  }
}

function colour(code: CodeBox, { link, signal }: Scene): void {
  if (PLAIN.has(code.language.toLowerCase())) return;
  const here = moreNow();
  if (here) paint(code, here);
  else void more(link).then((loaded) => loaded && !signal.aborted && paint(code, loaded));
}

function paint(code: CodeBox, { Lexer }: More): void {
  if (Lexer.for(code.language)) code.colour(() => Lexer.for(code.language));
}
