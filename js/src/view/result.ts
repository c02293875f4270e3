/**
 * What a tool gave back: text, JSON, markdown or a picture.
 *
 * Its one law: HTML and SVG from a tool are shown as text, and large bytes are fetched on a press.
 */

import { type Data, dict, str } from "../core/index";
import { button, element } from "./element";
import { LongText } from "./long";
import { renderMarkdown } from "./markdown/index";
import type { Scene } from "./scene";
import { STRINGS } from "./strings";
import { bytes, oneLine, readable } from "./words";

const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const BASE64 = /^[A-Za-z0-9+/=\s]+$/;

/** Make the drawing of `outcome`, which does not change any more. */
export function drawResult(outcome: Data, scene: Scene): HTMLElement {
  const box = element("div", "result", drawValue(outcome, scene));
  if (outcome.truncated === true) box.append(element("div", "dim", STRINGS.truncated));
  return box;
}

function drawValue({ result, mime }: Data, scene: Scene): HTMLElement {
  const bundle = dict(mime);
  const type = PICTURES.find((candidate) => candidate in bundle);
  if (type) return drawPicture(type, bundle[type], scene);
  const markdown = str(bundle["text/markdown"]);
  if (markdown) return drawMarkdown(markdown, scene);
  return draw(result ?? bundle["text/plain"], scene);
}

function draw(value: unknown, scene: Scene): HTMLElement {
  if (str(dict(value).blob)) return drawBlob(dict(value), scene);
  const text = readable(value);
  return text ? drawText(text, scene) : element("div", "dim", STRINGS.noResult);
}

function drawText(text: string, scene: Scene): HTMLElement {
  const long = new LongText(scene.signal);
  long.update(text);
  return long.element;
}

function drawMarkdown(text: string, { signal }: Scene): HTMLElement {
  const root = element("div");
  renderMarkdown(root, text, { signal });
  return root;
}

function drawPicture(type: string, data: unknown, scene: Scene): HTMLElement {
  const base64 = str(data);
  if (!BASE64.test(base64)) return draw(data, scene);
  return picture(`data:${type};base64,${base64.replace(/\s/g, "")}`);
}

function picture(address: string, name = STRINGS.result as string): HTMLImageElement {
  const image = element("img", "picture");
  image.alt = name;
  image.src = address;
  return image;
}

function drawBlob(blob: Data, scene: Scene): HTMLElement {
  const box = element("div", "blob");
  const name = oneLine(blob.name, 80);
  const title = STRINGS.load([name, bytes(blob.size)].filter(Boolean).join(", "));
  const load = button(title, "", () => void loaded(), scene.signal);
  box.append(load);
  return box;

  async function loaded(): Promise<void> {
    load.disabled = true;
    load.textContent = STRINGS.loading;
    try {
      const found = await scene.link.blob(str(blob.blob));
      box.replaceChildren(await drawBytes(found, str(blob.mime), name, scene));
    } catch (error) {
      load.disabled = false;
      load.textContent = `${title}. ${error instanceof Error ? error.message : error}`;
    }
  }
}

async function drawBytes(
  found: Blob,
  mime: string,
  name: string,
  scene: Scene,
): Promise<HTMLElement> {
  if (!PICTURES.includes(mime)) return drawText(await found.text(), scene);
  const address = URL.createObjectURL(new Blob([found], { type: mime }));
  scene.signal.addEventListener("abort", () => URL.revokeObjectURL(address), { once: true });
  return picture(address, name);
}
