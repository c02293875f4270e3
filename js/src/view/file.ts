/**
 * A file or variable that a message carries: a chip that opens to exactly what was sent.
 *
 * Its one law: bytes are shown as text or as a picture from memory, and never as a page.
 */

import { type Data, str } from "../core/index";
import { element } from "./element";
import { LongText } from "./long";
import type { Scene } from "./scene";
import { STRINGS } from "./strings";
import { bytes, oneLine } from "./words";

/** Pictures that a browser draws without running anything. */
const PICTURES: ReadonlySet<string> = new Set([
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/webp",
  "image/avif",
]);

const TEXTUAL = /^text\/|[/+](json|xml|yaml|toml|csv|javascript|x-python|sql|x-sh)$/;

/** Whether `mime` is a kind of picture that may be drawn. */
export function isPicture(mime: string): boolean {
  return PICTURES.has(mime);
}

/** `notes.txt · 12 KB`, on one line whatever the name holds. */
export function titleOf({ name, mime, size }: Data): string {
  const title = oneLine(name, 60) || oneLine(mime, 60) || STRINGS.file;
  return [title, bytes(size)].filter(Boolean).join(" · ");
}

/** Make the chip of `file`: `{name, mime, size, blob or data}`. */
export function fileChip(file: Data, scene: Scene): HTMLElement {
  const summary = element("summary", "chip", titleOf(file));
  const body = element("div", "sent");
  const chip = element("details", "file", summary, body);
  summary.dir = "auto";
  const open = () => void show(file, body, scene);
  chip.addEventListener("toggle", open, { once: true, signal: scene.signal });
  return chip;
}

async function show(file: Data, body: HTMLElement, scene: Scene): Promise<void> {
  body.replaceChildren(element("span", "dim", STRINGS.loading));
  try {
    const content = await contentOf(file, scene);
    body.replaceChildren(await drawn(str(file.mime), content, scene));
  } catch (error) {
    const why = error instanceof Error ? error.message : STRINGS.unreadable;
    body.replaceChildren(element("span", "line failed", why));
  }
}

async function contentOf(file: Data, { link }: Scene): Promise<Blob> {
  const { blob, data } = file;
  if (typeof blob === "string") return await link.blob(blob);
  const binary = atob(str(data));
  return new Blob([Uint8Array.from(binary, (character) => character.charCodeAt(0))]);
}

async function drawn(mime: string, content: Blob, { signal }: Scene): Promise<HTMLElement> {
  if (isPicture(mime)) return pictureOf(new Blob([content], { type: mime }), signal);
  if (!TEXTUAL.test(mime)) return element("span", "dim", STRINGS.notText);
  const text = new LongText(signal);
  text.update(await content.text());
  return text.element;
}

/** A picture of bytes that are in memory; its address ends with the view. */
export function pictureOf(content: Blob, signal: AbortSignal): HTMLElement {
  const picture = element("img", "picture");
  const address = URL.createObjectURL(content);
  picture.src = address;
  picture.alt = STRINGS.picture;
  signal.addEventListener("abort", () => URL.revokeObjectURL(address), { once: true });
  return picture;
}
