/**
 * Every word that the view says, in one table.
 *
 * Its one law: plain words for a person, never an internal name. Tests and screen readers rely on the
 * names of the buttons.
 */

export const STRINGS = {
  conversation: (agent: string) => (agent ? `Conversation with ${agent}` : "Conversation"),
  agent: "Agent",

  message: "Message",
  send: "Send",
  stop: "Stop",
  sending: "Sending…",
  composerHint: "Enter sends, Shift+Enter starts a new line",
  notSent: (why: string) => `Not sent: ${why}`,
  ended: "This conversation has ended. Start a new chat to go on.",

  emptyTitle: "Ask something…",
  emptyText: (agent: string) =>
    `${agent || "The agent"} answers here, and asks you before it does anything that needs your approval.`,
  examples: ["What can you do?", "What is 12 * 12?", "Write 500 words about tea"],

  earlier: "Show earlier messages",
  latest: "Jump to latest",

  connecting: "Connecting to the kernel…",
  connected: "Ready",
  working: "Working…",
  needsAnswer: "Waiting for your answer",
  busy: "The kernel has not answered yet.",
  gone: "The kernel does not answer: it is busy or was restarted.",
  goneResume: "After a restart run:",
  queuedNote: (count: number) => (count === 1 ? "1 message waits" : `${count} messages wait`),

  turnStatus: {
    queued: "Queued",
    running: "Working…",
    awaiting_approval: "Waiting for your answer",
    complete: "Done",
    failed: "Failed",
    cancelled: "Stopped",
    interrupted: "Interrupted",
  },
  queued: "Waits until the turns before it are done",
  takeBack: "Take back",
  branch: (first: string) => `A branch: asked again beside turn ${first}`,
  alsoAsked: (others: string) => `Also asked as turn ${others}`,
  tokens: (count: string) => `${count} tokens`,

  toolStatus: {
    running: "Running",
    awaiting_approval: "Needs approval",
    done: "Done",
    failed: "Failed",
    denied: "Denied",
    cancelled: "Stopped",
  },
  unnamedTool: "tool",
  arguments: "Arguments",
  noArguments: "No arguments",
  result: "Result",
  noResult: "No output",
  truncated: "Shortened: the whole result is with the agent.",
  showAll: (lines: number) => `Show all ${lines} lines`,
  showLess: "Show less",
  load: (size: string) => `Load ${size}`,
  loading: "Loading…",

  approvalTitle: (tool: string) => `Allow ${tool}?`,
  approve: "Approve",
  deny: "Deny",
  back: "Back",
  denyReason: "Reason (optional)",
  denyHint: "Tell the agent why, so that it can do better",
  answering: "Sending your answer…",
  approved: "Approved",
  denied: "Denied",
  by: { user: "you", policy: "a policy", timeout: "a time-out" },
  resolved: (how: string, who: string, when: string) =>
    `${how} by ${who}${when ? ` at ${when}` : ""}`,
  notAsked: "The turn ended before anybody answered.",
  expires: (when: string) => `Expires at ${when}`,
  cellWaits: "This cell waits for your answer.",
  announceApproval: (tool: string) => `Approval needed: ${tool}`,

  reauthTitle: "Sign in to go on",
  reauthDone: "I have signed in",
  cancel: "Cancel",
  signedIn: "Signed in",
  notSignedIn: "Not signed in",

  thinking: "Thinking…",
  thought: (duration: string) => (duration ? `Thought for ${duration}` : "Thoughts"),
  searched: (query: string) => (query ? `Searched for “${query}”` : "Search results"),
  sources: (count: number) => (count === 1 ? "1 result" : `${count} results`),
  failedTurn: "Something went wrong",
  tryAgain: "Asking again may help.",
  stoppedBy: (who: string) => `Stopped by ${who}`,
  unknownItem: (type: string) => `${type} (this version cannot draw it)`,

  code: "code",
  copy: "Copy",
  copied: "Copied",
  notCopied: "Copying is not allowed here",
} as const;
