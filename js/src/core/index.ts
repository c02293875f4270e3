/** The session contract as pure functions: no DOM, no clock, no chance. */

export * from "./codec";
export * from "./commandCodec";
export type * from "./commands";
export * from "./conversation";
export * from "./events";
export * from "./fold";
export * from "./frames";
export * from "./json";
export * from "./rules";
export * from "./turns";
