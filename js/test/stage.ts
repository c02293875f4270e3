/** A page with a kernel in it and a view on top, for the tests of the view. */

import { linkFor } from "../src/link/hubs";
import { drawCell } from "../src/view/cell";
import { drawChat } from "../src/view/chat";
import { Window } from "../src/view/window";
import { Kernel, type Said } from "./kernel";

/** A view, and what a test does to it. */
export class Stage {
  readonly kernel: Kernel;
  readonly el = document.createElement("main");
  readonly view = new AbortController();

  constructor(kernel: Kernel = new Kernel()) {
    this.kernel = kernel;
    document.body.append(this.el);
  }

  /**
   * Draw the whole chat after what was `said`; `trusts` says whether presses are a person's, and
   * `window` which turns are drawn.
   */
  chat(said: readonly Said[] = [], trusts = true, window = new Window()): this {
    this.kernel.write(...said);
    drawChat({ ...this.#place(), trusts: () => trusts, window });
    return this;
  }

  /** Draw one turn. */
  cell(turn: string, said: readonly Said[] = [], note = ""): this {
    this.kernel.write(...said);
    drawCell({ turn, note }, { ...this.#place(), trusts: () => true });
    return this;
  }

  #place() {
    const { kernel, el, view } = this;
    const staticClass = String(kernel.get("static_class"));
    return { link: linkFor(kernel), el, staticClass, signal: view.signal };
  }

  get host(): HTMLElement {
    return this.find(".cellspeak", this.el);
  }

  get shadow(): ShadowRoot {
    const { shadowRoot } = this.host;
    if (!shadowRoot) throw new Error("expected an open shadow root, found none");
    return shadowRoot;
  }

  /** All text that is shown. */
  get text(): string {
    return textOf(this.find(".cs"));
  }

  find<E extends HTMLElement = HTMLElement>(selector: string, under?: ParentNode): E {
    const found = (under ?? this.shadow).querySelector<E>(selector);
    if (!found) throw new Error(`expected an element ${selector}, found none`);
    return found;
  }

  /** The buttons of one name that can be seen. */
  buttons(name: string): HTMLButtonElement[] {
    const all = [...this.shadow.querySelectorAll("button")];
    return all.filter((one) => one.textContent === name && !one.closest("[hidden]"));
  }

  button(name: string): HTMLButtonElement {
    const [only, ...more] = this.buttons(name);
    if (!only || more.length > 0)
      throw new Error(`expected one button ${name}, saw ${more.length}`);
    return only;
  }

  /** Type `text` into the message box. */
  type(text: string): HTMLTextAreaElement {
    const box = this.find<HTMLTextAreaElement>("textarea[name=message]");
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    return box;
  }

  /** The commands that came up, without their ids. */
  get commands(): unknown[] {
    return this.kernel.heardOf("cmd").map(({ command }) => {
      const { client_id, ...rest } = command as Record<string, unknown>;
      if (typeof client_id !== "string") throw new Error("expected a client_id");
      return rest;
    });
  }

  leave(): void {
    this.view.abort();
    this.el.remove();
  }
}

/** Press a key in `target`; false if its default was prevented. */
export function press(target: HTMLElement, key: string, more: KeyboardEventInit = {}): boolean {
  const init = { key, bubbles: true, composed: true, cancelable: true, ...more };
  return target.dispatchEvent(new KeyboardEvent("keydown", init));
}

/** Let the next frame be drawn, and every promise before it settle. */
export async function frame(): Promise<void> {
  await new Promise((done) => requestAnimationFrame(done));
  await new Promise((done) => setTimeout(done, 0));
}

function textOf(root: Element): string {
  if (root instanceof HTMLElement && root.hidden) return "";
  const parts = [...root.childNodes].map((node) =>
    node instanceof Element ? textOf(node) : (node.textContent ?? ""),
  );
  return parts.join("").trim();
}
