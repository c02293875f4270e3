/** The scenes of cards: tools with every kind of result, approvals at each step, thinking. */

import type { Data } from "../../src/core/index";
import type { Kernel, Said } from "../kernel";
import { asks, becomes, calls, closes, gives, requests, resolves, status } from "../says";
import type { Scene } from "./scenes";

const T = "s1.1";
const TABLE = "application/vnd.cellspeak.table+json";
const REGIONS = ["North", "West", "South", "East"];

const CHART = `<svg xmlns="http://www.w3.org/2000/svg" width="520" height="240" viewBox="0 0 520 240">
<rect width="520" height="240" fill="#fff"/><g stroke="#ddd"><path d="M40 200H500M40 150H500M40 100H500M40 50H500"/></g>
<path d="M40 190L132 176L224 150L316 118L408 74L500 52" fill="none" stroke="#1976d2" stroke-width="3"/>
<path d="M40 170L132 166L224 168L316 160L408 164L500 158" fill="none" stroke="#e07b00" stroke-width="3"/>
<g font-family="sans-serif" font-size="12" fill="#444"><text x="40" y="222">January</text><text x="452" y="222">October</text>
<text x="440" y="44">North</text><text x="446" y="148">West</text></g></svg>`;

const FORECAST = {
  model: { name: "ridge", alpha: 0.3, features: ["region", "month", "price"] },
  folds: Array.from({ length: 5 }, (_, n) => ({ fold: n + 1, rmse: 4.2 - n / 10, r2: 0.81 })),
  warnings: [],
  converged: true,
  note: null,
};

const TRACEBACK = `Traceback (most recent call last):
  File "tools.py", line 41, in fetch_rates
    return parse(download(url, timeout=5))
  File "tools.py", line 17, in download
    raise TimeoutError(f"{url} did not answer within {timeout} s")
TimeoutError: https://example.org/rates did not answer within 5 s`;

const SEND = {
  to: ["team@example.org", "lead@example.org"],
  subject: "Sales by region, January to October",
  body: "Hello,\n\nNorth grew most, by 31 %. West is flat.\nThe chart is attached.\n\nBest regards",
  priority: "normal",
  attach: true,
  retries: 2,
};

const SEND_SCHEMA = {
  type: "object",
  properties: {
    to: { type: "array", items: { type: "string" }, description: "Who gets it." },
    subject: { type: "string" },
    body: { type: "string" },
    priority: { enum: ["low", "normal", "high"] },
    attach: { type: "boolean", description: "Send the chart with it." },
    retries: { type: "integer", minimum: 0, maximum: 5 },
    reply_to: { anyOf: [{ type: "string" }, { type: "null" }], default: null },
  },
  required: ["to", "subject", "body"],
  additionalProperties: false,
};

function done(id: string, name: string, args: Data, outcome: Data): Said[] {
  return [
    calls(T, id, name, args),
    gives(T, id, outcome),
    becomes(T, id, outcome.error ? "failed" : "done"),
  ];
}

function started(kernel: Kernel, prompt: string, ...said: Said[]): void {
  kernel.write(asks(T, prompt), status(T, "Processing"), ...said);
}

function running(kernel: Kernel): void {
  const at = new Date(Date.now() - 83_000).toISOString();
  started(
    kernel,
    "Train the model on all regions.",
    ...done("t0", "read_table", { path: "sales.csv" }, { result: { rows: 1204 }, duration_ms: 38 }),
    { ...calls(T, "t1", "train_model", { model: "ridge", folds: 5, seed: 7 }), at },
    progress("t1", 0.62, "fold 4 of 5"),
    { ...calls(T, "t2", "fetch_rates", { url: "https://example.org/rates" }), at },
    progress("t2", null, "waiting for the server"),
  );
}

function progress(id: string, fraction: number | null, text: string): Said {
  return { type: "tool_progress", turn: T, data: { tool_call_id: id, fraction, text } };
}

function table(kernel: Kernel): void {
  const rows = Array.from({ length: 50 }, (_, n) => [
    REGIONS[n % 4],
    `2026-${String(1 + (n % 10)).padStart(2, "0")}`,
    41_200 + n * 137,
    n % 7 === 0 ? null : Math.round(n * 3.7) / 10,
    n % 9 === 0 ? "price changed twice, see price_history for the dates and reasons" : "",
  ]);
  const columns = ["region", "month", "revenue", "growth", "note"];
  const data = { columns, rows, total_rows: 1234, truncated: true };
  const outcome = { result: "…", mime: { [TABLE]: data }, duration_ms: 412 };
  started(
    kernel,
    "Show me the sales.",
    ...done("t1", "read_table", { path: "sales.csv" }, outcome),
  );
}

function figure(kernel: Kernel): void {
  const outcome = { result: null, mime: { "image/svg+xml": CHART }, duration_ms: 1_310 };
  const args = { of: "revenue", by: "region" };
  started(kernel, "Draw the trend.", ...done("t1", "draw_trend", args, outcome));
}

function tree(kernel: Kernel): void {
  const outcome = { result: FORECAST, duration_ms: 2_310 };
  started(kernel, "How good is the model?", ...done("t1", "evaluate", { model: "ridge" }, outcome));
}

function markup(kernel: Kernel): void {
  const html =
    "<style>td{color:red}</style><h3>Summary</h3><p>Three <b>regions</b>, see <a href='https://example.org/x'>the page</a>.</p>" +
    "<table><thead><tr><th>region</th><th>revenue</th></tr></thead><tbody><tr><td>North</td><td>53,970</td></tr>" +
    "<tr><td>West</td><td onclick='x()'>39,010</td></tr></tbody></table><img src='https://example.org/pixel.png' alt='a pixel'>";
  const outcome = { result: "Summary", mime: { "text/html": html }, duration_ms: 88 };
  started(kernel, "Summarise.", ...done("t1", "summarise", {}, outcome));
}

function traceback(kernel: Kernel): void {
  const error = "TimeoutError: https://example.org/rates did not answer within 5 s";
  const outcome = { error, traceback: TRACEBACK, duration_ms: 5_031 };
  const args = { url: "https://example.org/rates" };
  started(kernel, "Get the rates.", ...done("t1", "fetch_rates", args, outcome));
}

function sending(kernel: Kernel, more: Data = {}): void {
  started(
    kernel,
    "Send the summary to the team.",
    closes(T, "m1", "I would send this mail:"),
    calls(T, "t1", "send_mail", SEND, "awaiting_approval"),
    requests(T, "t1", "send_mail", SEND, {
      args_schema: SEND_SCHEMA,
      expires_at: "2026-11-22T18:30:00.000Z",
      ...more,
    }),
    status(T, "AwaitingApproval"),
  );
}

function edited(kernel: Kernel): void {
  sending(kernel);
  const args = { ...SEND, to: ["team@example.org"], priority: "high" };
  kernel.write(
    resolves(T, "t1", true, { args, remember: "tool" }),
    becomes(T, "t1", "running"),
    gives(T, "t1", { result: "sent to 1 address", duration_ms: 640 }),
    becomes(T, "t1", "done"),
  );
}

function thinking(kernel: Kernel): void {
  const thought = { type: "thinking", turn: T, message: "th" };
  started(
    kernel,
    "Which region grew most?",
    {
      ...thought,
      data: { text: "North has the steepest curve since June.\nOctober is not complete." },
    },
    { ...thought, data: { text: "", done: true, duration_ms: 3_400 } },
  );
  const more = { type: "thinking", turn: T, message: "th2", data: { text: "So I compare" } };
  kernel.write(more);
}

async function editing(_kernel: Kernel, place: HTMLElement): Promise<void> {
  await pause(400);
  press(place, "Edit arguments");
  await pause(1_000);
}

async function opened(_kernel: Kernel, place: HTMLElement): Promise<void> {
  const shadow = place.querySelector(".cellspeak")?.shadowRoot;
  for (const one of shadow?.querySelectorAll("details") ?? []) one.open = true;
  await pause(300);
}

function press(place: HTMLElement, name: string): void {
  const shadow = place.querySelector(".cellspeak")?.shadowRoot;
  const buttons = [...(shadow?.querySelectorAll("button") ?? [])];
  buttons.find((button) => button.textContent === name)?.click();
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}

export const CARDS: Readonly<Record<string, Scene>> = {
  "card-running": { before: running },
  "card-table": { before: table },
  "card-figure": { before: figure },
  "card-tree": { before: tree, after: opened },
  "card-html": { before: markup, after: opened },
  "card-traceback": { before: traceback, after: opened },
  "card-approval": { before: (kernel) => sending(kernel) },
  "card-form": { before: (kernel) => sending(kernel), after: editing },
  "card-edited": { before: edited, after: opened },
  "card-thinking": { before: thinking, after: opened },
};
