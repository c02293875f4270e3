/**
 * The words of the JSON tree and of the form for arguments; see `strings.ts`.
 *
 * Its one law: plain words for a person, never an internal name.
 */

export const CARD = {
  listOf: (size: string) => (size === "1" ? "1 item" : `${size} items`),
  objectOf: (size: string) => (size === "1" ? "1 entry" : `${size} entries`),
  moreEntries: (left: string) => `Show ${left} more`,
  addItem: "Add",
  addArgument: (name: string) => `Add ${name}`,
  dropItem: (name: string) => `Remove ${name}`,
  notAnObject: "Expected the arguments as a JSON object, such as {}.",
  notANumber: (name: string, text: string) => `Expected ${name} to be a number; got “${text}”.`,
  notJson: (name: string) => `Expected ${name} as JSON.`,
} as const;
