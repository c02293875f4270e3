/**
 * The commands that are typed into the composer: `/new /resume /export /model /help`.
 *
 * Their list and what they do come with the second file. Its one law: only these words are commands;
 * any other text with a slash is a message.
 */

/** The commands, as they are typed. */
export const COMMANDS = ["new", "resume", "export", "model", "help"] as const;
export type CommandName = (typeof COMMANDS)[number];

/** A command with what follows it. */
export interface Typed {
  readonly name: CommandName;
  readonly rest: string;
}

/** The command in `text`; undefined if it is a message. */
export function commandIn(text: string): Typed | undefined {
  const [, word, rest = ""] = /^\/([a-z]+)(?:\s+([^\n]*))?\s*$/.exec(text) ?? [];
  const name = COMMANDS.find((one) => one === word);
  return name && { name, rest: rest.trim() };
}

/** Whether `text` may become a command: then the list of commands helps. */
export function mayBeCommand(text: string): boolean {
  const [, word, argument] = /^\/([a-z]*)( \S*)?$/.exec(text) ?? [];
  if (word === undefined) return false;
  return argument === undefined ? COMMANDS.some((one) => one.startsWith(word)) : word === "model";
}
