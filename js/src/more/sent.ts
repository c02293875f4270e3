/**
 * What a message carried, exactly as it was sent.
 *
 * Its one law: bytes are shown as text or as a picture from memory, and never as a page.
 */

import { type Data, str } from "../core/index";
import { element } from "../view/element";
import { LongText } from "../view/long";
import type { Scene } from "../view/scene";
import { MORE } from "./strings";

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

/** Draw `file`, `{name, mime, size, blob or data}`. Rejects with one sentence for a person. */
export async function sentFile(file: Data, scene: Scene): Promise<HTMLElement> {
  const mime = str(file.mime);
  const content = await contentOf(file, scene);
  if (isPicture(mime)) return pictureOf(new Blob([content], { type: mime }), scene.signal);
  if (!TEXTUAL.test(mime)) return element("span", "dim", MORE.notText);
  const text = new LongText(scene.signal);
  text.update(await content.text());
  return text.element;
}

async function contentOf({ blob, data }: Data, { link }: Scene): Promise<Blob> {
  if (typeof blob === "string") return await link.blob(blob);
  const binary = atob(str(data));
  return new Blob([Uint8Array.from(binary, (character) => character.charCodeAt(0))]);
}

/** Its address ends with the view. */
function pictureOf(content: Blob, signal: AbortSignal): HTMLElement {
  const picture = element("img", "picture");
  const address = URL.createObjectURL(content);
  picture.src = address;
  picture.alt = MORE.picture;
  signal.addEventListener("abort", () => URL.revokeObjectURL(address), { once: true });
  return picture;
}
