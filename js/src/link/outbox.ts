/**
 * Send commands and errands until the kernel answers them.
 *
 * Its one law: each keeps its id however often it is sent, so that sending it twice is sending it once.
 */

import type { Answer } from "./link";

const RESEND = 2_000;
/** A kernel that has been silent this long finds every resend in its queue when it comes back. */
const PATIENCE = 10_000;

interface Sent {
  readonly message: object;
  readonly buffers: readonly ArrayBuffer[];
  readonly answered: (answer: Answer) => void;
  readonly since: number;
  timer?: ReturnType<typeof setTimeout>;
}

type Send = (message: object, buffers: readonly ArrayBuffer[]) => void;

/** What is under way. `send` puts one message on the wire and may fail silently. */
export class Outbox {
  readonly #send: Send;
  readonly #sent = new Map<string, Sent>();

  constructor(send: Send) {
    this.#send = send;
  }

  /** Whether anything waits for its answer. */
  get waits(): boolean {
    return this.#sent.size > 0;
  }

  /** Send what `make` makes with its id; the promise waits for the answer and never rejects. */
  put(make: (cid: string) => object, buffers: readonly ArrayBuffer[] = []): Promise<Answer> {
    const cid = `w-${randomId()}`;
    return new Promise((answered) => {
      const message = { ...make(cid), cid };
      this.#sent.set(cid, { message, buffers, answered, since: Date.now() });
      this.#try(cid);
    });
  }

  /** The kernel answered. An answer that nobody waits for is passed over. */
  acknowledged(cid: string, answer: Answer): void {
    const sent = this.#sent.get(cid);
    if (!sent) return;
    clearTimeout(sent.timer);
    this.#sent.delete(cid);
    sent.answered(answer);
  }

  /** The model is gone: answer everything that waits. */
  close(): void {
    const error = { code: "closed", message: "This chat was closed before the message was sent." };
    for (const cid of [...this.#sent.keys()]) this.acknowledged(cid, { error });
  }

  #try(cid: string): void {
    const sent = this.#sent.get(cid);
    if (!sent) return;
    const pause = Date.now() - sent.since < PATIENCE ? RESEND : PATIENCE;
    sent.timer = setTimeout(() => this.#try(cid), pause);
    this.#send(sent.message, sent.buffers);
  }
}

/** An id that nobody else makes. `crypto.randomUUID` is missing where a notebook is served over plain HTTP. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
