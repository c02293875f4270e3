// @vitest-environment jsdom
import { afterEach, expect, test } from "vitest";
import { followTheme, themeOfPage } from "./theme";

const { body, documentElement: html } = document;

afterEach(() => {
  for (const root of [body, html]) {
    for (const { name } of [...root.attributes]) root.removeAttribute(name);
  }
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

test.each([
  [body, "dark"],
  [html, "dark"],
  [body, "light"],
])("marimo and sites of documentation say it in data-theme", (root, theme) => {
  root.dataset.theme = theme;
  expect(themeOfPage()).toBe(theme);
});

test.each([
  ["rgb(17, 17, 17)", "dark"],
  ["rgb(250, 250, 245)", "light"],
  ["rgba(0, 0, 0, 0)", "light"],
  ["rgba(0, 0, 0, 0.2)", "light"],
])("a page that is %s and says nothing is %s", (colour, theme) => {
  body.style.backgroundColor = colour;
  expect(themeOfPage()).toBe(theme);
});

test("the host's word counts before the colour of its page", () => {
  body.style.backgroundColor = "rgb(0, 0, 0)";
  body.dataset.jpThemeLight = "true";
  expect(themeOfPage()).toBe("light");
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
