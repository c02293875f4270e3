/**
 * The second file: what a view is better with and can do without.
 *
 * It comes over the comm on first need and is never stored in a notebook, so what is heavy lives here.
 * Its one law: it only makes elements and answers questions; what it is not there for still reads
 * well. A view gets it from `view/more.ts`, and imports nothing from here but types.
 */

export { math } from "./math";
