/** Scenes of what a person does in the chat: versions, files, commands, panels, silence. */

import type { Data } from "../../src/core/index";
import type { Kernel } from "../kernel";
import { asks, calls, completes, delta, status } from "../says";
import type { Scene } from "./scenes";
import { ANSWER } from "./texts";

const T = "s1.1";
const BILL = { input_tokens: 812, output_tokens: 244, cost: 0.0142 };

function versions(kernel: Kernel): void {
  kernel.write(
    asks(T, "What is in sales.csv?"),
    ...completes(T, "m1", ANSWER, BILL),
    asks("s1.2", "What is in sales.csv, in one line?"),
    ...completes("s1.2", "m2", "1,204 rows: one per region and month, January to October.", BILL),
    asks("s1.3", "And which region grew most?", { after_turn: "s1.2" }),
    ...completes("s1.3", "m3", "*North*, by **31 %**.", BILL),
    asks("s1.4", "And which region grew most?", { after_turn: "s1.2" }),
    ...completes("s1.4", "m4", "**North** grew most: by 31 % since January.", BILL),
  );
}

const CSV = btoa("region,month,revenue\nNorth,2026-01,41200\nWest,2026-01,38850\n");
const FILES: readonly Data[] = [
  { name: "sales.csv", mime: "text/csv", size: 62, data: CSV },
  { name: "a-very-long-name-of-a-file-that-does-not-fit-into-any-line.parquet", size: 8_400_000 },
];

function carrying(kernel: Kernel): void {
  const messages = [{ id: "u", content: "Look at these, please.", files: FILES }];
  kernel.write(
    asks(T, "", { messages }),
    ...completes(T, "m1", "Two files: a table and a parquet file."),
  );
}

async function opened(_kernel: Kernel, place: HTMLElement): Promise<void> {
  place.querySelector(".cellspeak")?.shadowRoot?.querySelector<HTMLElement>("summary")?.click();
  await pause(300);
}

async function editing(_kernel: Kernel, place: HTMLElement): Promise<void> {
  await press(place, "Edit");
}

async function attached(_kernel: Kernel, place: HTMLElement): Promise<void> {
  const box = boxOf(place);
  const canvas = document.createElement("canvas");
  canvas.width = 40;
  canvas.height = 40;
  const brush = canvas.getContext("2d");
  if (brush) brush.fillStyle = "#c44";
  brush?.fillRect(0, 0, 40, 40);
  const picture = await new Promise<Blob | null>((done) => canvas.toBlob(done));
  const data = new DataTransfer();
  data.items.add(new File([picture ?? ""], "plot.png", { type: "image/png" }));
  data.items.add(new File(["region,month"], "sales.csv", { type: "text/csv" }));
  box?.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
  await pause(300);
  await write(place, "What do you see in these?");
}

async function commands(_kernel: Kernel, place: HTMLElement): Promise<void> {
  await write(place, "/");
}

function sessions(kernel: Kernel): void {
  versions(kernel);
  const now = Date.now();
  const ago = (minutes: number) => new Date(now - minutes * 60_000).toISOString();
  const row = (session_id: string, title: string, minutes: number, more: Data = {}) => ({
    session_id,
    title,
    agent: "Researcher",
    notebook: "sales.ipynb",
    active_at: ago(minutes),
    ...more,
  });
  const value = [
    row("s1", "What is in sales.csv?", 0, { current: true }),
    row("s2", "Draw the trend by region, with the price on a second axis, please", 42),
    row("s3", "מה יש בקובץ?", 1_500),
    row("s4", "", 9_000, { notebook: "" }),
  ];
  kernel.errand = ({ what }) => ({ value: what === "sessions" ? value : null });
}

function busy(kernel: Kernel): void {
  kernel.write(
    asks(T, "Train the model."),
    status(T, "Processing"),
    delta(T, "m1", "I start with the smallest one."),
    calls(T, "t1", "train_model", { model: "ridge" }),
    asks("s1.2", "And then draw the errors.", { after_turn: T, queued: true }),
  );
}

async function stopping(kernel: Kernel, place: HTMLElement): Promise<void> {
  kernel.silent = true;
  await press(place, "Stop");
}

async function unanswered(kernel: Kernel, place: HTMLElement): Promise<void> {
  await pause(200);
  kernel.silent = true;
  await write(place, "Are you still there?");
  await press(place, "Send");
  await pause(3_300);
}

function rightToLeft(kernel: Kernel): void {
  document.documentElement.dir = "rtl";
  document.documentElement.lang = "he";
  kernel.write(
    asks(T, "מה יש בקובץ sales.csv?"),
    ...completes(T, "m1", "בקובץ יש **1,204 שורות**:\n\n1. צפון\n2. מערב\n\n`print(1)`", BILL),
    asks("s1.2", "מה יש בקובץ sales.csv, בקצרה?"),
    ...completes(
      "s1.2",
      "m2",
      "בקובץ יש **1,204 שורות**, מינואר עד אוקטובר.\n\n- צפון\n- מערב",
      BILL,
    ),
    asks("s1.3", "And in English?", { after_turn: "s1.2" }),
    ...completes("s1.3", "m3", "It has **1,204 rows**, from January to October.", BILL),
  );
}

function boxOf(place: HTMLElement): HTMLTextAreaElement | null | undefined {
  return place.querySelector(".cellspeak")?.shadowRoot?.querySelector("textarea[name=message]");
}

async function write(place: HTMLElement, text: string): Promise<void> {
  const box = boxOf(place);
  box?.focus();
  if (box) box.value = text;
  box?.dispatchEvent(new Event("input"));
  await pause(300);
}

async function press(place: HTMLElement, name: string): Promise<void> {
  await pause(200);
  const shadow = place.querySelector(".cellspeak")?.shadowRoot;
  const buttons = [...(shadow?.querySelectorAll("button") ?? [])];
  buttons.find((one) => one.textContent === name && !one.closest("[hidden]"))?.click();
  await pause(300);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}

const pressing = (name: string) => (_: Kernel, place: HTMLElement) => press(place, name);

async function help(_kernel: Kernel, place: HTMLElement): Promise<void> {
  await write(place, "/help");
  await press(place, "Send");
}

export const DOING: Readonly<Record<string, Scene>> = {
  versions: { before: versions },
  editing: { before: versions, after: editing },
  carrying: { before: carrying, after: opened },
  attached: { after: attached },
  commands: { before: versions, after: commands },
  sessions: { before: sessions, after: pressing("Conversations") },
  exporting: { before: versions, after: pressing("Export") },
  help: { before: versions, after: help },
  queued: { before: busy },
  stopping: { before: busy, after: stopping },
  unanswered: { before: versions, after: unanswered },
  rtl: { before: rightToLeft },
};
