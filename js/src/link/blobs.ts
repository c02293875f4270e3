/**
 * Fetch bytes that are too large for an event.
 *
 * Its one law: one fetch per digest, however many ask.
 */

import { str } from "../core/index";

const PATIENCE = 20_000;

interface Fetch {
  readonly promise: Promise<Blob>;
  readonly resolve: (blob: Blob) => void;
  readonly reject: (error: Error) => void;
}

/** The blobs of one session. `send` puts one message on the wire. */
export class Blobs {
  readonly #send: (message: object) => void;
  readonly #fetches = new Map<string, Fetch>();

  constructor(send: (message: object) => void) {
    this.#send = send;
  }

  /** Return the bytes of `sha256`; rejects with one sentence for a person. */
  get(sha256: string): Promise<Blob> {
    const under = this.#fetches.get(sha256) ?? this.#fetch(sha256);
    return under.promise;
  }

  /** The kernel's answer came: a failed fetch may be tried again. */
  arrived(message: Readonly<Record<string, unknown>>, buffers: unknown): void {
    const sha256 = str(message.sha256);
    const bytes = Array.isArray(buffers) ? buffers[0] : undefined;
    if (bytes instanceof ArrayBuffer || ArrayBuffer.isView(bytes)) {
      this.#fetches.get(sha256)?.resolve(new Blob([bytes as BlobPart]));
    } else this.#fail(sha256, str(message.error) || "The kernel does not have this file any more.");
  }

  #fetch(sha256: string): Fetch {
    const fetch = withResolvers();
    this.#fetches.set(sha256, fetch);
    this.#send({ t: "blob", sha256 });
    const late = setTimeout(() => this.#fail(sha256, "The kernel did not answer."), PATIENCE);
    fetch.promise.then(
      () => clearTimeout(late),
      () => clearTimeout(late),
    );
    return fetch;
  }

  #fail(sha256: string, why: string): void {
    this.#fetches.get(sha256)?.reject(new Error(why));
    this.#fetches.delete(sha256);
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
