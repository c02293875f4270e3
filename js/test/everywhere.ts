/** One hostile text in every place that a model, a tool, a file's name or a remote agent can reach. */

import type { Data } from "../src/core/index";
import { Kernel, type Said } from "./kernel";
import { asks, calls, completes, delta, gives, requests, resolves, status } from "./says";

const T = "s1.1";
const TABLE = "application/vnd.cellspeak.table+json";

/** A kernel whose names, notes and list of conversations are `attack`. */
export function hostileKernel(attack: string): Kernel {
  const kernel = new Kernel({ agent_name: attack, resume_line: attack });
  const row = { session_id: attack, title: attack, agent: attack, notebook: attack };
  const sessions = [{ ...row, active_at: attack, current: false }];
  kernel.errand = ({ what }) => ({ value: what === "sessions" ? sessions : null });
  return kernel;
}

/** A turn with `attack` everywhere, and one after it that waits for a person. */
export function everywhere(attack: string): Said[] {
  const deep: Data = { [attack]: attack, list: [attack], ...many(attack) };
  const bundle = { "text/html": attack, "image/svg+xml": attack, "image/png": attack };
  return [
    posted(attack),
    status(T, "Processing"),
    { type: "thinking", turn: T, message: "th", data: { text: attack, done: true } },
    searched(attack),
    calls(T, "t1", attack, deep, attack),
    requests(T, "t1", attack, deep, { reason: attack, expires_at: attack }),
    { type: "tool_progress", turn: T, data: { tool_call_id: "t1", fraction: 0.1, text: attack } },
    resolves(T, "t1", false, { by: { kind: attack, name: attack }, deny_reason: attack }),
    gives(T, "t1", { result: deep, mime: bundle }),
    ...forms(attack),
    calls(T, "t2", attack, deep),
    gives(T, "t2", { error: attack, traceback: attack }),
    calls(T, attack, attack, {}),
    reauth(attack),
    { type: "error", turn: T, message: "e", data: { error: attack } },
    { type: "turn_cancelled", turn: T, message: "c", data: { by: { kind: attack } } },
    { type: attack, turn: T, message: attack, data: deep },
    ...completes(T, "m1", attack, { cost: attack, model: attack }),
    ...waiting(attack),
  ];
}

/** The events that stream `attack`, a character each. */
export function byCharacter(attack: string): Said[] {
  return [...attack].map((character) => delta("s1.2", "m2", character));
}

/** So many entries that they are a tree. */
function many(attack: string): Data {
  return Object.fromEntries(Array.from({ length: 14 }, (_, n) => [`${n}${attack}`, attack]));
}

function posted(attack: string): Said {
  const file = { name: attack, mime: attack };
  const text = { name: attack, mime: "text/html", data: btoa("<script>alert(1)</script>") };
  const picture = { name: attack, mime: "image/svg+xml", data: btoa("<svg onload='alert(1)'/>") };
  return asks(T, attack, { messages: [{ content: attack, files: [file, text, picture] }] });
}

function searched(attack: string): Said {
  const results = [{ title: attack, url: attack, snippet: attack }];
  return { type: "search_result", turn: T, message: "s", data: { query: attack, results } };
}

function reauth(attack: string): Said {
  const data = { request_id: "r", url: attack, reason: attack };
  return { type: "reauth_request", turn: T, message: "r", data };
}

/** Each kind of result by itself: only the best one of a bundle is drawn. */
function forms(attack: string): Said[] {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script><image href="https://evil.example/p.png"/><text>${attack}</text></svg>`;
  const bundles: Data = {
    html: { "text/html": attack },
    around: { "text/html": `<table title='${attack}'><td ${attack}>${attack}</td></table>` },
    markdown: { "text/markdown": attack },
    svg: { "image/svg+xml": svg },
    json: { "application/json": attack },
    table: { [TABLE]: { columns: [attack, { name: attack }], rows: [[attack], attack, [null]] } },
    none: { [attack]: attack },
  };
  return Object.entries(bundles).flatMap(([id, mime]) => [
    calls(T, id, id, { [attack]: attack }),
    gives(T, id, { result: attack, mime }),
  ]);
}

/** A call that asks, with a schema that is an attack of its own. */
function waiting(attack: string): Said[] {
  const args = {
    [attack]: attack,
    choice: attack,
    self: {},
    text: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!",
  };
  const own = { title: attack, description: attack, default: attack, $comment: attack };
  const schema = {
    ...own,
    type: "object",
    properties: {
      [attack]: { ...own, type: attack },
      choice: { enum: [attack, "x"], description: attack },
      self: { $ref: "#" },
      text: { type: "string", pattern: "^(a+)+$" },
      far: { $ref: "https://evil.example/schema.json" },
    },
    patternProperties: { "^(a+)+$": own },
    required: [attack],
  };
  return [
    asks("s1.2", "x", { after_turn: T }),
    status("s1.2", "Processing"),
    calls("s1.2", "w", attack, args, "awaiting_approval"),
    requests("s1.2", "w", attack, args, { args_schema: schema, reason: attack }),
    status("s1.2", "AwaitingApproval"),
  ];
}
