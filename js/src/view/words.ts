/**
 * Say numbers and times the way people do.
 *
 * Its one law: whatever comes in, a short string comes out.
 */

import { str } from "../core/index";

const KB = 1000;

/** `1.4 s`, `2 min 5 s`, `4 h 7 min`; empty for what is no duration. */
export function duration(milliseconds: unknown): string {
  if (typeof milliseconds !== "number" || !(milliseconds >= 0)) return "";
  const seconds = milliseconds / 1000;
  if (seconds < 0.1) return `${Math.round(milliseconds)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
}

/** `850 bytes`, `12 KB`, `3.4 MB`. */
export function bytes(size: unknown): string {
  if (typeof size !== "number" || !(size >= 0)) return "";
  if (size < KB) return `${size} bytes`;
  if (size < KB * KB) return `${Math.round(size / KB)} KB`;
  return `${(size / KB / KB).toFixed(1)} MB`;
}

/** The time of day of an ISO time, in the reader's way; empty for what is no time. */
export function timeOfDay(iso: unknown): string {
  const time = new Date(typeof iso === "string" ? iso : Number.NaN);
  if (Number.isNaN(time.getTime())) return "";
  return times.format(time);
}

const UNITS: readonly (readonly [number, number, Intl.RelativeTimeFormatUnit])[] = [
  [90, 1, "second"],
  [5_400, 60, "minute"],
  [129_600, 3_600, "hour"],
  [Number.POSITIVE_INFINITY, 86_400, "day"],
];

/** How long ago an ISO time was: `5 minutes ago`; empty for what is no time. */
export function timeAgo(iso: unknown, now = Date.now()): string {
  const seconds = (now - new Date(str(iso, "x")).getTime()) / 1000;
  const [, size = 1, unit = "second"] = UNITS.find(([limit]) => seconds < limit) ?? [];
  if (Number.isNaN(seconds)) return "";
  return new Intl.RelativeTimeFormat([], { numeric: "auto" }).format(
    -Math.max(0, Math.round(seconds / size)),
    unit,
  );
}

// Made once: `toLocaleString` makes one at each call, 20 µs that a long conversation pays per turn.
const numbers = new Intl.NumberFormat();
const times = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit" });

/** A count with the reader's separators. */
export function count(value: number): string {
  return numbers.format(value);
}

/** `$0.0142`, `$1.20`: dollars, as the price lists have them; empty for what is no sum. */
export function money(dollars: unknown): string {
  if (typeof dollars !== "number" || !(dollars > 0)) return "";
  if (dollars < 0.0001) return "< $0.0001";
  return `$${dollars.toFixed(dollars < 0.1 ? 4 : 2)}`;
}

/** Characters that are not seen, or that turn the direction of what follows. */
const UNSEEN = /[\p{Cf}\p{Zl}\p{Zp}\p{Co}]/gu;

/** JSON for reading: indented, keys as they came, nothing invisible. A string is shown as it is. */
export function readable(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    return (JSON.stringify(value, null, 2) ?? "").replace(UNSEEN, escaped);
  } catch {
    return String(value);
  }
}

/** JSON for a glance: on one line if it fits there, else as `readable` writes it. */
export function compact(value: unknown): string {
  const line = typeof value === "string" ? value : readable(value).replace(/\n\s*/g, " ");
  return line.length <= WIDTH ? line : readable(value);
}

const WIDTH = 76;

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/**
 * A name from outside, safe to stand in one line: no control or direction characters, no line breaks,
 * at most `most` characters.
 */
export function oneLine(value: unknown, most = 120): string {
  const text = typeof value === "string" ? value : "";
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
