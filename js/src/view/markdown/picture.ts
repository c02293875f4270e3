/**
 * A picture from elsewhere: its name and its address, until a person wants to see it.
 *
 * Fetching a picture tells its owner what stands in the address, and a model can be made to write
 * there what it was told. Its one law: nothing is fetched before `load`, which only a person's press
 * or a host on the person's own list may call.
 */

import { type Box, register } from "./box";
import { judge } from "./urls";

const HOST = /^https?:\/\/([^/?#:]+)/i;

/** The box of a picture. */
export class Picture implements Box {
  readonly element: HTMLElement;
  readonly address: string;
  readonly #alt: string;

  /** @param element The chip that is shown meanwhile. */
  constructor(element: HTMLElement, address: string, alt: string) {
    this.element = element;
    this.address = address;
    this.#alt = alt;
    register(this);
  }

  /** Whether it can be loaded at all: an address of the web, and none that hides where it leads. */
  get loads(): boolean {
    return HOST.test(this.address) && judge(this.address) === "link";
  }

  /** Whether its host is one of `hosts`; `*.example.org` names all below example.org. */
  isFrom(hosts: readonly string[]): boolean {
    const host = (HOST.exec(this.address)?.[1] ?? "").toLowerCase();
    return (
      this.loads &&
      hosts.some((one) =>
        one.startsWith("*.") ? one.length > 2 && host.endsWith(one.slice(1)) : host === one,
      )
    );
  }

  /** Fetch and show it. */
  load(): void {
    if (!this.loads || this.element.classList.contains("loaded")) return;
    const image = document.createElement("img");
    image.alt = this.#alt;
    image.title = this.address;
    image.decoding = "async";
    image.referrerPolicy = "no-referrer";
    image.src = this.address;
    this.element.classList.add("loaded");
    this.element.prepend(image);
  }

  become(fresh: Box): boolean {
    return fresh instanceof Picture && fresh.address === this.address && fresh.#alt === this.#alt;
  }
}
