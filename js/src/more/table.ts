/**
 * A table that a tool gave back.
 *
 * Its one law: it scrolls inside its own box, cells are text, and it says when rows are missing.
 */

import { type Data, dict, list } from "../core/index";
import { element } from "../view/element";
import { STRINGS } from "../view/strings";
import { compact, count, oneLine, readable } from "../view/words";

const ROWS = 200;
const COLUMNS = 60;
const CELL = 400;

/** Make a drawing of `{columns, rows, total_rows, truncated}`; undefined if it is no table. */
export function drawTable(table: Data): HTMLElement | undefined {
  const columns = list(table.columns).slice(0, COLUMNS).map(nameOf);
  const rows = list(table.rows);
  if (columns.length === 0) return undefined;
  const shown = rows.slice(0, ROWS).map((row) => valuesOf(row, columns));
  const numeric = columns.map((_, i) => isNumeric(shown.map((row) => row[i])));
  const head = element("thead", "", line("th", columns, numeric));
  const body = element("tbody", "", ...shown.map((row) => line("td", row, numeric)));
  const box = element("div", "scroll", element("table", "", head, body));
  // What is wider or longer than the box is reached with the keyboard, too.
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", STRINGS.table);
  return element("div", "data", box, element("div", "dim note", sizeOf(table, rows, shown)));
}

function nameOf(column: unknown): string {
  const name = typeof column === "object" ? dict(column).name : column;
  return typeof name === "string" ? name : readable(name ?? "");
}

function valuesOf(row: unknown, columns: readonly string[]): readonly unknown[] {
  if (Array.isArray(row)) return columns.map((_, i) => row[i]);
  const cells = dict(row);
  return columns.map((name) => (Object.hasOwn(cells, name) ? cells[name] : undefined));
}

function isNumeric(values: readonly unknown[]): boolean {
  const there = values.filter((value) => value !== null && value !== undefined && value !== "");
  return there.length > 0 && there.every((value) => typeof value === "number");
}

function line(
  tag: "td" | "th",
  values: readonly unknown[],
  numeric: readonly boolean[],
): HTMLElement {
  const cells = values.map((value, i) => {
    const cell = element(tag, numeric[i] ? "number" : "", textOf(value));
    if (tag === "th") cell.scope = "col";
    return cell;
  });
  return element("tr", "", ...cells);
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  return oneLine(compact(value), CELL);
}

function sizeOf(table: Data, rows: readonly unknown[], shown: readonly unknown[]): string {
  const total = typeof table.total_rows === "number" ? table.total_rows : rows.length;
  if (shown.length >= total && table.truncated !== true) return STRINGS.rows(count(total));
  return STRINGS.rowsOf(count(shown.length), count(Math.max(total, shown.length)));
}
