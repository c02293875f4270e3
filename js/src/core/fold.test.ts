import { describe, expect, it } from "vitest";
import { type FoldVector, throughJson, vectors } from "../../test/vectors";
import { decodeConversation, decodeEvent, encode } from "./codec";
import type { Conversation } from "./conversation";
import type { SessionEvent } from "./events";
import { apply, fold, leavesGap } from "./fold";
import * as rules from "./rules";

const VECTORS = vectors<FoldVector>("fold.json");
const CASES = VECTORS.map((vector): [string, FoldVector, SessionEvent[]] => [
  vector.name,
  vector,
  vector.events.map(decodeEvent),
]);
const PLAIN = CASES.filter(([, , events]) => events.every((event, i) => event.seq === i + 1));
const COVERED = PLAIN.filter(([, , events]) => covered(events).size > 0);

const json = (conversation: Conversation): unknown => throughJson(encode(conversation));

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}

/** The numbers of the deltas that a later event covers. */
function covered(events: readonly SessionEvent[]): Set<number> {
  const numbers = new Set<number>();
  for (const { type, data, seq = 0 } of events) {
    const first = data.first;
    if (typeof first !== "number" || !/streaming|complete/.test(type)) continue;
    for (let n = first; n < seq; n++) numbers.add(n);
  }
  return numbers;
}

/** The same log with one delta per character, numbered anew. */
function byCharacter(events: readonly SessionEvent[]): SessionEvent[] {
  const starts = new Map<unknown, number>();
  const made: SessionEvent[] = [];
  for (const event of events) {
    starts.set(event.seq, made.length + 1);
    const { delta } = event.data;
    const pieces = typeof delta === "string" && delta !== "" ? [...delta] : [delta];
    for (const piece of pieces) {
      const { first } = event.data;
      const data = {
        ...event.data,
        ...(delta !== undefined && { delta: piece }),
        ...(starts.has(first) && { first: starts.get(first) }),
      };
      made.push({ ...event, seq: made.length + 1, data });
    }
  }
  return made;
}

function texts(conversation: Conversation): unknown {
  return [...conversation.turns.values()].map((turn) => [
    turn.id,
    turn.status,
    ...turn.messages.map((m) => [m.kind, m.text, m.status]),
  ]);
}

it("has all vectors", () => {
  expect(VECTORS.length).toBe(92);
  expect(PLAIN.length).toBe(82);
  expect(COVERED.length).toBe(17);
});

describe.each(CASES)("%s", (_name, vector, events) => {
  it("folds to what is expected", () => {
    expect(json(fold(events))).toEqual(vector.expected);
  });

  it("is the same when cut anywhere", () => {
    for (let cut = 0; cut <= events.length; cut++) {
      const whole = fold(events.slice(0, cut));
      const half = decodeConversation(json(whole));
      expect(half.turns.live.map((turn) => turn.id)).toEqual(whole.turns.live.map((t) => t.id));
      expect(json(fold(events.slice(cut), half))).toEqual(vector.expected);
    }
  });

  it("is the same when each event comes twice", () => {
    expect(json(fold(events.flatMap((event) => [event, event])))).toEqual(vector.expected);
    expect(json(fold(events, fold(events)))).toEqual(vector.expected);
  });

  it("changes neither events nor older conversations", () => {
    const versions: Conversation[] = [];
    const before: unknown[] = [];
    let conversation = fold([]);
    for (const event of events) {
      conversation = deepFreeze(apply(conversation, deepFreeze(event)));
      versions.push(conversation);
      before.push(json(conversation));
    }
    expect(versions.map(json)).toEqual(before);
  });

  it("reports a gap and nothing else", () => {
    const gaps = events.map((event, i) => leavesGap(fold(events.slice(0, i)), event));
    expect(gaps.lastIndexOf(true)).toBe(vector.gap ? events.length - 1 : -1);
    expect(gaps.filter(Boolean).length).toBe(vector.gap ? 1 : 0);
  });

  it("leaves nothing open in a turn that is idle", () => {
    for (const turn of fold(events).turns.values()) {
      if (!turn.idle) continue;
      expect(rules.ended(turn)).toBe(true);
      expect(turn.messages.filter((m) => m.status === "open")).toEqual([]);
      expect([...turn.tool_calls.values()].map((c) => c.status)).not.toContain("running");
      expect([...turn.tool_calls.values()].map((c) => c.status)).not.toContain("awaiting_approval");
    }
  });

  it("keeps its events through JSON", () => {
    for (const event of events) expect(decodeEvent(throughJson(encode(event)))).toEqual(event);
  });
});

it.each(PLAIN)("gives the same texts by character: %s", (_name, _vector, events) => {
  expect(texts(fold(byCharacter(events)))).toEqual(texts(fold(events)));
});

it.each(COVERED)("needs no covered delta: %s", (_name, vector, events) => {
  const numbers = covered(events);
  const dropped = events.filter((event) => numbers.has(event.seq ?? 0));
  expect(dropped.map((e) => e.type)).toEqual(dropped.map(() => "message_delta"));
  expect(json(fold(events.filter((event) => !dropped.includes(event))))).toEqual(vector.expected);
});

const READ = CASES.filter(([, vector]) => vector.reads !== undefined);

it.each(READ)("reads off: %s", (_name, vector, events) => {
  const conversation = fold(events);
  const head = conversation.turns.get(conversation.head ?? "");
  const ids = (turns: readonly { id: string }[]): string[] => turns.map((turn) => turn.id);
  const found = {
    path: ids(rules.path(conversation)),
    open_turn: rules.openTurn(conversation)?.id ?? null,
    queued: ids(rules.queued(conversation)),
    ...(head && {
      pending: rules.pending(head).map((approval) => approval.request_id),
      text: rules.text(head),
      prompt: rules.prompt(head),
      error: rules.error(head) ?? null,
    }),
  };
  expect(found).toMatchObject(vector.reads ?? {});
});
