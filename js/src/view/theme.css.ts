/** Colours and fonts: the host's where it has them, shifted until they are readable. */
export const THEME_CSS = `
:host {
  color-scheme: light;
  --cs-bg: var(--jp-layout-color0, var(--vscode-editor-background, #fff));
  --cs-fg: var(--jp-ui-font-color1, var(--vscode-editor-foreground, #1f2328));
  --cs-brand: var(--jp-brand-color1, var(--vscode-button-background, #1976d2));
  --cs-accent: color-mix(in srgb, var(--cs-brand) 88%, #000);
  --cs-on-accent: #fff;
  --cs-ok: #2e7d32;
  --cs-warn: #9a5b00;
  --cs-err: #c62828;
  --cs-dim: color-mix(in srgb, var(--cs-fg) 74%, var(--cs-bg));
  --cs-line: color-mix(in srgb, var(--cs-fg) 15%, var(--cs-bg));
  --cs-edge: color-mix(in srgb, var(--cs-fg) 56%, var(--cs-bg));
  --cs-bg2: color-mix(in srgb, var(--cs-fg) 4.5%, var(--cs-bg));
  --cs-bg3: color-mix(in srgb, var(--cs-fg) 9%, var(--cs-bg));
  --cs-tint: color-mix(in srgb, var(--cs-accent) 10%, var(--cs-bg));
  --cs-keyword: color-mix(in srgb, var(--jp-mirror-editor-keyword-color, var(--vscode-debugTokenExpression-boolean, #0a58ca)) 86%, #000);
  --cs-string: color-mix(in srgb, var(--jp-mirror-editor-string-color, var(--vscode-debugTokenExpression-string, #a31515)) 92%, #000);
  --cs-number: color-mix(in srgb, var(--jp-mirror-editor-number-color, var(--vscode-debugTokenExpression-number, #0a6b4f)) 82%, #000);
  --cs-name: color-mix(in srgb, var(--jp-mirror-editor-def-color, var(--vscode-debugTokenExpression-name, #5a32a3)) 82%, #000);
  --cs-meta: color-mix(in srgb, var(--jp-mirror-editor-meta-color, #7d4e00) 88%, #000);
  --cs-comment: color-mix(in srgb, var(--jp-mirror-editor-comment-color, var(--cs-dim)) 72%, var(--cs-fg));
  --cs-font: var(--jp-ui-font-family, var(--vscode-font-family, system-ui, sans-serif));
  --cs-mono: var(--jp-code-font-family, var(--vscode-editor-font-family, ui-monospace, monospace));
}
:host([data-theme="dark"]) {
  color-scheme: dark;
  --cs-bg: var(--jp-layout-color0, var(--vscode-editor-background, #17181a));
  --cs-fg: var(--jp-ui-font-color1, var(--vscode-editor-foreground, #e6e6e6));
  --cs-accent: color-mix(in srgb, var(--cs-brand) 52%, #fff);
  --cs-on-accent: #0d1520;
  --cs-keyword: color-mix(in srgb, var(--jp-mirror-editor-keyword-color, var(--vscode-debugTokenExpression-boolean, #7cb7ff)) 80%, #fff);
  --cs-string: color-mix(in srgb, var(--jp-mirror-editor-string-color, var(--vscode-debugTokenExpression-string, #e6a58a)) 80%, #fff);
  --cs-number: color-mix(in srgb, var(--jp-mirror-editor-number-color, var(--vscode-debugTokenExpression-number, #a9d6a0)) 80%, #fff);
  --cs-name: color-mix(in srgb, var(--jp-mirror-editor-def-color, var(--vscode-debugTokenExpression-name, #c9a6ff)) 62%, #fff);
  --cs-meta: color-mix(in srgb, var(--jp-mirror-editor-meta-color, #f0c068) 62%, #fff);
  --cs-ok: #81c784;
  --cs-warn: #f0b45a;
  --cs-err: #ff9a92;
  --cs-line: color-mix(in srgb, var(--cs-fg) 20%, var(--cs-bg));
  --cs-bg2: color-mix(in srgb, var(--cs-fg) 7%, var(--cs-bg));
  --cs-bg3: color-mix(in srgb, var(--cs-fg) 13%, var(--cs-bg));
  --cs-tint: color-mix(in srgb, var(--cs-accent) 15%, var(--cs-bg));
}
`;
