/** The scenes of the harness: each a log to start from, and what happens while one looks. */

import type { Kernel } from "../kernel";
import {
  asks,
  becomes,
  calls,
  closes,
  completes,
  delta,
  gives,
  requests,
  resolves,
  status,
} from "../says";
import { CARDS } from "./cards";
import { DOING } from "./doing";
import { RENDERING } from "./rendering";
import { ANSWER, CODE, LONG, TABLE } from "./texts";

export interface Scene {
  /** The turn of a cell; absent: the whole chat. */
  readonly turn?: string;
  readonly prompt?: string;
  readonly before?: (kernel: Kernel) => void;
  readonly after?: (kernel: Kernel, place: HTMLElement) => Promise<void> | void;
}

const T = "s1.1";
const DELETE = { path: "build/old-results.parquet", recursive: false };

function talk(kernel: Kernel): void {
  kernel.write(
    asks(T, "What is in sales.csv, and which region grew most?"),
    status(T, "Processing"),
    { type: "thinking", turn: T, message: "th", data: { text: "The user wants an overview." } },
    {
      type: "thinking",
      turn: T,
      message: "th",
      data: { text: "", done: true, duration_ms: 3_400 },
    },
    closes(T, "m1", "I'll look at the file first."),
    calls(T, "t1", "read_table", { path: "sales.csv", rows: 5 }),
    gives(T, "t1", {
      result: { rows: 1204, columns: ["region", "month", "revenue"] },
      duration_ms: 412,
    }),
    becomes(T, "t1", "done"),
    ...completes(T, "m2", ANSWER),
    asks("s1.2", "Can I have that as a table?", { after_turn: T }),
    status("s1.2", "Processing"),
    ...completes("s1.2", "m3", TABLE),
  );
}

function asking(kernel: Kernel): void {
  kernel.write(
    asks(T, "Clean up the build folder, please."),
    status(T, "Processing"),
    closes(T, "m1", "There is one old result file that nothing uses any more. I would delete it."),
    calls(T, "t1", "delete_file", DELETE, "awaiting_approval"),
    requests(T, "t1", "delete_file", DELETE, {
      reason: "Deleting files cannot be undone, so this tool always asks.",
    }),
    status(T, "AwaitingApproval"),
  );
}

function approved(kernel: Kernel): void {
  asking(kernel);
  kernel.write(
    resolves(T, "t1", true),
    becomes(T, "t1", "running"),
    gives(T, "t1", { result: "deleted build/old-results.parquet (48 MB)", duration_ms: 138 }),
    becomes(T, "t1", "done"),
    status(T, "Processing"),
    ...completes(T, "m2", "Done: `build/old-results.parquet` is gone, **48 MB** are free again."),
  );
}

function denied(kernel: Kernel): void {
  asking(kernel);
  kernel.write(
    resolves(T, "t1", false, { deny_reason: "Keep it, I still need it for the report." }),
    gives(T, "t1", { error: "Denied by the user: Keep it, I still need it for the report." }),
    becomes(T, "t1", "denied"),
    status(T, "Processing"),
    ...completes(T, "m2", "Understood, I leave the file where it is."),
  );
}

function tools(kernel: Kernel): void {
  kernel.write(
    asks(T, "Check the data and draw the trend."),
    status(T, "Processing"),
    calls(T, "t1", "read_table", { path: "sales.csv", rows: 5 }),
    gives(T, "t1", { result: { rows: 1204, columns: ["region", "month"] }, duration_ms: 412 }),
    becomes(T, "t1", "done"),
    calls(T, "t2", "fetch_page", { url: "https://example.org/rates" }),
    gives(T, "t2", {
      error: "expected status 200, got 503: the server is overloaded; try again later",
      duration_ms: 2_031,
    }),
    becomes(T, "t2", "failed"),
    calls(T, "t3", "train_model", {
      model: "ridge",
      alpha: 0.3,
      features: ["region", "month", "price"],
      folds: 5,
      seed: 7,
    }),
    {
      type: "tool_progress",
      turn: T,
      data: { tool_call_id: "t3", fraction: 0.62, text: "fold 4 of 5" },
    },
  );
}

function working(kernel: Kernel): void {
  kernel.write(
    asks(T, "Explain the plan."),
    status(T, "Processing"),
    delta(T, "m1", ANSWER.slice(0, 160)),
  );
}

function failed(kernel: Kernel): void {
  kernel.write(
    asks(T, "Summarise the report."),
    status(T, "Processing"),
    delta(T, "m1", "The report has three parts. The first"),
    {
      type: "error",
      turn: T,
      data: { error: "The model did not answer within 60 s.", code: "timeout", retryable: true },
    },
    {
      type: "message_complete",
      turn: T,
      message: "m1",
      data: { text: "The report has three parts. The first", status: "interrupted" },
    },
    { type: "usage", turn: T, data: { duration_ms: 61_400 } },
    status(T, "Idle"),
  );
}

function others(kernel: Kernel): void {
  kernel.write(
    asks(T, "Look it up in the tracker."),
    status(T, "Processing"),
    {
      type: "search_result",
      turn: T,
      message: "s",
      data: {
        query: "open incidents",
        results: [
          {
            title: "Incident 4411: slow queries",
            url: "https://tracker.example.org/4411",
            snippet: "Opened on Monday, two comments.",
          },
          {
            title: "A page with a bad address",
            url: "javascript:alert(1)",
            snippet: "Is no link.",
          },
        ],
      },
    },
    {
      type: "memory_note",
      turn: T,
      message: "g",
      data: { key: "tracker", value: "https://tracker.example.org" },
    },
    {
      type: "reauth_request",
      turn: T,
      message: "ra",
      data: {
        request_id: "ra1",
        url: "https://tracker.example.org/login?scope=read",
        reason: "The tracker's session has expired.",
      },
    },
    status(T, "AwaitingApproval"),
    asks("s1.2", "And then write a summary.", { after_turn: T, queued: true }),
  );
}

function code(kernel: Kernel): void {
  kernel.write(
    asks(T, "Show me the whole script."),
    status(T, "Processing"),
    ...completes(T, "m1", CODE),
  );
}

function long(kernel: Kernel): void {
  for (let n = 1; n <= 12; n += 1) {
    const turn = `s1.${n}`;
    kernel.write(
      asks(turn, `Question number ${n}`, n > 1 ? { after_turn: `s1.${n - 1}` } : {}),
      status(turn, "Processing"),
      ...completes(turn, `m${n}`, LONG),
    );
  }
}

/** 500 messages of 2 KB: what the first drawing of a long conversation costs. */
function many(kernel: Kernel): void {
  const text = `${ANSWER}\n\n${LONG}\n\n${CODE.slice(0, 700)}\n\`\`\`\n\n${TABLE}`.padEnd(
    2_048,
    " word",
  );
  for (let n = 1; n <= 500; n += 1) {
    const turn = `s1.${n}`;
    const after = n > 1 ? { after_turn: `s1.${n - 1}` } : {};
    kernel.write(asks(turn, `Question ${n}`, after), ...completes(turn, `m${n}`, text));
  }
}

async function gone(kernel: Kernel, place: HTMLElement): Promise<void> {
  await pause(200);
  kernel.silent = true;
  const shadow = place.querySelector(".cellspeak")?.shadowRoot;
  const box = shadow?.querySelector("textarea");
  if (box) box.value = "Are you still there?";
  box?.dispatchEvent(new Event("input"));
  shadow?.querySelector<HTMLButtonElement>("button.send")?.click();
  await pause(10_500);
}

async function streaming(kernel: Kernel): Promise<void> {
  await pause(200);
  const text = `${ANSWER}\n\n${CODE}\n\n${TABLE}`;
  kernel.say(asks("s1.9", "Go on."), status("s1.9", "Processing"));
  for (let at = 0; at < text.length; at += 12) {
    kernel.say(delta("s1.9", "mm", text.slice(at, at + 12)));
    await pause(16);
  }
  kernel.say(...completes("s1.9", "mm", text));
}

async function denying(_kernel: Kernel, place: HTMLElement): Promise<void> {
  await pause(200);
  const shadow = place.querySelector(".cellspeak")?.shadowRoot;
  const buttons = [...(shadow?.querySelectorAll("button") ?? [])];
  buttons.find((button) => button.textContent === "Deny")?.click();
}

function cellAsking(kernel: Kernel): void {
  asking(kernel);
  setTimeout(() => kernel.down({ t: "waiting", turn_id: T }), 50);
}

function silentStart(kernel: Kernel): void {
  kernel.silent = true;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}

const CELL = { turn: T, prompt: "Clean up the build folder, please." };

export const SCENES: Readonly<Record<string, Scene>> = {
  ...DOING,
  ...RENDERING,
  ...CARDS,
  empty: {},
  talk: { before: talk },
  asking: { before: asking },
  denying: { before: asking, after: denying },
  approved: { before: approved },
  denied: { before: denied },
  tools: { before: tools },
  working: { before: working },
  failed: { before: failed },
  others: { before: others },
  code: { before: code },
  long: { before: long },
  many: { before: many },
  gone: { before: talk, after: gone },
  streaming: { after: streaming },
  "cell-talk": { turn: T, prompt: "What is in sales.csv?", before: talk },
  "cell-asking": { ...CELL, before: cellAsking },
  "cell-approved": { ...CELL, before: approved },
  "cell-working": { turn: T, prompt: "Explain the plan.", before: working },
  "cell-tools": { turn: T, prompt: "Check the data and draw the trend.", before: tools },
  "cell-failed": { turn: T, prompt: "Summarise the report.", before: failed },
  "cell-absent": { turn: T, prompt: "Anything", before: silentStart },
};
