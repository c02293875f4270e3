/**
 * The words of what is drawn from the second file; the view's own are in `view/strings.ts`.
 *
 * Its one law: plain words for a person, never an internal name.
 */

export const MORE = {
  tooLarge: (name: string, size: string, most: string) =>
    `“${name}” has ${size}; a file may have ${most} at most. Tell the agent where it is instead.`,
  tooMany: (most: number) => `At most ${most} files go with one message.`,
  emptyFile: (name: string) => `“${name}” is empty or a folder and was not attached.`,
  remove: (name: string) => `Remove ${name}`,
  commands: "Commands",
  commandsFound: (count: number) => (count === 1 ? "1 command" : `${count} commands`),
  unknownCommand: (word: string) => `There is no command ${word}.`,
  commandHints: {
    new: "Start a new conversation",
    resume: "Go on with an earlier conversation",
    export: "Keep this conversation as a file",
    model: "Start a new conversation with another agent or model",
    help: "What can be done here",
  },
  modelNeeded: "Name an agent, or a model such as openai:gpt-5-mini:",
  sessionsTitle: "Conversations",
  noSessions: "There is no other conversation yet.",
  noWords: "(nothing said yet)",
  currentSession: "shown now",
  open: "Open",
  delete: "Delete",
  deleteSure: (title: string) => `Delete “${title}” for good?`,
  deleteYes: "Delete for good",
  close: "Close",
  exportTitle: "Export this conversation",
  formats: {
    md: "Markdown",
    html: "Web page (HTML)",
    json: "Data (JSON)",
    ipynb: "Notebook: Python as cells",
    txt: "Plain text",
  },
  saved: (name: string) => `Saved ${name}`,
  helpTitle: "What can be done here",
  helpKeys: {
    Enter: "Send",
    "Shift+Enter": "New line",
    "↑ ↓": "Earlier messages, in an empty box",
    "/": "Commands",
    Escape: "Back to the notebook",
    "A D E": "Approve, deny, edit, on a focused approval",
  },
  notText: "These bytes are no text; they were sent as they are.",
  picture: "Attached picture",
  unreadable: "This file cannot be shown.",
  saveEdit: "Ask this instead",
  cancelEdit: "Cancel",
  editHint: "The earlier question and its answer are kept as a version.",
} as const;
