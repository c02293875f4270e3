/**
 * Give styles to shadow roots.
 *
 * Its one law: one sheet for all roots of a page, where the browser can share it, and each root wears
 * it once, however often it is asked.
 */

const sheets = new Map<string, CSSStyleSheet>();

/** Let `root` have the styles `css`, after those that it has. */
export function wear(root: ShadowRoot, css: string): void {
  try {
    const sheet = sheets.get(css) ?? sheetOf(css);
    sheets.set(css, sheet);
    const worn = root.adoptedStyleSheets;
    if (!worn.includes(sheet)) root.adoptedStyleSheets = [...worn, sheet];
  } catch {
    const there = [...root.querySelectorAll("style")];
    if (there.some(({ textContent }) => textContent === css)) return;
    const style = document.createElement("style");
    style.textContent = css;
    root.append(style);
  }
}

function sheetOf(css: string): CSSStyleSheet {
  const made = new CSSStyleSheet();
  made.replaceSync(css);
  return made;
}
