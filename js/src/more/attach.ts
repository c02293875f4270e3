/**
 * The files that go with the next message.
 *
 * Its one law: nothing leaves the page before *Send*; a picture is previewed from this page's memory.
 */

import type { Data } from "../core/index";
import type { Link } from "../link/link";
import { upload } from "../link/upload";
import { element, show, signButton } from "../view/element";
import { titleOf } from "../view/file";
import { STRINGS } from "../view/strings";
import { bytes, oneLine } from "../view/words";
import { isPicture } from "./sent";
import { MORE } from "./strings";

const MB = 1_000_000;
/** The kernel takes no more; see `notebook/uploads.py`. */
export const LARGEST = 20 * MB;
const MOST = 10;

interface Attached {
  readonly file: File;
  readonly chip: HTMLElement;
  readonly life: AbortController;
}

/** Collects files; `changed` is called when there are more or fewer, `say` with what went wrong. */
export class Attachments {
  readonly element = element("div", "files");
  readonly #signal: AbortSignal;
  readonly #changed: () => void;
  readonly #say: (text: string) => void;
  #all: readonly Attached[] = [];

  constructor(signal: AbortSignal, changed: () => void, say: (text: string) => void) {
    this.#signal = signal;
    this.#changed = changed;
    this.#say = say;
    signal.addEventListener("abort", () => this.clear(), { once: true });
    show(this.element, false);
  }

  /** How many there are. */
  get count(): number {
    return this.#all.length;
  }

  /** Attach `files`, those that may be; the last that may not is said. */
  add(files: Iterable<File>): void {
    const problems = [...files].map((file) => this.#attach(file));
    this.#say(problems.findLast((problem) => problem !== "") ?? "");
    this.#draw();
  }

  /** Let go of all of them. */
  clear(): void {
    for (const { life } of this.#all) life.abort();
    this.#all = [];
    this.#draw();
  }

  /**
   * Bring them to the kernel, and return what a message says of each. `told` hears the share done.
   *
   * @throws Error with one sentence for a person.
   */
  async upload(link: Pick<Link, "ask">, told: (share: number) => void): Promise<readonly Data[]> {
    const total = this.#all.reduce((sum, { file }) => sum + file.size, 0);
    const sent: Data[] = [];
    let done = 0;
    for (const { file } of this.#all) {
      const name = await upload(file, link, (part) => told((done + part) / total));
      done += file.size;
      sent.push({ ...described(file), upload: name });
    }
    return sent;
  }

  #attach(file: File): string {
    const name = oneLine(file.name, 60) || STRINGS.file;
    if (this.#all.length >= MOST) return MORE.tooMany(MOST);
    if (file.size === 0) return MORE.emptyFile(name);
    if (file.size > LARGEST) return MORE.tooLarge(name, bytes(file.size), bytes(LARGEST));
    const life = new AbortController();
    this.#all = [...this.#all, { file, life, chip: this.#chip(file, name, life.signal) }];
    return "";
  }

  #chip(file: File, name: string, signal: AbortSignal): HTMLElement {
    const drop = () => this.#remove(file);
    const remove = signButton("×", MORE.remove(name), "quiet", drop, this.#signal);
    const title = element("span", "", titleOf(described(file)));
    title.dir = "auto";
    const picture = isPicture(file.type) ? [thumbnail(file, signal)] : [];
    return element("span", "chip", ...picture, title, remove);
  }

  #remove(file: File): void {
    const at = this.#all.findIndex((one) => one.file === file);
    this.#all[at]?.life.abort();
    this.#all = this.#all.filter((one) => one.file !== file);
    this.#draw();
    const next = this.#all[Math.min(at, this.#all.length - 1)]?.chip.querySelector("button");
    next?.focus();
  }

  #draw(): void {
    this.element.replaceChildren(...this.#all.map(({ chip }) => chip));
    show(this.element, this.#all.length > 0);
    this.#changed();
  }
}

function described({ name, type, size }: File): Data {
  return { name, mime: type || "application/octet-stream", size };
}

function thumbnail(file: File, signal: AbortSignal): HTMLElement {
  const made = element("img", "thumbnail");
  made.alt = "";
  made.src = URL.createObjectURL(file);
  signal.addEventListener("abort", () => URL.revokeObjectURL(made.src), { once: true });
  return made;
}
