/**
 * The page of the harness: `?scene=NAME&theme=dark` draws one scene with a kernel in the page.
 *
 * Its one law: the view is the real one, through the same doors that a notebook uses.
 */

import widget, { drawTurn } from "../../src/widget";
import { Kernel } from "../kernel";
import { SCENES } from "./scenes";

const query = new URLSearchParams(location.search);
const scene = SCENES[query.get("scene") ?? "talk"];
const place = document.querySelector("main");
document.body.dataset.jpThemeLight = String(query.get("theme") !== "dark");

if (!scene || !place) throw new Error(`expected a scene of ${Object.keys(SCENES).join(", ")}`);
const kernel = new Kernel({ hub_id: "harness" });
Object.assign(globalThis, { kernel, widget, scenes: SCENES }); // for the console
// `&more=no`: a kernel that does not have the second file.
if (query.get("more") !== "no") {
  const file = await (await fetch("more.js")).arrayBuffer();
  kernel.assets.set("more.js", new Uint8Array(file));
}
const { signal } = new AbortController();
widget.initialize({ model: kernel, signal });
scene.before?.(kernel);
if (scene.turn) {
  const cell = document.createElement("pre");
  cell.className = "cell";
  cell.textContent = `%%chat\n${scene.prompt ?? ""}`;
  place.append(cell);
  drawTurn({ hub: kernel, turn: scene.turn, staticClass: "cs-static-1", el: place, signal });
} else widget.render({ model: kernel, el: place, signal });
await scene.after?.(kernel, place);
document.body.dataset.ready = "true";
