/**
 * Make elements without strings of HTML.
 *
 * Its one law: text goes in as text nodes, so nothing that a model wrote can become markup.
 */

/** Make a `tag` with a class and children; strings become text. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className = "",
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** Make a button that calls `press` until `signal` aborts. */
export function button(
  name: string,
  className: string,
  press: (event: MouseEvent) => void,
  signal: AbortSignal,
): HTMLButtonElement {
  const made = element("button", className, name);
  made.type = "button";
  made.addEventListener("click", press, { signal });
  return made;
}

/** Make a button that shows a `sign` only; its `name` is read out and shown under the pointer. */
export function signButton(
  sign: string,
  name: string,
  className: string,
  press: (event: MouseEvent) => void,
  signal: AbortSignal,
): HTMLButtonElement {
  const made = button(sign, className, press, signal);
  made.setAttribute("aria-label", name);
  made.title = name;
  return made;
}

/** Let `target` say `text`; an equal text touches nothing, so that selections stay. */
export function setText(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** Show `target` or not. */
export function show(target: HTMLElement, shown: boolean): void {
  if (target.hidden === shown) target.hidden = !shown;
}

/** Let `parent` have exactly `wanted` as children, moving and dropping as few as possible. */
export function arrange(parent: HTMLElement, wanted: readonly Element[]): void {
  const keep = new Set(wanted);
  for (const child of [...parent.children]) if (!keep.has(child)) child.remove();
  wanted.forEach((child, index) => {
    const there = parent.children[index];
    if (there !== child) parent.insertBefore(child, there ?? null);
  });
}
