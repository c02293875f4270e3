/** Package → the file that stands in for it. */
export const ALIASES: Readonly<Record<string, string>>;
