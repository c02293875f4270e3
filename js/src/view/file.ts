/**
 * A file or variable that a message carries: a chip that opens to exactly what was sent.
 */

import type { Data } from "../core/index";
import { element } from "./element";
import { extras } from "./extras";
import type { Scene } from "./scene";
import { STRINGS } from "./strings";
import { bytes, oneLine } from "./words";

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
  const open = () => void fill(file, body, scene);
  chip.addEventListener("toggle", open, { once: true, signal: scene.signal });
  return chip;
}

async function fill(file: Data, body: HTMLElement, scene: Scene): Promise<void> {
  body.replaceChildren(element("span", "dim", STRINGS.loading));
  try {
    const loaded = await extras(scene, body);
    if (!loaded) throw new Error(STRINGS.needsMore);
    body.replaceChildren(await loaded.sentFile(file, scene));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    body.replaceChildren(element("span", "line failed", why));
  }
}
