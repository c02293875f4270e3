/**
 * Lay out long tables row by row.
 *
 * A browser measures a whole table anew for each row that comes: 28 ms at 100 KB. Beyond `GROUP` rows
 * every row is a grid of its own, in groups that are skipped out of sight, and the columns' shares
 * come from the words of the first group. Its one law: what comes out depends on the rows alone.
 */

/** Rows in a group. */
const GROUP = 64;
/** The narrowest and the widest share of a column, in characters. */
const [NARROW, WIDE] = [9, 48];

/** The rows of a `div.table`, from the one with number `from` on. */
export function rowsFrom(table: Element, from: number): ChildNode[] {
  const first = Math.floor(from / GROUP);
  const rows = groupsOf(table)
    .slice(first)
    .flatMap((group) => [...group.childNodes]);
  return rows.slice(from - first * GROUP);
}

/** The element that rows are added to; `regroup` comes after it. */
export function lastGroup(table: Element): Element | undefined {
  return groupsOf(table).at(-1);
}

/** Bring a `div.table` into the shape that its rows ask for; only its last groups may be off. */
export function regroup(table: HTMLElement): void {
  let last = lastGroup(table);
  while (last && last.childElementCount > GROUP) last = split(last);
  while (last && !last.firstChild) {
    last.remove();
    last = lastGroup(table);
  }
  const isLong = groupsOf(table).length > 1;
  if (isLong === table.classList.contains("long")) return;
  table.classList.toggle("long", isLong);
  if (isLong) setColumns(table);
  else table.removeAttribute("style");
}

function groupsOf(table: Element): Element[] {
  const children = [...(table.firstElementChild?.children ?? [])];
  return children.filter(({ localName }) => localName === "tbody");
}

/** Move the rows that are too many into a group behind. */
function split(group: Element): Element {
  const next = document.createElement("tbody");
  next.append(...[...group.childNodes].slice(GROUP));
  group.after(next);
  return next;
}

function setColumns(table: HTMLElement): void {
  const head = [...table.querySelectorAll("thead > tr")];
  const rows = [...head, ...rowsFrom(table, 0).slice(0, GROUP)];
  const widths = [...(head[0]?.children ?? [])].map((_, at) =>
    Math.max(...rows.map(({ childNodes }) => childNodes[at]?.textContent?.length ?? 0)),
  );
  const shares = widths.map((width) => Math.min(WIDE, Math.max(NARROW, width)));
  const columns = shares.map((share) => `minmax(${NARROW}ch, ${share}fr)`);
  table.style.setProperty("--columns", columns.join(" "));
  table.style.setProperty("--least", `${shares.length * NARROW}ch`);
}
