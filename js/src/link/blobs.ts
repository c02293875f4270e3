/**
 * Fetch bytes from the kernel: what is too large for an event, and what no notebook stores.
 *
 * Its one law: one fetch per name, however many ask.
 */

import { str } from "../core/index";

const PATIENCE = 20_000;

interface Fetch {
  readonly promise: Promise<Blob>;
  readonly resolve: (blob: Blob) => void;
  readonly reject: (error: Error) => void;
}

/** The bytes of one kind. `send` puts one message on the wire; `t` and `key` are its words. */
export class Blobs {
  readonly #send: (message: object) => void;
  readonly #t: string;
  readonly #key: string;
  readonly #fetches = new Map<string, Fetch>();

  constructor(send: (message: object) => void, t = "blob", key = "sha256") {
    this.#send = send;
    this.#t = t;
    this.#key = key;
  }

  /** Return the bytes of `name`, a blob's digest; rejects with one sentence for a person. */
  get(name: string): Promise<Blob> {
    const under = this.#fetches.get(name) ?? this.#fetch(name);
    return under.promise;
  }

  /** The kernel's answer came: a failed fetch may be tried again. */
  arrived(message: Readonly<Record<string, unknown>>, buffers: unknown): void {
    const name = str(message[this.#key]);
    const bytes = Array.isArray(buffers) ? buffers[0] : undefined;
    if (bytes instanceof ArrayBuffer || ArrayBuffer.isView(bytes)) {
      this.#fetches.get(name)?.resolve(new Blob([bytes as BlobPart]));
    } else this.#fail(name, str(message.error) || "The kernel does not have this file any more.");
  }

  #fetch(name: string): Fetch {
    const fetch = withResolvers();
    this.#fetches.set(name, fetch);
    this.#send({ t: this.#t, [this.#key]: name });
    const late = setTimeout(() => this.#fail(name, "The kernel did not answer."), PATIENCE);
    fetch.promise.then(
      () => clearTimeout(late),
      () => clearTimeout(late),
    );
    return fetch;
  }

  #fail(name: string, why: string): void {
    this.#fetches.get(name)?.reject(new Error(why));
    this.#fetches.delete(name);
  }
}

function withResolvers(): Fetch {
  let resolve: Fetch["resolve"] = () => {};
  let reject: Fetch["reject"] = () => {};
  const promise = new Promise<Blob>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
