/**
 * Send commands until the kernel says that it has them.
 *
 * Its one law: a command keeps its `client_id` however often it is sent, so that sending it twice is
 * sending it once.
 */

import type { Answer, Wish } from "./link";

const RESEND = 2_000;
/** A kernel that has been silent this long finds every resend in its queue when it comes back. */
const PATIENCE = 10_000;

interface Sent {
  readonly command: object;
  readonly answered: (answer: Answer) => void;
  readonly since: number;
  timer?: ReturnType<typeof setTimeout>;
}

/** The commands under way. `send` puts one message on the wire and may fail silently. */
export class Outbox {
  readonly #send: (message: object) => void;
  readonly #sent = new Map<string, Sent>();

  constructor(send: (message: object) => void) {
    this.#send = send;
  }

  /** Whether any command waits for its answer. */
  get waits(): boolean {
    return this.#sent.size > 0;
  }

  /** Send `wish`; the promise waits for its `cmd_ack` and never rejects. */
  put(wish: Wish): Promise<Answer> {
    const cid = `w-${randomId()}`;
    return new Promise((answered) => {
      const command = { ...wish, client_id: cid };
      this.#sent.set(cid, { command, answered, since: Date.now() });
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
    this.#send({ t: "cmd", cid, command: sent.command });
  }
}

/** `crypto.randomUUID` is missing where a notebook is served over plain HTTP. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
