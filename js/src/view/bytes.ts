/**
 * Bytes that a tool made or a person attached: pictures, files to keep.
 *
 * Its one law: nothing is fetched before it can be seen or somebody asks, and an SVG is only ever the
 * source of an `<img>`, where it can neither run nor load anything. Opened in a tab of its own it could
 * run: so nothing that may be a page gets an address that the notebook's own origin answers for.
 */

import { type Data, str } from "../core/index";
import { button, element } from "./element";
import type { Scene } from "./scene";
import { STRINGS } from "./strings";
import { bytes, oneLine } from "./words";

export const SVG = "image/svg+xml";
export const PICTURES: readonly string[] = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/;
const IS_SVG = /^\s*<(?:\?xml|!--|!DOCTYPE|svg\b)/i;
/** A larger picture is fetched when somebody asks for it. */
const BY_ITSELF = 4_000_000;

/** Whether `value` names a blob: `{blob, mime, size, name}`. */
export function isBlob(value: Data): boolean {
  return str(value.blob) !== "";
}

/** Make the picture in `data`, its bytes as text; undefined if they are no picture. */
export function drawPicture(type: string, data: string, name: string): HTMLElement | undefined {
  if (type === SVG) {
    return IS_SVG.test(data) ? framed(svgAddress(data), type, name) : undefined;
  }
  if (!BASE64.test(data)) return undefined;
  return framed(`data:${type};base64,${data.replace(/\s/g, "")}`, type, name);
}

/** Make the picture that `ref` names: fetched when it comes into sight. */
export function drawPictureBlob(ref: Data, type: string, name: string, scene: Scene): HTMLElement {
  const title = oneLine(ref.name, 80) || name;
  const draw = async (found: Blob) =>
    type === SVG
      ? framed(svgAddress(await found.text()), type, title)
      : (pictureOf(await decoded(found, type), title, scene) ?? noPicture());
  const box = loader(ref, draw, scene);
  if (!(Number(ref.size) > BY_ITSELF)) whenSeen(box, scene.signal, () => press(box));
  return box;
}

/** Make the button that loads what `ref` names, and stands there until it has come. */
export function loader(
  ref: Data,
  draw: (found: Blob) => Promise<HTMLElement>,
  scene: Scene,
): HTMLElement {
  const title = STRINGS.load([oneLine(ref.name, 80), bytes(ref.size)].filter(Boolean).join(", "));
  const load = button(title, "", () => void loaded(), scene.signal);
  const box = element("div", "blob", load);
  return box;

  async function loaded(): Promise<void> {
    load.disabled = true;
    load.textContent = STRINGS.loading;
    try {
      box.replaceChildren(await draw(await scene.link.blob(str(ref.blob))));
    } catch (error) {
      load.disabled = false;
      load.textContent = `${title}. ${error instanceof Error ? error.message : error}`;
    }
  }
}

/** A link that keeps `found` as a file, and which no browser shows as a page. */
export function downloadOf(found: Blob, name: string, scene: Scene): HTMLElement {
  const octets = new Blob([found], { type: "application/octet-stream" });
  return saveLink(addressOf(octets, scene) ?? "", name);
}

/** A page at this address has no origin. Half a character would have no code. */
function svgAddress(svg: string): string {
  return `data:${SVG};charset=utf-8,${encodeURIComponent(svg.replace(/\p{Surrogate}/gu, "\ufffd"))}`;
}

function press(box: HTMLElement): void {
  box.querySelector("button")?.click();
}

function noPicture(): HTMLElement {
  return element("div", "dim", STRINGS.noResult);
}

function pictureOf(found: Blob, name: string, scene: Scene): HTMLElement | undefined {
  const address = addressOf(found, scene);
  return address === undefined ? undefined : framed(address, found.type, name);
}

/** An address that ends with the view; undefined where the page has none to give. */
function addressOf(found: Blob, { signal }: Scene): string | undefined {
  if (typeof URL.createObjectURL !== "function") return undefined;
  const address = URL.createObjectURL(found);
  signal.addEventListener("abort", () => URL.revokeObjectURL(address), { once: true });
  return address;
}

function framed(address: string, type: string, name: string): HTMLElement {
  const image = element("img", "picture");
  image.alt = name;
  image.src = address;
  const ending = type === SVG ? "svg" : type.slice(type.indexOf("/") + 1);
  const file = /\.\w{2,5}$/.test(name) ? name : `${name}.${ending}`;
  return element("figure", "", image, saveLink(address, file));
}

function saveLink(address: string, name: string): HTMLElement {
  const link = element("a", "save", STRINGS.download);
  link.href = address;
  link.download = oneLine(name, 80).replace(/[\\/:*?"<>|]+/g, "-");
  link.setAttribute("aria-label", `${STRINGS.download} ${link.download}`);
  return link;
}

/** The bytes of a picture; a kernel may keep them as base64. */
async function decoded(found: Blob, type: string): Promise<Blob> {
  const start = await found.slice(0, 64).text();
  if (!BASE64.test(start)) return new Blob([found], { type });
  const text = atob((await found.text()).replace(/\s/g, ""));
  return new Blob([Uint8Array.from(text, (letter) => letter.charCodeAt(0))], { type });
}

/** Call `act` once, when `target` can be seen. */
function whenSeen(target: HTMLElement, signal: AbortSignal, act: () => void): void {
  if (typeof IntersectionObserver === "undefined") return;
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    act();
  });
  observer.observe(target);
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
}
