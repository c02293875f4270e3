/** The looks of what is drawn from the second file: one sheet for every shadow root of the page. */

import { wear } from "../view/sheet";
import { CARDS_CSS } from "./cards.css";

const CSS = `${CARDS_CSS}
.sent { margin-top: 4px; font-size: 13px; text-align: start; }
.picture { display: block; max-width: min(100%, 480px); max-height: 360px; border: 1px solid var(--cs-line); border-radius: 8px; }
.composer > .files:not([hidden]), .field > .files { flex: 1 0 100%; padding: 2px; }
.field > .files .chip { display: inline-flex; gap: 4px; align-items: center; padding-inline-end: 2px; max-width: 100%; overflow-wrap: anywhere; }
.thumbnail { width: 20px; height: 20px; border-radius: 4px; object-fit: cover; margin-inline-start: -6px; }
.options { margin-bottom: 4px; padding: 4px; max-height: 220px; overflow-y: auto; border: 1px solid var(--cs-line); border-radius: 12px; background: var(--cs-bg); box-shadow: 0 2px 8px rgb(0 0 0 / .12); }
.option { display: flex; flex-wrap: wrap; gap: 0 12px; padding: 4px 8px; border-radius: 8px; cursor: pointer; font-size: 13px; }
.option strong { min-width: 64px; font: 600 13px/20px var(--cs-mono); }
.option[aria-selected="true"] { background: var(--cs-tint); outline: 1px solid var(--cs-accent); outline-offset: -1px; }
.panel { margin-bottom: 8px; max-height: min(50vh, 420px); overflow-y: auto; padding: 8px 12px 12px; border: 1px solid var(--cs-line); border-radius: 12px; background: var(--cs-bg); box-shadow: 0 2px 8px rgb(0 0 0 / .12); }
.panel-head { display: flex; justify-content: space-between; align-items: center; margin-bottom: 8px; }
.panel-head strong { outline: 0; }
.sessions { margin: 0; padding: 0; list-style: none; }
.session { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: center; padding: 6px 0; border-top: 1px solid var(--cs-line); }
.session .about { flex: 1 1 200px; display: flex; flex-direction: column; min-width: 0; font-size: 12px; }
.session .title { font-size: 14px; overflow-wrap: anywhere; align-self: flex-start; }
.session .acts { justify-content: flex-end; }
.asked > span { font-size: 13px; }
.help { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; margin: 0; font-size: 13px; }
.help dd { margin: 0; }
.editor { display: flex; flex-direction: column; gap: 8px; width: min(100%, 640px); }
.editor textarea { width: 100%; padding: 8px 14px; border: 1px solid var(--cs-edge); border-radius: 16px; border-end-end-radius: 4px; background: var(--cs-bg); color: inherit; font: 14px/22px var(--cs-font); resize: vertical; }
.editor textarea:focus-visible { outline-offset: -1px; }
.editor .buttons { justify-content: flex-end; font-size: 12px; }
kbd { font: 12px/20px var(--cs-mono); padding: 1px 6px; border: 1px solid var(--cs-line); border-radius: 4px; background: var(--cs-bg2); white-space: nowrap; }
`;

/** Give `root` these styles; once, however often it is asked. */
export function dress(root: ShadowRoot): void {
  wear(root, CSS);
}
