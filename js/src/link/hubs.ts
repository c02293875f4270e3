/**
 * One link per hub in a page, however often this bundle is evaluated.
 *
 * anywidget evaluates the bundle for the hub, and the turns' cells import it once more from a blob:
 * both find the same links in one registry on `globalThis`. Its one law: whoever comes first makes
 * the link, and nobody makes a second one.
 */

import { CommLink } from "./comm";
import { type HubModel, trait } from "./model";

const KEY = Symbol.for("cellspeak.hubs");

/** Return the link of `model`'s hub, made at the first call. */
export function linkFor(model: HubModel): CommLink {
  const hubs = registry();
  const id = trait(model, "hub_id");
  const link = hubs.get(id) ?? new CommLink(model);
  hubs.set(id, link);
  return link;
}

/**
 * Let `model` carry its hub's messages until `signal` aborts. Call once per model: a page that drops
 * its models and makes them again, as on a reconnect, keeps the views that are drawn.
 */
export function adopt(model: HubModel, signal: AbortSignal | undefined): void {
  const link = linkFor(model);
  link.attach(model);
  signal?.addEventListener("abort", () => release(model, link), { once: true });
}

function release(model: HubModel, link: CommLink): void {
  if (!link.talksThrough(model)) return;
  link.close();
  registry().delete(trait(model, "hub_id"));
}

function registry(): Map<string, CommLink> {
  const page = globalThis as { [KEY]?: Map<string, CommLink> };
  page[KEY] ??= new Map();
  return page[KEY];
}
