/**
 * What a tool gave back: a table, a picture, markup, markdown, JSON or text.
 *
 * Its one law: it is drawn as the richest form that is safe here, and where that cannot be drawn, as
 * text; it is never left out.
 */

import { type Data, dict, isObject, str } from "../core/index";
import { downloadOf, drawPicture, drawPictureBlob, isBlob, loader, PICTURES, SVG } from "./bytes";
import { element } from "./element";
import { extras } from "./extras";
import { LongText } from "./long";
import { renderMarkdown } from "./markdown/index";
import { type More, moreNow } from "./more";
import type { Scene } from "./scene";
import { STRINGS } from "./strings";
import { oneLine, readable } from "./words";

const TABLE = "application/vnd.cellspeak.table+json";
/** JSON of so many lines is read as it is; longer JSON is a tree. */
const SHORT = 12;

/** What the drawing of one form needs to know. */
interface Given {
  readonly type: string;
  readonly bundle: Data;
  readonly result: unknown;
  /** What made it, for people who do not see it. */
  readonly tool: string;
  readonly scene: Scene;
}

type Draw = (value: unknown, given: Given) => HTMLElement | undefined;

/** The forms, the one that says most first. */
const FORMS: readonly (readonly [type: string, draw: Draw])[] = [
  [TABLE, table],
  ...PICTURES.map((type) => [type, picture] as const),
  [SVG, picture],
  ["text/html", markup],
  ["text/markdown", markdown],
  ["application/json", json],
];

/** Make the drawing of `outcome`, which does not change any more. */
export function drawResult(outcome: Data, tool: string, scene: Scene): HTMLElement {
  const box = element("div", "result", drawBest(outcome, tool, scene));
  if (outcome.truncated === true) box.append(element("div", "dim", STRINGS.truncated));
  return box;
}

/** Whether `outcome` is something to look at, and not only to read. */
export function isRich(outcome: Data): boolean {
  const bundle = dict(outcome.mime);
  return [TABLE, SVG, ...PICTURES].some((type) => Object.hasOwn(bundle, type));
}

/** Make the drawing of a traceback: there for who wants it. */
export function drawTraceback(text: string, { signal }: Scene): HTMLElement {
  const long = new LongText(signal);
  long.update(text);
  long.unfold();
  return element("details", "traceback", element("summary", "", STRINGS.traceback), long.element);
}

function drawBest({ result, mime }: Data, tool: string, scene: Scene): HTMLElement {
  const bundle = dict(mime);
  for (const [type, draw] of FORMS) {
    if (!Object.hasOwn(bundle, type)) continue;
    const drawn = drawForm(bundle[type], draw, { type, bundle, result, tool, scene });
    if (drawn) return drawn;
  }
  return drawPlain(result ?? bundle["text/plain"] ?? bundle[SVG], scene);
}

function drawForm(value: unknown, draw: Draw, given: Given): HTMLElement | undefined {
  const ref = dict(value);
  if (!isBlob(ref)) return draw(value, given);
  const { type, tool, scene } = given;
  if (type.startsWith("image/")) {
    return drawPictureBlob(ref, type, STRINGS.pictureOf(tool), scene);
  }
  return loader(ref, async (found) => drawLoaded(await found.text(), draw, given), scene);
}

function drawLoaded(text: string, draw: Draw, given: Given): HTMLElement {
  const value = given.type.endsWith("json") ? parsed(text) : text;
  return draw(value, given) ?? drawText(text, given.scene);
}

function table(value: unknown, { bundle, result, scene }: Given): HTMLElement {
  const before = drawPlain(result ?? bundle["text/plain"], scene);
  return better(before, ({ drawTable }) => drawTable(dict(value)), scene);
}

function picture(value: unknown, { type, tool }: Given): HTMLElement | undefined {
  return drawPicture(type, str(value), STRINGS.pictureOf(tool));
}

function markup(value: unknown, { bundle, result, scene }: Given): HTMLElement | undefined {
  const text = str(value);
  if (!text) return undefined;
  const plain = bundle["text/plain"] ?? result;
  const before = drawPlain(plain ?? text, scene);
  return better(before, ({ safeHtml }) => safeHtml(text), scene);
}

function markdown(value: unknown, { scene }: Given): HTMLElement | undefined {
  const root = element("div");
  renderMarkdown(root, str(value), { signal: scene.signal });
  return root;
}

function json(value: unknown, { scene }: Given): HTMLElement {
  return drawPlain(typeof value === "string" ? parsed(value) : value, scene);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function drawPlain(value: unknown, scene: Scene): HTMLElement {
  const ref = dict(value);
  if (isBlob(ref)) return drawBlob(ref, scene);
  const text = readable(value);
  if (!text) return element("div", "dim", STRINGS.noResult);
  const before = drawText(text, scene);
  const isTree = Array.isArray(value) || isObject(value);
  if (!isTree || text.split("\n", SHORT + 1).length <= SHORT) return before;
  return better(before, ({ jsonTree }) => jsonTree(value, scene.signal), scene);
}

/** `before` at once, and what the second file makes of it as soon as that is here. */
function better(
  before: HTMLElement,
  make: (loaded: More) => HTMLElement | undefined,
  scene: Scene,
): HTMLElement {
  const here = moreNow();
  const box = element("div", "", (here && make(here)) ?? before);
  void extras(scene, box).then((loaded) => {
    if (loaded && !here && !scene.signal.aborted) box.replaceChildren(make(loaded) ?? before);
  });
  return box;
}

function drawText(text: string, { signal }: Scene): HTMLElement {
  const long = new LongText(signal);
  long.update(text);
  return long.element;
}

/** A file: a picture is shown, text is read, anything can be kept. */
export function drawBlob(ref: Data, scene: Scene): HTMLElement {
  const type = str(ref.mime);
  const name = oneLine(ref.name, 80) || STRINGS.result;
  if (type === SVG || PICTURES.includes(type)) return drawPictureBlob(ref, type, name, scene);
  return loader(ref, async (found) => element("div", "", ...(await file(found))), scene);

  async function file(found: Blob): Promise<HTMLElement[]> {
    const save = downloadOf(found, name, scene);
    if (type.endsWith("json")) return [drawPlain(parsed(await found.text()), scene), save];
    return type.startsWith("text/") || type === ""
      ? [drawText(await found.text(), scene), save]
      : [save];
  }
}
