// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test } from "vitest";
import { press, Stage } from "../../test/stage";

let stage: Stage;
let leaked: string[];
const note = (event: Event) => leaked.push((event as KeyboardEvent).key);

beforeEach(() => {
  leaked = [];
  stage = new Stage();
  for (const type of ["keydown", "keyup", "keypress"]) document.body.addEventListener(type, note);
});
afterEach(() => {
  for (const type of ["keydown", "keyup", "keypress"])
    document.body.removeEventListener(type, note);
  stage.leave();
});

test("no key typed in the view reaches the notebook", () => {
  stage.chat();
  const box = stage.type("x");
  for (const key of ["Enter", "a", "d", "Escape", "ArrowDown", "Tab"]) press(box, key);
  press(box, "Enter", { shiftKey: true });
  press(box, "b", { ctrlKey: true });
  for (const type of ["keyup", "keypress"]) {
    box.dispatchEvent(new KeyboardEvent(type, { key: "q", bubbles: true, composed: true }));
  }
  press(stage.find("button.send"), "Enter");
  expect(leaked).toEqual([]);
});

test("Save reaches the notebook", () => {
  stage.chat();
  press(stage.type("x"), "s", { ctrlKey: true });
  press(stage.type("x"), "S", { metaKey: true });
  expect(leaked).toEqual(["s", "S"]);
});

test("Escape gives the focus back to the cell", () => {
  stage.el.className = "jp-Cell";
  stage.el.tabIndex = -1;
  stage.chat();
  const box = stage.type("x");
  box.focus();
  press(box, "Escape");
  expect(document.activeElement).toBe(stage.el);
});

test("older JupyterLab is told to leave the keys alone", () => {
  stage.chat();
  expect(stage.host.dataset.lmSuppressShortcuts).toBe("true");
});

test("keys are the notebook's again when the view has gone", () => {
  stage.chat();
  const { host } = stage;
  stage.view.abort();
  document.body.append(host);
  press(host, "a");
  host.remove();
  expect(leaked).toEqual(["a"]);
});
