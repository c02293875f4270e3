/**
 * What this page holds of a log, from one `reset` on.
 *
 * Its one law: it is always a prefix of the log (older turns may come later, as pages). What does not
 * fit is not taken, and says so.
 */

import {
  type Conversation,
  type Data,
  decodeConversation,
  decodeTurns,
  emptyConversation,
  FrameReader,
  fold,
  type Turn,
  Turns,
} from "../core/index";

/** What came of a frame: `lost` asks for a new `reset`, and until it came nothing is taken. */
export type Taken = "new" | "known" | "lost";

/** The conversation, and where in which log it stands. */
export class Held {
  #conversation = emptyConversation();
  #frames = new FrameReader();
  #incarnation: string | undefined;
  #more = false;
  #lost = true;

  get conversation(): Conversation {
    return this.#conversation;
  }

  /** Which log this is; undefined before the first `reset`. */
  get incarnation(): string | undefined {
    return this.#incarnation;
  }

  /** Older turns exist than those held. */
  get more(): boolean {
    return this.#more;
  }

  /** Frames are of no use until a `reset` came. */
  get lost(): boolean {
    return this.#lost;
  }

  /** The `hello` that asks for what is missing. */
  get hello(): Data {
    const incarnation = this.#incarnation;
    if (incarnation === undefined) return { t: "hello", have: 0 };
    return { t: "hello", have: this.#lost ? 0 : this.#conversation.seq, incarnation };
  }

  /** Take an `events` frame. */
  events(frame: Data): Taken {
    const events = this.#lost ? undefined : this.#frames.read(frame, this.#conversation);
    if (!events) return this.lose();
    this.#conversation = fold(events, this.#conversation);
    return events.length > 0 ? "new" : "known";
  }

  /** What is held cannot be trusted to grow: wait for a `reset`. */
  lose(): Taken {
    this.#lost = true;
    return "lost";
  }

  /**
   * Take a `reset`. Another page's `resync` brings one here, too: then it says nothing new.
   *
   * @throws ProtocolError if it cannot be read.
   */
  reset(message: Data, sessionId: string): void {
    const incarnation = String(message.incarnation);
    const same = incarnation === this.#incarnation;
    const next = decodeConversation(message.conversation);
    if (!same || this.#lost || next.seq > this.#conversation.seq) this.#start(next, same, message);
    this.#frames = new FrameReader(sessionId);
    this.#incarnation = incarnation;
    this.#lost = false;
  }

  /** Take a `page` of older turns. */
  page(message: Data): void {
    const turns = inOrder(decodeTurns(message.turns), this.#conversation.turns);
    this.#conversation = { ...this.#conversation, turns };
    this.#more = message.more === true;
  }

  /** Older turns that were paged in stay, unless the log is another one. */
  #start(next: Conversation, same: boolean, message: Data): void {
    const older = same ? this.#conversation.turns : new Turns<Turn>();
    const turns = inOrder(older, next.turns);
    this.#more = message.more === true && (this.#more || older.size === 0);
    this.#conversation = { ...next, turns };
  }
}

/** All turns, the older ones first; where both have one, the newer drawing of it counts. */
function inOrder(older: Turns<Turn>, newer: Turns<Turn>): Turns<Turn> {
  let turns = new Turns<Turn>();
  for (const [id, turn] of older) if (!newer.has(id)) turns = turns.put(id, turn, turn.idle);
  for (const [id, turn] of newer) turns = turns.put(id, turn, turn.idle);
  return turns;
}
