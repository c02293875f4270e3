/**
 * Unicode's punctuation and symbols, by the browser's own tables.
 *
 * Stands in for the `uc.micro` package when the bundle is built.
 */

export const P = /\p{P}/u;
export const S = /\p{S}/u;
