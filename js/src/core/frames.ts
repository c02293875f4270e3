/**
 * Unpack the `events` frames of the comm (docs/comm.md).
 *
 * A frame is taken whole or not at all: whatever does not fit what is held ends in a resync, never
 * in a guess.  Whose frames these are and who asks for the resync is the business of `link/`.
 */

import { decodeEvent, ProtocolError } from "./codec";
import type { Conversation } from "./conversation";
import { crc32, utf8 } from "./crc32";
import type { SessionEvent } from "./events";
import { fold, leavesGap } from "./fold";
import { get, int, isObject, opt, str } from "./json";

/** Where the bare texts of a frame belong. */
interface Names {
  readonly turn: string | undefined;
  readonly message: string | undefined;
}

/** Reads the frames of one session from one `reset` to the next; make a new one at each. */
export class FrameReader {
  readonly #sessionId: string;
  #names: Names = { turn: undefined, message: undefined };

  /** `sessionId` is written into the events; the fold does not need it. */
  constructor(sessionId = "") {
    this.#sessionId = sessionId;
  }

  /**
   * Return the events of *frame* that are new to *conversation*, to be folded next.
   *
   * Undefined means: ask for a resync and read no further frame before the reset.  Never throws.
   */
  read(frame: unknown, conversation: Conversation): readonly SessionEvent[] | undefined {
    if (!isObject(frame)) return undefined;
    const first = int(get(frame, "first"));
    const seq = int(get(frame, "seq"));
    const items = get(frame, "items");
    if (first === undefined || seq === undefined || !Array.isArray(items)) return undefined;
    if (first > conversation.seq + 1) return undefined;
    this.#names = {
      turn: opt(get(frame, "turn")) ?? this.#names.turn,
      message: opt(get(frame, "message")) ?? this.#names.message,
    };
    const numbered = this.#numbered(items, first, seq);
    return numbered && accepted(numbered, conversation);
  }

  /** Undefined if an item is malformed or the numbers do not add up to `last`. */
  #numbered(
    items: readonly unknown[],
    first: number,
    last: number,
  ): readonly SessionEvent[] | undefined {
    const events: SessionEvent[] = [];
    let seq = first - 1;
    for (const item of items) {
      const event = this.#event(item, seq + 1);
      if (event?.seq === undefined || event.seq <= seq) return undefined;
      seq = event.seq;
      events.push(event);
    }
    return seq === last ? events : undefined;
  }

  #event(item: unknown, seq: number): SessionEvent | undefined {
    if (typeof item === "string") return this.#delta(item, seq);
    try {
      return isObject(item)
        ? decodeEvent({ seq, ...item, session_id: this.#sessionId })
        : undefined;
    } catch (error) {
      if (error instanceof ProtocolError) return undefined;
      throw error;
    }
  }

  #delta(delta: string, seq: number): SessionEvent | undefined {
    const { turn, message } = this.#names;
    if (turn === undefined || message === undefined) return undefined;
    return {
      type: "message_delta",
      session_id: this.#sessionId,
      seq,
      turn_id: turn,
      message_id: message,
      at: "",
      data: { delta },
    };
  }
}

/** The events above what is held, digests replaced by the texts; undefined if one does not fit. */
function accepted(
  events: readonly SessionEvent[],
  conversation: Conversation,
): readonly SessionEvent[] | undefined {
  let seq = conversation.seq;
  const fresh: SessionEvent[] = [];
  for (const event of events) {
    if (event.seq === undefined || event.seq <= seq) continue;
    if (leavesGap({ ...conversation, seq }, event)) return undefined;
    const whole =
      event.data.crc32 === undefined ? event : withText(event, fold(fresh, conversation));
    if (whole === undefined) return undefined;
    seq = event.seq;
    fresh.push(whole);
  }
  return fresh;
}

/** Put the text that is held in place of its digest; undefined if the two differ. */
function withText(event: SessionEvent, held: Conversation): SessionEvent | undefined {
  const { length, crc32: digest, ...rest } = event.data;
  const messages = held.turns.get(str(event.turn_id))?.messages;
  const text = str(messages?.findLast((m) => m.id === event.message_id)?.text);
  const bytes = utf8(text);
  if (bytes.length !== length || crc32(bytes) !== digest) return undefined;
  return { ...event, data: { ...rest, text } };
}
