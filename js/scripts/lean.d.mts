import type { Plugin } from "esbuild";

export declare const PARSER: RegExp;
export declare function lean(text: string): string;
export declare const leanParser: Plugin;
