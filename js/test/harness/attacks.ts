/**
 * What `tests/browser/test_attacks.py` drives: every attack, in every place, in the real view.
 *
 * Its one law: the page defends itself with nothing, so that what gets through the view is seen: no
 * content policy, and `alert` only counts.
 */

import widget from "../../src/widget";
import { ATTACKS } from "../attacks";
import { byCharacter, everywhere, hostileKernel } from "../everywhere";

const FORMS = "[name=password], form[action], iframe, object, embed, base, meta, link, script";

let ran = 0;
for (const name of ["alert", "confirm", "prompt", "print", "open"]) {
  Object.assign(globalThis, {
    [name]: () => {
      ran += 1;
    },
  });
}

const place = document.querySelector("main") ?? document.body;
const more = new Uint8Array(await (await fetch("more.js")).arrayBuffer());

/** What came of some attacks. */
interface Outcome {
  readonly drawn: number;
  readonly ran: number;
  /** Elements and addresses that must not be. */
  readonly foreign: readonly string[];
}

/** Show the attacks from `from` to before `to` at once, open all that opens, and take them away. */
async function show(from: number, to: number): Promise<Outcome> {
  const some = ATTACKS.slice(from, to);
  const views = some.map(({ text }) => draw(text));
  await frames(2);
  for (const { kernel, text } of views) kernel.say(...byCharacter(text));
  for (const { root } of views) openAll(root());
  await frames(2);
  for (const { root } of views) for (const name of PRESSED) press(root(), name);
  await frames(4);
  for (const { root } of views) openAll(root());
  await frames(2);
  const roots = views.map(({ root }) => root());
  const foreign = roots.flatMap((root) => (root ? strangers(root) : ["nothing"]));
  const drawn = roots.reduce((sum, root) => sum + (root?.querySelectorAll("*").length ?? 0), 0);
  for (const { life } of views) life.abort();
  place.replaceChildren();
  return { drawn, ran, foreign };
}

const PRESSED = ["Edit arguments", "Conversations"];

function draw(text: string) {
  const kernel = hostileKernel(text);
  kernel.assets.set("more.js", more);
  kernel.write(...everywhere(text));
  const el = document.createElement("div");
  place.append(el);
  const life = new AbortController();
  widget.initialize({ model: kernel, signal: life.signal });
  widget.render({ model: kernel, el, signal: life.signal });
  const root = () => el.querySelector(".cellspeak")?.shadowRoot;
  return { kernel, text, life, root };
}

function openAll(root: ShadowRoot | null | undefined): void {
  for (const one of root?.querySelectorAll("details") ?? []) one.open = true;
}

function press(root: ShadowRoot | null | undefined, name: string): void {
  const buttons = [...(root?.querySelectorAll("button") ?? [])];
  buttons.find((button) => button.textContent === name)?.click();
}

function strangers(root: ShadowRoot): string[] {
  const elements = [...root.querySelectorAll("*")];
  const made = elements.filter((one) => one.matches(FORMS) || wrongAddress(one));
  const handled = elements.filter((one) =>
    [...one.attributes].some(({ name }) => /^on/.test(name)),
  );
  return [...made, ...handled].map((one) => one.outerHTML.slice(0, 200));
}

function wrongAddress(one: Element): boolean {
  if (one instanceof HTMLImageElement) return !/^(?:data:image\/|blob:)/.test(one.src);
  if (!(one instanceof HTMLAnchorElement)) return false;
  return one.download
    ? !/^(?:data:image\/|blob:)/.test(one.href)
    : !/^(?:https?|mailto):/.test(one.href);
}

/** Attacks that end as soon as they begin: no page that moves on, no name of the page's own methods. */
const SIMPLE = ATTACKS.filter(
  ({ text }) => /^<(?:img|svg|details|video|audio|style|table)\b/.test(text) && !/name=/.test(text),
);

/** The positive control: what a careless view would do with some of the attacks. */
async function careless(): Promise<number> {
  for (const { text } of SIMPLE) {
    const box = document.createElement("div");
    // biome-ignore lint/plugin: it has to be careless.
    box.innerHTML = text;
    place.append(box);
  }
  await frames(20);
  place.replaceChildren();
  return ran;
}

/** Put the HTML of a saved notebook's output into the page, as a notebook that is trusted does. */
async function transcript(html: string): Promise<number> {
  const box = document.createElement("div");
  // biome-ignore lint/plugin: that is how notebooks do it.
  box.innerHTML = html;
  place.replaceChildren(box);
  for (const one of box.querySelectorAll("details")) one.open = true;
  await frames(4);
  place.replaceChildren();
  return ran;
}

async function frames(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    await new Promise((done) => requestAnimationFrame(done));
    await new Promise((done) => setTimeout(done, 10));
  }
}

Object.assign(globalThis, { attacks: { count: ATTACKS.length, show, careless, transcript } });
document.body.dataset.ready = "true";
