/**
 * Text and controls can be read in every theme: WCAG 2.2 AA, computed from the sheet itself and from
 * the hosts' own colours.
 */

import { describe, expect, test } from "vitest";
import { THEME_CSS } from "./theme.css";

/** Red, green, blue and opacity, each from 0 to 1. */
type Colour = readonly [number, number, number, number];
type Vars = ReadonlyMap<string, string>;

/** JupyterLab 4.6, Notebook 7.6 and Voila 0.5, as their themes say; VS Code's defaults. */
const JUPYTER = ["jp-layout-color0", "jp-ui-font-color1", "jp-brand-color1"];
const MIRROR = ["keyword", "string", "number", "def", "meta", "comment"];
const DEBUG = ["boolean", "string", "number", "name"];
const HOSTS: readonly (readonly [string, string, Vars])[] = [
  ["no host", "light", new Map()],
  ["no host", "dark", new Map()],
  [
    "JupyterLab",
    "light",
    jupyter("#ffffff rgba(0,0,0,0.87) #1976d2 #008000 #ba2121 #008800 #0000ff #aa22ff #408080"),
  ],
  [
    "JupyterLab",
    "dark",
    jupyter(
      "#111111 rgba(255,255,255,0.87) #2196f3 #4caf50 #ff7070 #66bb6a #1e88e5 #aa22ff #408080",
    ),
  ],
  [
    "High Contrast",
    "dark",
    jupyter("#111111 #ffffff #319bf2 #4eb352 #ff7070 #66bb6a #1e88e5 #aa22ff #56acac"),
  ],
  ["VS Code", "light", code("#ffffff #3b3b3b #005fb8 #0000ff #a31515 #098658 #9b46b0")],
  ["VS Code", "dark", code("#1f1f1f #cccccc #0078d4 #4e94ce #ce9178 #b5cea8 #c586c0")],
  [
    "VS Code High Contrast",
    "dark",
    code("#000000 #ffffff #1976d2 #75bdfe #f48771 #89d185 #ffffff"),
  ],
];

const CODE = ["keyword", "string", "number", "name", "meta", "comment"];
const TEXT: readonly (readonly [ink: string, paper: string])[] = [
  ...["fg", "dim", "accent", "ok", "warn", "err"].flatMap(
    (ink) =>
      [
        [ink, "bg"],
        [ink, "bg2"],
      ] as const,
  ),
  ...CODE.map((ink) => [ink, "bg2"] as const),
  ["fg", "bg3"],
  ["fg", "tint"],
  ["on-accent", "accent"],
];
const CONTROLS = [
  ["edge", "bg"],
  ["accent", "bg"],
] as const;

describe.each(HOSTS)("in %s, %s,", (_host, theme, host) => {
  const vars = new Map([...host, ...declared(theme === "dark")]);
  const contrast = (ink: string, paper: string) => {
    const below = over(colour(`var(--cs-${paper})`, vars), [1, 1, 1, 1]);
    return ratio(over(colour(`var(--cs-${ink})`, vars), below), below);
  };

  test.each(TEXT)("text in %s on %s has a contrast of 4.5 or more", (ink, paper) => {
    expect(contrast(ink, paper)).toBeGreaterThanOrEqual(4.5);
  });

  test.each(CONTROLS)("a control in %s on %s has a contrast of 3 or more", (ink, paper) => {
    expect(contrast(ink, paper)).toBeGreaterThanOrEqual(3);
  });
});

test("the sum is that of the standard", () => {
  expect(ratio([0, 0, 0, 1], [1, 1, 1, 1])).toBeCloseTo(21);
  expect(ratio(colour("#777", new Map()), [1, 1, 1, 1])).toBeCloseTo(4.48, 2);
  expect(colour("color-mix(in srgb, #fff 25%, var(--none, #000))", new Map())[0]).toBeCloseTo(0.25);
});

function jupyter(values: string): Vars {
  const names = [...JUPYTER, ...MIRROR.map((kind) => `jp-mirror-editor-${kind}-color`)];
  return named(names, values);
}

function code(values: string): Vars {
  const plain = ["editor-background", "editor-foreground", "button-background"];
  const names = [...plain, ...DEBUG.map((kind) => `debugTokenExpression-${kind}`)];
  return named(
    names.map((name) => `vscode-${name}`),
    values,
  );
}

function named(names: readonly string[], values: string): Vars {
  const all = values.split(" ");
  expect(all).toHaveLength(names.length);
  return new Map(names.map((name, index) => [`--${name}`, all[index] ?? ""]));
}

/** Our own variables: those of every theme, and over them those of the dark one. */
function declared(dark: boolean): Map<string, string> {
  const [light = "", darker = ""] = THEME_CSS.split(":host([data-theme");
  const found = (css: string) => [...css.matchAll(/(--cs-[\w-]+): ([^;]+);/g)];
  const all = dark ? [...found(light), ...found(darker)] : found(light);
  return new Map(all.map(([, name = "", value = ""]) => [name, value]));
}

function colour(css: string, vars: Vars): Colour {
  const [name = "", inner = ""] = css.match(/^([\w-]+)\((.*)\)$/)?.slice(1) ?? [];
  const [first = "", second = "", third = ""] = parts(inner);
  if (name === "var") return colour(vars.get(first) ?? second, vars);
  if (name === "color-mix") return mixed(second, third, vars);
  if (name === "rgba") return rgba(parts(inner));
  return hex(css);
}

/** Mix as `color-mix(in srgb, …)` does, with the colours multiplied by their opacities. */
function mixed(share: string, rest: string, vars: Vars): Colour {
  const [, css = "", percent = ""] = /^(.*) ([\d.]+)%$/.exec(share) ?? [];
  const [one, other, part] = [colour(css, vars), colour(rest, vars), Number(percent) / 100];
  const alpha = one[3] * part + other[3] * (1 - part);
  const at = (n: 0 | 1 | 2) => (one[n] * one[3] * part + other[n] * other[3] * (1 - part)) / alpha;
  return [at(0), at(1), at(2), alpha];
}

/** Split at the commas that stand in no parentheses. */
function parts(list: string): string[] {
  let depth = 0;
  const split = [""];
  for (const char of list) {
    depth += Number(char === "(") - Number(char === ")");
    if (char === "," && depth === 0) split.push("");
    else split[split.length - 1] += char;
  }
  return split.map((part) => part.trim());
}

function rgba([red = "", green = "", blue = "", alpha = "1"]: readonly string[]): Colour {
  return [Number(red) / 255, Number(green) / 255, Number(blue) / 255, Number(alpha)];
}

function hex(css: string): Colour {
  const [, short] = /^#([\da-f]{3}|[\da-f]{6})$/i.exec(css) ?? [];
  if (short === undefined) throw new Error(`expected a colour; got ${css}`);
  const long = short.length === 3 ? short.replace(/./g, "$&$&") : short;
  const at = (from: number) => Number.parseInt(long.slice(from, from + 2), 16) / 255;
  return [at(0), at(2), at(4), 1];
}

function over([red, green, blue, alpha]: Colour, below: Colour): Colour {
  const at = (value: number, under: number) => value * alpha + under * (1 - alpha);
  return [at(red, below[0]), at(green, below[1]), at(blue, below[2]), 1];
}

function ratio(one: Colour, other: Colour): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance([red, green, blue]: Colour): number {
  const linear = (x: number) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}
