/**
 * What anywidget loads: the hub of a session, and by it the turns of its cells.
 *
 * Its one law: `initialize` does next to nothing, because anywidget gives up on a model whose module
 * takes longer than two seconds, and then every message to it is lost.
 */

import { adopt, linkFor } from "./link/hubs";
import { type HubModel, trait } from "./link/model";
import { drawCell } from "./view/cell";
import { drawChat } from "./view/chat";

interface Initialize {
  readonly model: HubModel;
  readonly signal?: AbortSignal;
}

interface Render extends Initialize {
  readonly el: HTMLElement;
}

/** What a turn's cell hands over; see `turn.ts`. */
export interface DrawTurn {
  readonly hub: HubModel;
  readonly turn: string;
  /** A line that the kernel says about this cell. */
  readonly note?: string;
  readonly staticClass: string;
  readonly el: HTMLElement;
  readonly signal?: AbortSignal;
}

/** Listen to the hub from the start: nothing that it says is lost while nobody looks. */
function initialize({ model, signal }: Initialize): void {
  adopt(model, signal);
}

/** Draw the whole conversation; the function that is returned ends the view in older hosts. */
function render({ model, el, signal }: Render): () => void {
  const view = lifetime(signal);
  const staticClass = trait(model, "static_class");
  drawChat({ link: linkFor(model), el, staticClass, signal: view.signal });
  return () => view.abort();
}

/** Draw one turn of the hub. */
export function drawTurn({ hub, turn, note, staticClass, el, signal }: DrawTurn): () => void {
  const view = lifetime(signal);
  const place = { link: linkFor(hub), el, staticClass, signal: view.signal };
  drawCell({ turn, note: note ?? "" }, place);
  return () => view.abort();
}

function lifetime(outer: AbortSignal | undefined): AbortController {
  const own = new AbortController();
  if (outer?.aborted) own.abort();
  outer?.addEventListener("abort", () => own.abort(), { once: true });
  return own;
}

export default { initialize, render };
