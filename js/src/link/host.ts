/**
 * What the page itself knows of its kernel, where it tells: JupyterLab and Notebook do.
 *
 * Its one law: it is a guest; whatever is missing, renamed or throws there is `unknown` here.
 */

import { isObject, str } from "../core/index";

/**
 * `idle` and `busy` as the host shows them; `dead`: ended or being started anew; `away`: the page has
 * lost its server and tries to reach it.
 */
export type HostWord = "idle" | "busy" | "dead" | "away" | "unknown";

const WORDS: Readonly<Record<string, HostWord>> = {
  idle: "idle",
  busy: "busy",
  dead: "dead",
  terminating: "dead",
  restarting: "dead",
  autorestarting: "dead",
};

interface Signal {
  connect(told: () => void): unknown;
  disconnect(told: () => void): unknown;
}

/** The kernel's state as `manager`, the page's widget manager, has it. */
export function hostWord(manager: unknown): HostWord {
  try {
    if (!isObject(manager) || !("kernel" in manager)) return "unknown";
    const { kernel } = manager;
    if (kernel === null) return "dead";
    return isObject(kernel) ? wordOf(kernel.status, kernel.connectionStatus) : "unknown";
  } catch {
    return "unknown";
  }
}

/** Call `told` when that changes; returns what ends it. */
export function watchHost(manager: unknown, told: () => void): () => void {
  try {
    const kernel = isObject(manager) ? manager.kernel : undefined;
    if (!isObject(kernel)) return () => {};
    const signals = [kernel.statusChanged, kernel.connectionStatusChanged].filter(isSignal);
    for (const signal of signals) signal.connect(told);
    return () => {
      for (const signal of signals) signal.disconnect(told);
    };
  } catch {
    return () => {};
  }
}

function wordOf(status: unknown, connection: unknown): HostWord {
  const away = connection === "connecting" || connection === "disconnected";
  if (away) return "away";
  return WORDS[str(status)] ?? "unknown";
}

function isSignal(value: unknown): value is Signal {
  return isObject(value) && typeof value.connect === "function";
}
