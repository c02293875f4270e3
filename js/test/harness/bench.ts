/**
 * What `benchmarks/render.py` drives: the real renderer beside the cheapest thing that shows text.
 *
 * Its one law: every flush ends with style and layout done, for both.
 */

import { Lexer } from "../../src/more/index";
import { MarkdownStream } from "../../src/view/markdown/index";
import { adoptStyles } from "../../src/view/styles";
import widget from "../../src/widget";
import { Kernel } from "../kernel";
import { SCENES } from "./scenes";
import { ANSWER, CODE, LONG, TABLE } from "./texts";

const FLUSH = 16;
const SECTION = `${ANSWER}\n\n${LONG}\n\n${CODE}\n\n${TABLE}\n\n`;
const SENTENCE =
  "A sentence of *some* words, with `code` and a [link](https://example.org) in it. ";
const BLOCKS: Readonly<Record<string, readonly [head: string, part: string]>> = {
  code: [
    "```python\n",
    "def name(value: int) -> str:  # why it is so\n    return f'{value}' * 3\n",
  ],
  list: ["", "- an item of *some* words with `code`\n"],
  table: ["| a | b | c |\n|---|---|--:|\n", "| some words | *more* of them `here` | 1,204 |\n"],
  paragraph: ["", SENTENCE],
};

interface Sink {
  write(text: string): void;
}

let sink: Sink | undefined;
let rest = "";

/** A text of `length` characters: a mix of all that answers hold, or one block of `kind`. */
function text(kind: string, length: number): string {
  const [head, part] = BLOCKS[kind] ?? ["", SECTION];
  return head + part.repeat(Math.ceil(length / part.length)).slice(0, length - head.length);
}

function place(): HTMLElement {
  document.querySelector("main")?.replaceChildren();
  const host = document.createElement("div");
  document.querySelector("main")?.append(host);
  const shadow = host.attachShadow({ mode: "open" });
  adoptStyles(shadow);
  const root = document.createElement("div");
  root.className = "cs";
  shadow.append(root);
  return root;
}

function view(): Sink {
  const stream = new MarkdownStream(place(), {
    onCode: (_pre, _info, code) => code.colour(() => Lexer.for(code.language)),
  });
  return {
    write(piece) {
      stream.push(piece);
      stream.flush();
    },
  };
}

/** Plain text: a line is an element, 32 lines are contained. */
function floor(): Sink {
  const root = place();
  let page: HTMLElement | undefined;
  let line = document.createTextNode("");
  function start(): void {
    if (!page || page.childElementCount === 32) {
      page = document.createElement("div");
      page.style.contain = "content";
      root.append(page);
    }
    line = document.createTextNode("");
    const element = document.createElement("div");
    element.append(line);
    page.append(element);
  }
  start();
  return {
    write(piece) {
      piece.split("\n").forEach((part, at) => {
        if (at > 0) start();
        line.appendData(part);
      });
    },
  };
}

/** Begin with a text of `length` characters; what follows it is written by `step`. */
function begin(who: "view" | "floor", kind: string, length: number): void {
  sink = who === "view" ? view() : floor();
  const whole = text(kind, length + 200_000);
  sink.write(whole.slice(0, length));
  rest = whole.slice(length);
  layout();
}

/** Write `count` pieces, each flushed and laid out. */
function step(count: number): void {
  for (let n = 0; n < count; n += 1) {
    sink?.write(rest.slice(0, FLUSH));
    rest = rest.slice(FLUSH);
    layout();
  }
}

function layout(): number {
  return document.body.getBoundingClientRect().height;
}

/** Draw 500 messages of 2 KB at once, in the chat or as plain text. */
async function mount(who: "view" | "floor"): Promise<void> {
  if (who === "view") {
    const kernel = new Kernel();
    SCENES.many?.before?.(kernel);
    const el = document.querySelector("main");
    el?.replaceChildren();
    const { signal } = new AbortController();
    widget.initialize({ model: kernel, signal });
    if (el) widget.render({ model: kernel, el, signal });
  } else {
    const root = place();
    const message = text("mix", 2_048);
    for (let n = 0; n < 500; n += 1) {
      const element = document.createElement("div");
      element.style.cssText = "content-visibility:auto;contain-intrinsic-size:auto 320px";
      element.append(message);
      root.append(element);
    }
  }
  for (let n = 0; n < 3; n += 1) await new Promise((done) => requestAnimationFrame(done));
}

Object.assign(globalThis, { bench: { begin, step, mount } });
document.body.dataset.ready = "true";
