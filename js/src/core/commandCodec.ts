/**
 * JSON forms of commands.
 *
 * A field that is unknown is passed over, one of a wrong kind is refused, and null is as good as
 * absent.  Twin: the command half of `src/cellspeak/core/codec.py`.
 */

import { encode, ProtocolError } from "./codec";
import type { Command } from "./commands";
import { type Data, dict, get, isObject, list } from "./json";

type Check = (value: unknown) => boolean;

/** The fields of each command; those with `!` must be there. */
const COMMANDS: ReadonlyMap<string, readonly string[]> = new Map([
  ["create", ["agent!", "client_id!", "owner", "session_id", "labels"]],
  [
    "post",
    ["session_id!", "client_id!", "messages!", "author", "after_turn", "root", "on_approval"],
  ],
  [
    "respond",
    [
      ...["session_id!", "client_id!", "request_id!", "approved!"],
      ...["args", "args_digest", "deny_reason", "remember", "by"],
    ],
  ],
  ["cancel", ["session_id!", "client_id!", "turn_id", "reason", "by"]],
  ["set_head", ["session_id!", "client_id!", "turn_id!"]],
  ["terminate", ["session_id!", "client_id!", "reason"]],
]);

/** What a field must be; all others are strings. */
const CHECKS: ReadonlyMap<string, Check> = new Map([
  ["agent", isObject],
  ["labels", isObject],
  ["args", isObject],
  ["by", isObject],
  ["root", isBoolean],
  ["approved", isBoolean],
  ["on_approval", oneOf("ask", "deny", "allow")],
  ["remember", oneOf("tool", "args")],
  ["messages", (value) => Array.isArray(value) && list(value).every(isObject)],
]);

/** Return the JSON form of *command*, which is the command itself. */
export function encodeCommand(command: Command): Data {
  return dict(encode(command));
}

/**
 * Return the command in *raw*.
 *
 * @throws ProtocolError if the word is unknown or a field is missing or of a wrong kind.
 */
export function decodeCommand(raw: unknown): Command {
  const type = isObject(raw) ? get(raw, "type") : undefined;
  const fields = typeof type === "string" ? COMMANDS.get(type) : undefined;
  if (!isObject(raw) || fields === undefined) {
    const words = [...COMMANDS.keys()].join(", ");
    throw new ProtocolError(`expected an object with a command's type (${words})`);
  }
  const known: [string, unknown][] = [["type", type]];
  for (const field of fields) known.push(...checked(raw, field));
  return Object.fromEntries(known) as unknown as Command;
}

function checked(raw: Data, field: string): readonly [string, unknown][] {
  const name = field.replace("!", "");
  const value = get(raw, name) ?? undefined;
  if (value === undefined && name === field) return [];
  if (value === undefined) throw new ProtocolError(`expected '${name}' in the command`);
  const fits = CHECKS.get(name) ?? isString;
  if (!fits(value)) throw new ProtocolError(`'${name}' of the command is of a wrong kind`);
  return [[name, value]];
}

function isString(value: unknown): boolean {
  return typeof value === "string";
}

function isBoolean(value: unknown): boolean {
  return typeof value === "boolean";
}

function oneOf(...words: readonly string[]): Check {
  return (value) => typeof value === "string" && words.includes(value);
}
