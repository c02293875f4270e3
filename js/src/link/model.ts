/**
 * The part of an anywidget (or ipywidgets) model that is used here.
 *
 * Its one law: what comes from a model is `unknown` until it was looked at, and nothing is ever set.
 */

import { str } from "../core/index";

/** A hub model: anywidget's proxy of it, or the widget manager's own. */
export interface HubModel {
  get(name: string): unknown;
  on(name: string, callback: (...args: unknown[]) => void): void;
  off(name: string, callback: (...args: unknown[]) => void): void;
  send(content: unknown, callbacks?: unknown, buffers?: readonly ArrayBuffer[]): void;
  /** The page's; where it says how the kernel is, `host.ts` reads it. */
  readonly widget_manager?: unknown;
}

/** A trait of `model` as a string; empty where it is missing. */
export function trait(model: HubModel, name: string): string {
  return str(model.get(name));
}
