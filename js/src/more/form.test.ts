// @vitest-environment jsdom
import { describe, expect, test } from "vitest";
import type { Data } from "../core/index";
import { ArgumentsForm } from "./form";

const { signal } = new AbortController();

function form(args: Data, schema: unknown): ArgumentsForm {
  return new ArgumentsForm(args, schema, signal);
}

function fields<E extends HTMLElement>(of: ArgumentsForm, selector: string): E[] {
  return [...of.element.querySelectorAll<E>(selector)];
}

function press(of: ArgumentsForm, name: string): void {
  const found = fields<HTMLButtonElement>(of, "button").find(
    (one) => one.textContent === name || one.getAttribute("aria-label") === name,
  );
  if (!found) throw new Error(`expected a button ${name}`);
  found.click();
}

const MAIL = {
  to: ["a@x", "b@x"],
  subject: "Hi",
  body: "one\r\ntwo",
  priority: "low",
  copy: true,
  retries: 2,
  options: { depth: { limit: 1.5 }, tags: [] },
  extra: null,
};
const SCHEMA = {
  type: "object",
  properties: {
    to: { type: "array", items: { type: "string" } },
    subject: { type: "string", description: "What it is about." },
    body: { type: "string" },
    priority: { $ref: "#/$defs/Priority" },
    copy: { type: "boolean" },
    retries: { type: "integer", minimum: 0 },
    options: { type: "object", properties: { depth: { type: "object" } } },
    extra: { anyOf: [{ type: "string" }, { type: "null" }] },
    later: { type: "integer", default: 3 },
  },
  required: ["to", "subject"],
  $defs: { Priority: { enum: ["low", "high"] } },
};

describe("a form", () => {
  test.each([
    ["with its schema", SCHEMA],
    ["without one", undefined],
    ["with another one's", { properties: { body: { type: "integer" }, to: { type: "boolean" } } }],
  ])("that nobody touched gives back what it was given, %s", (_, schema) => {
    const read = form(MAIL, schema).read();
    if (schema === SCHEMA || schema === undefined) expect(read).toEqual({ args: MAIL });
    else expect(read).toEqual({ problem: expect.stringContaining("Expected") });
  });

  test("has the control that fits each value, with its name and its description", () => {
    const made = form(MAIL, SCHEMA);
    const labels = fields<HTMLLabelElement>(made, "label").map(({ textContent, htmlFor }) => {
      const control = made.element.querySelector(`#${htmlFor}`);
      return [textContent, control?.tagName, control?.getAttribute("type")];
    });
    expect(labels).toEqual([
      ["to[0]", "INPUT", null],
      ["to[1]", "INPUT", null],
      ["subject", "INPUT", null],
      ["body", "TEXTAREA", null],
      ["priority", "SELECT", null],
      ["copy", "INPUT", "checkbox"],
      ["retries", "INPUT", null],
      ["limit", "INPUT", null],
      ["tags", "TEXTAREA", null],
      ["extra", "INPUT", null],
    ]);
    expect(made.element.textContent).toContain("What it is about.");
  });

  test("gives what was changed in each kind of field", () => {
    const made = form(MAIL, SCHEMA);
    const byName = new Map(
      fields<HTMLLabelElement>(made, "label").map((label) => [
        label.textContent,
        made.element.querySelector<HTMLInputElement>(`#${label.htmlFor}`),
      ]),
    );
    const change = (name: string, value: string) => {
      const field = byName.get(name);
      if (field) field.value = value;
    };
    change("to[0]", "c@x");
    change("body", "one");
    change("priority", "high");
    change("retries", " 5 ");
    change("limit", "0.25");
    change("tags", '["x"]');
    change("extra", "more");
    byName.get("copy")?.click();
    expect(made.read()).toEqual({
      args: {
        ...MAIL,
        to: ["c@x", "b@x"],
        body: "one",
        priority: "high",
        retries: 5,
        options: { depth: { limit: 0.25 }, tags: ["x"] },
        extra: "more",
        copy: false,
      },
    });
  });

  test("adds and drops items, and arguments that need not be there", () => {
    const made = form({ to: ["a@x"], subject: "Hi" }, SCHEMA);
    press(made, "Add");
    press(made, "Remove to[0]");
    press(made, "Add later");
    expect(made.read()).toEqual({ args: { to: [""], subject: "Hi", later: 3 } });
    press(made, "Remove later");
    expect(made.read()).toEqual({ args: { to: [""], subject: "Hi" } });
  });

  test.each([
    ["retries", "many", "Expected retries to be a number; got “many”."],
    ["retries", "-1", "Expected retries to be at least 0; got -1."],
    ["retries", "1.5", "Expected retries to be a whole number; got 1.5."],
    ["tags", "[", "Expected tags as JSON."],
  ])("says what is wrong with %s = %s", (name, value, problem) => {
    const made = form(MAIL, SCHEMA);
    const label = fields<HTMLLabelElement>(made, "label").find((l) => l.textContent === name);
    const field = made.element.querySelector<HTMLInputElement>(`#${label?.htmlFor}`);
    if (field) field.value = value;
    expect(made.read()).toEqual({ problem });
    expect(made.element.querySelector("[role=alert]")?.textContent).toBe(problem);
  });

  test.each([undefined, {}, { type: "object" }, { properties: 5 }, true])(
    "without properties (%j) is one field of JSON",
    (schema) => {
      const made = form({ a: 1 }, schema);
      const [json] = fields<HTMLTextAreaElement>(made, "textarea");
      if (json) json.value = '{"a": 2}';
      expect(made.read()).toEqual({ args: { a: 2 } });
      if (json) json.value = "[1]";
      expect(made.read()).toEqual({ problem: expect.stringContaining("JSON object") });
    },
  );

  test("takes keys of the language, and never loses one", () => {
    const args = JSON.parse('{"__proto__": {"x": 1}, "constructor": "y"}');
    expect(form(args, { properties: {} }).read()).toEqual({ args });
    expect(Object.keys((form(args, { properties: {} }).read() as { args: Data }).args)).toEqual([
      "__proto__",
      "constructor",
    ]);
  });

  test("of a schema that holds itself ends", () => {
    const schema = { properties: { a: { $ref: "#" } }, $ref: "#/properties/a" };
    expect(form({ a: { a: { a: { a: { a: { a: 1 } } } } } }, schema).read()).toEqual({
      args: { a: { a: { a: { a: { a: { a: 1 } } } } } },
    });
  });
});
