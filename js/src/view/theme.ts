/**
 * Find out whether the host is dark, and follow it.
 *
 * Hosts say it in different places. Its one law: the host's word counts before the system's, because a
 * light notebook on a dark system is light.
 */

export type Theme = "light" | "dark";

const WATCHED = [
  ...["class", "style", "theme", "data-theme"],
  ...["data-jp-theme-light", "data-vscode-theme-kind"],
];
const DARK = "(prefers-color-scheme: dark)";

/**
 * Return the theme of the page: what Jupyter's hosts, VS Code, Colab, marimo and most sites of
 * documentation say, else what its background looks like, else the system's.
 */
export function themeOfPage(): Theme {
  const { body, documentElement: html } = document;
  return (
    ofJupyter(body.dataset.jpThemeLight) ??
    ofVsCode(body) ??
    named(html.getAttribute("theme")) ??
    named(body.dataset.theme) ??
    named(html.dataset.theme) ??
    ofColour(getComputedStyle(body).backgroundColor) ??
    (globalThis.matchMedia?.(DARK).matches ? "dark" : "light")
  );
}

/** Keep `data-theme` of `target` equal to the theme of the page until `signal` aborts. */
export function followTheme(target: HTMLElement, signal: AbortSignal): void {
  const set = () => {
    target.dataset.theme = themeOfPage();
  };
  const observer = new MutationObserver(set);
  for (const root of [document.body, document.documentElement]) {
    observer.observe(root, { attributes: true, attributeFilter: WATCHED });
  }
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
  globalThis.matchMedia?.(DARK).addEventListener("change", set, { signal });
  set();
}

function ofJupyter(light: string | undefined): Theme | undefined {
  if (light === undefined) return undefined;
  return light === "false" ? "dark" : "light";
}

function ofVsCode(body: HTMLElement): Theme | undefined {
  const kind = body.dataset.vscodeThemeKind ?? body.className;
  if (!kind.includes("vscode-")) return undefined;
  const light = kind.includes("vscode-light") || kind.includes("vscode-high-contrast-light");
  return light ? "light" : "dark";
}

function named(theme: string | null | undefined): Theme | undefined {
  return theme === "dark" || theme === "light" ? theme : undefined;
}

/** Read an opaque background, as Voila has it in a theme of somebody's own: it says nothing else. */
function ofColour(colour: string): Theme | undefined {
  const [red, green, blue] =
    /^rgb\((\d+), (\d+), (\d+)\)$/.exec(colour)?.slice(1).map(Number) ?? [];
  if (red === undefined || green === undefined || blue === undefined) return undefined;
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128 ? "dark" : "light";
}
