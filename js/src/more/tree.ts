/**
 * JSON as a tree that is opened step by step.
 *
 * Its one law: nothing is drawn before somebody opens it, and what is long comes in pieces, so that
 * 10 MB cost no more than what is looked at. Keys and values go in as text.
 */

import { isObject } from "../core/index";
import { button, element } from "../view/element";
import { count, oneLine, readable } from "../view/words";
import { CARD } from "./cardStrings";

/** Entries that are drawn at once. */
const PIECE = 100;
const LONGEST = 10_000;

/** Make the tree of `value`, its first level open. Arrow keys move, open and close. */
export function jsonTree(value: unknown, signal: AbortSignal): HTMLElement {
  const root = element("div", "tree", node("", value, signal));
  const [top] = root.children;
  if (top instanceof HTMLDetailsElement) unfold(top, value, signal);
  root.addEventListener("keydown", moved, { signal });
  return root;
}

function node(key: string, value: unknown, signal: AbortSignal): HTMLElement {
  const name = key === "" ? [] : [element("span", "key", `${oneLine(key, 200)}: `)];
  const size = sizeOf(value);
  if (!size) return element("div", "leaf", ...name, leaf(value));
  const title = element("summary", "", ...name, element("span", "dim", size));
  const branch = element("details", "branch", title);
  branch.addEventListener("toggle", () => unfold(branch, value, signal), { signal });
  return branch;
}

/** Draw the entries of `value` when they are wanted first. */
function unfold(branch: HTMLDetailsElement, value: unknown, signal: AbortSignal): void {
  branch.open = branch.open || branch.childElementCount === 1;
  if (branch.childElementCount > 1) return;
  const box = element("div", "entries");
  branch.append(box);
  more(box, Object.entries(Object(value)), 0, signal);
}

function more(
  box: HTMLElement,
  entries: readonly [string, unknown][],
  from: number,
  signal: AbortSignal,
): void {
  const piece = entries.slice(from, from + PIECE);
  box.append(...piece.map(([key, value]) => node(key, value, signal)));
  const left = entries.length - from - piece.length;
  if (left === 0) return;
  const next = button(
    CARD.moreEntries(count(left)),
    "quiet",
    () => {
      const place = next.previousElementSibling;
      next.remove();
      more(box, entries, from + PIECE, signal);
      focusOn(place?.nextElementSibling);
    },
    signal,
  );
  box.append(next);
}

function focusOn(target: Element | null | undefined): void {
  const inside = target?.querySelector<HTMLElement>("summary") ?? target;
  if (!(inside instanceof HTMLElement)) return;
  if (inside.tagName !== "SUMMARY") inside.tabIndex = -1;
  inside.focus();
}

/** What a branch says of itself; empty for what has nothing in it. */
function sizeOf(value: unknown): string {
  if (Array.isArray(value)) return value.length > 0 ? CARD.listOf(count(value.length)) : "";
  const size = isObject(value) ? Object.keys(value).length : 0;
  return size > 0 ? CARD.objectOf(count(size)) : "";
}

function leaf(value: unknown): HTMLElement {
  const kind = value === null ? "null" : typeof value;
  const text = typeof value === "string" ? `"${value}"` : readable(value);
  return element("span", `value ${kind}`, text.slice(0, LONGEST));
}

const STEPS: Readonly<Record<string, 1 | -1>> = { ArrowDown: 1, ArrowUp: -1 };

function moved(event: KeyboardEvent): void {
  const { target, key, currentTarget } = event;
  if (!(target instanceof HTMLElement) || target.tagName !== "SUMMARY") return;
  const branch = target.parentElement as HTMLDetailsElement;
  const step = Object.hasOwn(STEPS, key) ? STEPS[key] : undefined;
  if (key === "ArrowRight") branch.open = true;
  else if (key === "ArrowLeft") closeOrLeave(branch);
  else if (step) stepFrom(target, step, currentTarget as HTMLElement);
  else return;
  event.preventDefault();
}

function closeOrLeave(branch: HTMLDetailsElement): void {
  if (branch.open) branch.open = false;
  else branch.parentElement?.closest("details.branch")?.querySelector("summary")?.focus();
}

function stepFrom(at: HTMLElement, step: 1 | -1, root: HTMLElement): void {
  const all = [...root.querySelectorAll<HTMLElement>("summary")].filter(isInSight);
  all[all.indexOf(at) + step]?.focus();
}

function isInSight(title: HTMLElement): boolean {
  return title.parentElement?.parentElement?.closest("details:not([open])") === null;
}
