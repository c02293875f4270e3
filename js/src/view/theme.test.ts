// @vitest-environment jsdom
import { afterEach, expect, test } from "vitest";
import { followTheme, themeOfPage } from "./theme";

const { body, documentElement: html } = document;

afterEach(() => {
  for (const name of ["data-jp-theme-light", "data-vscode-theme-kind", "class"]) {
    body.removeAttribute(name);
  }
  html.removeAttribute("theme");
});

test.each([
  ["data-jp-theme-light", "false", "dark"],
  ["data-jp-theme-light", "true", "light"],
  ["data-vscode-theme-kind", "vscode-dark", "dark"],
  ["data-vscode-theme-kind", "vscode-light", "light"],
  ["data-vscode-theme-kind", "vscode-high-contrast", "dark"],
  ["data-vscode-theme-kind", "vscode-high-contrast-light", "light"],
  ["class", "vscode-dark", "dark"],
])("a body with %s=%s is %s", (name, value, theme) => {
  body.setAttribute(name, value);
  expect(themeOfPage()).toBe(theme);
});

test("Colab says it on the html element", () => {
  html.setAttribute("theme", "dark");
  expect(themeOfPage()).toBe("dark");
});

test("a page that says nothing is light where the system says nothing", () => {
  expect(themeOfPage()).toBe("light");
});

test("the theme is followed until the view goes", async () => {
  const target = document.createElement("div");
  const view = new AbortController();
  body.setAttribute("data-jp-theme-light", "true");
  followTheme(target, view.signal);
  expect(target.dataset.theme).toBe("light");
  body.setAttribute("data-jp-theme-light", "false");
  await Promise.resolve();
  expect(target.dataset.theme).toBe("dark");
  view.abort();
  body.setAttribute("data-jp-theme-light", "true");
  await Promise.resolve();
  expect(target.dataset.theme).toBe("dark");
});
