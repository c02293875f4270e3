/**
 * JSON forms of events and conversations; those of commands are in `commandCodec.ts`.
 *
 * What comes in is `unknown` and is checked here, once; what is unknown to this version is passed
 * over.  `decode(encode(x))` equals `x`.  Twin: `src/cellspeak/core/codec.py`.
 */

import type { Approval, Conversation, Message, ToolCall, Turn, TurnStatus } from "./conversation";
import type { SessionEvent } from "./events";
import { type Data, dict, get, int, isObject, list, opt, optDict, str } from "./json";
import { Turns } from "./turns";

/** What came is not of the agreed form. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}

/** Return the JSON form of an event, a command, a conversation, a turn, or any part of one. */
export function encode(value: unknown): unknown {
  if (value instanceof Turns || value instanceof Map) return object(value);
  if (Array.isArray(value)) return value.map(encode);
  return isObject(value) ? object(Object.entries(value)) : value;
}

function object(pairs: Iterable<readonly [string, unknown]>): Data {
  const made: Record<string, unknown> = Object.create(null);
  for (const [key, value] of pairs) {
    if (value !== undefined) made[key] = encode(value);
  }
  return made;
}

/**
 * Return the event in *raw*; an unknown type is kept.
 *
 * @throws ProtocolError if *raw* is not an object with `type` and `session_id`.
 */
export function decodeEvent(raw: unknown): SessionEvent {
  const event = required(raw, "event", "type", "session_id");
  return {
    type: str(get(event, "type")),
    session_id: str(get(event, "session_id")),
    ...present("seq", int(get(event, "seq"))),
    ...present("turn_id", opt(get(event, "turn_id"))),
    ...present("message_id", opt(get(event, "message_id"))),
    at: str(get(event, "at")),
    data: dict(get(event, "data")),
  };
}

/**
 * Return the conversation in *raw*, as `encode` wrote it.
 *
 * @throws ProtocolError if *raw*, its turns or one of them is no object, or a turn has no id.
 */
export function decodeConversation(raw: unknown): Conversation {
  const from = required(raw, "conversation");
  return {
    seq: int(get(from, "seq")) ?? 0,
    ...present("head", opt(get(from, "head"))),
    ...present("agent", optDict(get(from, "agent"))),
    terminated: get(from, "terminated") === true,
    turns: decodeTurns(get(from, "turns")),
    grants: list(get(from, "grants")).map(dict),
  };
}

/** Return the turns in *raw*, an object of id → turn, in its order; raises as `decodeTurn`. */
export function decodeTurns(raw: unknown): Turns<Turn> {
  let turns = new Turns<Turn>();
  for (const value of Object.values(dict(raw))) {
    const turn = decodeTurn(value);
    turns = turns.put(turn.id, turn, turn.idle);
  }
  return turns;
}

/**
 * Return the turn in *raw*, as `encode` wrote it.
 *
 * @throws ProtocolError if it is no object or has no `id`.
 */
export function decodeTurn(raw: unknown): Turn {
  const from = required(raw, "turn", "id");
  return {
    id: str(get(from, "id")),
    ...present("after", opt(get(from, "after"))),
    ...present("client_id", opt(get(from, "client_id"))),
    ...present("author", opt(get(from, "author"))),
    status: str(get(from, "status"), "queued") as TurnStatus,
    idle: get(from, "idle") === true,
    posts: list(get(from, "posts")).map(dict),
    messages: list(get(from, "messages")).map(decodeMessage),
    tool_calls: decodeMap(get(from, "tool_calls"), decodeCall),
    approvals: decodeMap(get(from, "approvals"), decodeApproval),
    ...present("usage", optDict(get(from, "usage"))),
  };
}

function decodeMessage(raw: unknown): Message {
  const from = required(raw, "message", "id", "kind");
  return {
    id: str(get(from, "id")),
    kind: str(get(from, "kind")),
    text: str(get(from, "text")),
    status: str(get(from, "status"), "open"),
    data: dict(get(from, "data")),
  };
}

function decodeCall(raw: unknown): ToolCall {
  const from = required(raw, "tool call", "tool_call_id", "tool_name", "status");
  return {
    tool_call_id: str(get(from, "tool_call_id")),
    tool_name: str(get(from, "tool_name")),
    args: dict(get(from, "args")),
    status: str(get(from, "status")),
    ...present("progress", optDict(get(from, "progress"))),
    ...present("outcome", optDict(get(from, "outcome"))),
    ...present("began_at", opt(get(from, "began_at"))),
  };
}

function decodeApproval(raw: unknown): Approval {
  const from = required(raw, "approval", "request_id");
  return {
    request_id: str(get(from, "request_id")),
    request: dict(get(from, "request")),
    ...present("resolution", optDict(get(from, "resolution"))),
  };
}

function decodeMap<T>(raw: unknown, decode: (value: unknown) => T): ReadonlyMap<string, T> {
  return new Map(Object.entries(dict(raw)).map(([key, value]) => [key, decode(value)]));
}

function required(raw: unknown, what: string, ...keys: readonly string[]): Data {
  if (!isObject(raw)) {
    throw new ProtocolError(`expected an object for the ${what}; got ${kindOf(raw)}`);
  }
  for (const key of keys) {
    if (typeof get(raw, key) !== "string") {
      throw new ProtocolError(
        `expected a string '${key}' in the ${what}; got ${kindOf(get(raw, key))}`,
      );
    }
  }
  return raw;
}

function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : `a value of type ${typeof value}`;
}

/** An object with *key*, or without it: what is absent is not written. */
function present<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V };
}
