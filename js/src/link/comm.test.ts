import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Kernel } from "../../test/kernel";
import { asks, closes, completes, delta, status } from "../../test/says";
import { encode } from "../core/index";
import { CommLink } from "./comm";
import type { Reader } from "./link";
import { upload } from "./upload";

const T = "s1.1";

let kernel: Kernel;
let link: CommLink;
let view: AbortController;

function reader(shown = true): Reader & { calls: number } {
  const made = {
    calls: 0,
    changed: () => {
      made.calls += 1;
    },
    shown: () => shown,
  };
  return made;
}

function said(): string {
  return link.conversation.turns.get(T)?.messages.at(-1)?.text ?? "";
}

function expectWhole(): void {
  expect(encode(link.conversation)).toEqual(encode(kernel.conversation));
}

/** Carries messages, and loses, doubles and holds back some, by a fixed seed. */
function badWire(seed: number) {
  let state = seed * 7_919;
  let worst = 0.3;
  let held: (() => void)[] = [];
  const chance = () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const flush = () => {
    const now = held.map((send) => ({ send, at: worst ? chance() : 0 }));
    held = [];
    for (const { send } of now.sort((one, other) => one.at - other.at)) send();
  };
  const carry: Kernel["deliver"] = (message, pass) => {
    if (chance() < worst) return;
    held.push(() => pass(message));
    if (chance() < worst) held.push(() => pass(message));
    if (chance() >= worst) flush();
  };
  const heal = () => {
    worst = 0;
    flush();
  };
  return { carry, heal, chance };
}

/** A widget manager like JupyterLab's. */
class Manager {
  readonly told = new Set<() => void>();
  readonly kernel = {
    status: "idle",
    connectionStatus: "connected",
    statusChanged: this.#signal(),
    connectionStatusChanged: this.#signal(),
  };

  become(status: string, connectionStatus = "connected"): void {
    Object.assign(this.kernel, { status, connectionStatus });
    for (const one of this.told) one();
  }

  #signal() {
    return {
      connect: (one: () => void) => this.told.add(one),
      disconnect: (one: () => void) => this.told.delete(one),
    };
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  kernel = new Kernel();
  link = new CommLink(kernel);
  view = new AbortController();
});

afterEach(() => {
  view.abort();
  vi.useRealTimers();
});

describe("a page that has drawn nothing yet", () => {
  const pings = () => kernel.heard.filter(({ t }) => t === "ping").length;

  test("says that it is there, less and less often, and asks for nothing", () => {
    link.attach(kernel);
    vi.advanceTimersByTime(3_000 + 6_000 + 10_000 + 10_000);
    expect(kernel.heard).toEqual(Array(5).fill({ t: "ping" }));
  });

  test("is silent about itself once a view says hello, and after the view has gone", () => {
    link.attach(kernel);
    link.subscribe(reader(), view.signal);
    view.abort();
    const before = pings();
    vi.advanceTimersByTime(60_000);
    expect(pings()).toBe(before);
  });
});

describe("the conversation", () => {
  test("is nothing until a view was drawn, then what the kernel holds", () => {
    kernel.write(asks(T, "hi"), ...completes(T, "m", "hello"));
    expect(kernel.heard).toEqual([]);
    expect(link.held).toBe(false);
    link.subscribe(reader(), view.signal);
    expect(link.status).toBe("connected");
    expectWhole();
  });

  test("grows by frames, each acknowledged with its number", () => {
    link.subscribe(reader(), view.signal);
    kernel.say(asks(T, "hi"), status(T, "Processing"));
    kernel.say(delta(T, "m", "he"));
    kernel.say(delta(T, "m", "llo"));
    expect(said()).toBe("hello");
    expect(kernel.heardOf("ack").map(({ seq }) => seq)).toEqual([1, 3, 4, 5]);
    expectWhole();
  });

  test("reads bare texts as deltas of the message named last", () => {
    link.subscribe(reader(), view.signal);
    kernel.say(asks(T, "hi"), status(T, "Processing"));
    const first = kernel.seq + 1;
    kernel.write(delta(T, "m", "he"), delta(T, "m", "llo"));
    kernel.down({ t: "events", first, seq: first, turn: T, message: "m", items: ["he"] });
    kernel.down({ t: "events", first: first + 1, seq: first + 1, items: ["llo"] });
    expect(said()).toBe("hello");
    expectWhole();
  });

  test("takes a doubled frame once", () => {
    kernel.deliver = (message, pass) => {
      pass(message);
      pass(message);
    };
    link.subscribe(reader(), view.signal);
    kernel.say(asks(T, "hi"), status(T, "Processing"));
    kernel.say(delta(T, "m", "once"));
    expect(said()).toBe("once");
    expect(kernel.heardOf("resync")).toEqual([]);
  });

  test("asks anew after a lost frame and loses nothing", () => {
    link.subscribe(reader(), view.signal);
    kernel.say(asks(T, "hi"), status(T, "Processing"));
    kernel.deliver = () => {};
    kernel.say(delta(T, "m", "lost "));
    kernel.deliver = (message, pass) => pass(message);
    kernel.say(delta(T, "m", "found"));
    expect(kernel.heardOf("resync")).toEqual([{ t: "resync", have: 3 }]);
    expect(said()).toBe("lost found");
    expectWhole();
  });

  test("is whole again after frames in the wrong order", () => {
    const late: (() => void)[] = [];
    link.subscribe(reader(), view.signal);
    kernel.say(asks(T, "hi"), status(T, "Processing"));
    kernel.deliver = (message, pass) => void late.push(() => pass(message));
    kernel.say(delta(T, "m", "a"));
    kernel.say(delta(T, "m", "b"));
    kernel.deliver = (message, pass) => pass(message);
    for (const send of late.reverse()) send();
    expect(said()).toBe("ab");
    expectWhole();
  });

  test("is whole again within ten seconds when the last frame of all was lost", () => {
    link.subscribe(reader(), view.signal);
    kernel.deliver = () => {};
    kernel.say(asks(T, "hi"), ...completes(T, "m", "the end"));
    kernel.deliver = (message, pass) => pass(message);
    vi.advanceTimersByTime(10_000);
    expectWhole();
  });

  test("is whole again at once when the kernel says how far the log goes", () => {
    link.subscribe(reader(), view.signal);
    kernel.deliver = () => {};
    kernel.say(asks(T, "hi"), ...completes(T, "m", "the end"));
    kernel.deliver = (message, pass) => pass(message);
    kernel.end();
    expectWhole();
    kernel.end();
    expect(kernel.heardOf("resync")).toHaveLength(1);
    expect(kernel.heardOf("ack").at(-1)).toEqual({ t: "ack", seq: kernel.seq });
  });

  test.each(Array.from({ length: 40 }, (_, seed) => seed + 1))(
    "survives lost, doubled and reordered messages both ways (seed %i)",
    (seed) => {
      const wire = badWire(seed);
      kernel.deliver = wire.carry;
      link.subscribe(reader(), view.signal);
      kernel.say(asks(T, "hi"), status(T, "Processing"));
      for (let n = 0; n < 120; n += 1) {
        kernel.silent = wire.chance() < 0.2; // what goes up is lost, too
        kernel.say(delta(T, "m", `${n} `));
        vi.advanceTimersByTime(50);
      }
      kernel.say(closes(T, "m", "all"));
      kernel.silent = false;
      wire.heal();
      kernel.end();
      vi.advanceTimersByTime(3_000);
      expectWhole();
    },
  );

  test("asks anew when a message does not add up to its digest", () => {
    link.subscribe(reader(), view.signal);
    kernel.say(asks(T, "hi"), status(T, "Processing"));
    kernel.say(delta(T, "m", "hello"));
    const first = kernel.seq + 1;
    const whole = { text: "hullo", status: "complete" };
    kernel.write({ type: "message_complete", turn: T, message: "m", data: whole });
    const { text: _, ...rest } = { ...whole, length: 5, crc32: 1 };
    const item = { type: "message_complete", turn_id: T, message_id: "m", data: rest };
    kernel.down({ t: "events", first, seq: first, items: [item] });
    expect(kernel.heardOf("resync")).toHaveLength(1);
    expect(said()).toBe("hullo");
  });

  test("starts anew when the log is another one", () => {
    link.subscribe(reader(), view.signal);
    kernel.say(asks(T, "old"));
    const other = new Kernel();
    other.incarnation = "i2";
    other.write(asks("s1.7", "new"));
    kernel.down(other.reset());
    expect([...link.conversation.turns.keys()]).toEqual(["s1.7"]);
  });

  test("is not set back by a reset that another page asked for", () => {
    link.subscribe(reader(), view.signal);
    const old = kernel.reset();
    kernel.say(asks(T, "hi"), status(T, "Processing"));
    kernel.down(old);
    expectWhole();
    kernel.say(delta(T, "m", "more"));
    expectWhole();
  });

  test("is not broken by messages that make no sense", () => {
    link.subscribe(reader(), view.signal);
    const odd = [null, 3, [], "x", { t: "events" }, { t: "reset", conversation: { turns: [1] } }];
    for (const message of odd) kernel.down(message as never);
    vi.advanceTimersByTime(20_000);
    expectWhole();
  });

  test("keeps older turns that were paged in, before the newer ones", () => {
    kernel.more = true;
    kernel.write(asks(T, "new"), ...completes(T, "m", "x"));
    link.subscribe(reader(), view.signal);
    link.page();
    link.page();
    expect(kernel.heardOf("page")).toEqual([{ t: "page", before: T }]);
    const older = { id: "s1.0", status: "complete", idle: true, posts: [], messages: [] };
    kernel.down({ t: "page", turns: { "s1.0": older }, more: false });
    expect([...link.conversation.turns.keys()]).toEqual(["s1.0", T]);
    kernel.down({ ...kernel.reset(), incarnation: "i1", seq: 99 });
    expect([...link.conversation.turns.keys()]).toEqual(["s1.0", T]);
    expect(link.more).toBe(false);
  });
});

describe("commands", () => {
  const cancel = { type: "cancel", turn_id: T } as const;

  test("are answered with what the kernel said", async () => {
    kernel.answer = () => ({ error: { code: "rate_limit", message: "8 wait already" } });
    const answer = await link.send(cancel);
    expect(answer).toEqual({ error: { code: "rate_limit", message: "8 wait already" } });
  });

  test("are sent again every two seconds under one id until acknowledged", async () => {
    kernel.silent = true;
    const answer = link.send(cancel);
    vi.advanceTimersByTime(4_000);
    kernel.silent = false;
    vi.advanceTimersByTime(2_000);
    expect(await answer).toHaveProperty("receipt");
    vi.advanceTimersByTime(60_000);
    const sent = kernel.heardOf("cmd");
    expect(sent).toHaveLength(4);
    expect(new Set(sent.map(({ cid }) => cid)).size).toBe(1);
    expect(sent[0]?.command).toEqual({ ...cancel, client_id: sent[0]?.cid });
  });

  test("have no top-level string called id", () => {
    void link.send(cancel);
    link.subscribe(reader(), view.signal);
    for (const message of kernel.heard) expect(message).not.toHaveProperty("id");
  });

  test("are answered when the model goes", async () => {
    kernel.silent = true;
    const answer = link.send(cancel);
    link.close();
    expect((await answer).error?.code).toBe("closed");
    expect(kernel.listeners).toBe(0);
  });
});

describe("the kernel's silence", () => {
  test("is busy after three seconds and gone after ten", () => {
    link.subscribe(reader(), view.signal);
    kernel.silent = true;
    link.ping();
    vi.advanceTimersByTime(2_999);
    expect(link.status).toBe("connected");
    vi.advanceTimersByTime(1);
    expect(link.status).toBe("busy");
    vi.advanceTimersByTime(7_000);
    expect(link.status).toBe("gone");
  });

  test("means nothing while nothing was asked", () => {
    link.subscribe(reader(), view.signal);
    kernel.silent = true;
    vi.advanceTimersByTime(120_000);
    expect(link.status).toBe("connected");
  });

  test("ends with any word", () => {
    link.subscribe(reader(), view.signal);
    kernel.silent = true;
    link.ping();
    vi.advanceTimersByTime(30_000);
    kernel.silent = false;
    vi.advanceTimersByTime(10_000);
    expect(link.status).toBe("connected");
  });

  test("is the end at once where the page has closed the comm", () => {
    link.subscribe(reader(), view.signal);
    kernel.send = () => {
      throw new Error("comm is disposed");
    };
    link.ping();
    expect(link.status).toBe("gone");
    vi.advanceTimersByTime(60_000);
    expect(link.status).toBe("gone");
  });

  test("at the start is gone, too, and holds nothing", () => {
    kernel.silent = true;
    link.subscribe(reader(), view.signal);
    expect(link.status).toBe("connecting");
    vi.advanceTimersByTime(10_000);
    expect(link.status).toBe("gone");
    expect(link.held).toBe(false);
  });
});

describe("a page that knows its kernel", () => {
  let manager: Manager;

  beforeEach(() => {
    manager = new Manager();
    kernel.widget_manager = manager;
  });

  test("says at once that it is restarted, and within three seconds that we are gone", () => {
    const told = reader();
    link.subscribe(told, view.signal);
    kernel.silent = true;
    manager.become("restarting");
    expect(link.status).toBe("gone");
    expect(told.calls).toBeGreaterThan(1);
    manager.become("idle");
    vi.advanceTimersByTime(3_000);
    expect(link.status).toBe("gone");
  });

  test("never takes a kernel that runs a long cell for gone", () => {
    link.subscribe(reader(), view.signal);
    kernel.silent = true;
    manager.become("busy");
    link.ping();
    vi.advanceTimersByTime(60_000);
    expect(link.status).toBe("busy");
    kernel.silent = false;
    manager.become("idle");
    expect(link.status).toBe("connected");
  });

  test("says that it reconnects while its server is away", () => {
    link.subscribe(reader(), view.signal);
    manager.become("idle", "connecting");
    expect(link.status).toBe("reconnecting");
    manager.become("idle");
    expect(link.status).toBe("connected");
  });

  test("is asked no more when the last view has gone", () => {
    link.subscribe(reader(), view.signal);
    expect(manager.told.size).toBeGreaterThan(0);
    view.abort();
    expect(manager.told.size).toBe(0);
  });

  test.each([null, 3, "x", {}, { kernel: 3 }, { kernel: { status: 4 } }, { kernel: {} }])(
    "may be of any shape: %j",
    (odd) => {
      kernel.widget_manager = odd;
      link.subscribe(reader(), view.signal);
      expect(link.status).toBe("connected");
    },
  );

  test("has no kernel when that was shut down", () => {
    link.subscribe(reader(), view.signal);
    kernel.widget_manager = { kernel: null };
    expect(link.status).toBe("gone");
  });
});

describe("errands", () => {
  test("are asked under one id until they are answered", async () => {
    kernel.silent = true;
    const answer = link.ask({ what: "sessions" });
    vi.advanceTimersByTime(4_000);
    kernel.errand = () => ({ value: [1] });
    kernel.silent = false;
    vi.advanceTimersByTime(2_000);
    expect(await answer).toEqual({ value: [1], buffers: [] });
    const sent = kernel.heardOf("ask");
    expect(sent).toHaveLength(4);
    expect(new Set(sent.map(({ cid }) => cid)).size).toBe(1);
  });

  test("bring a file to the kernel in parts, and again what was lost", async () => {
    vi.useRealTimers();
    const held = new Uint8Array(1_200_000);
    let end = 0;
    let calls = 0;
    kernel.errand = ({ at }, [part]) => {
      calls += 1;
      const bytes = new Uint8Array(part ?? new ArrayBuffer(0));
      const lost = calls === 2; // the kernel has no more than before
      if (Number(at) === end && !lost) {
        held.set(bytes, end);
        end += bytes.length;
      }
      return { value: { held: end } };
    };
    const file = new Uint8Array(1_200_000).map((_, index) => index % 251);
    const told: number[] = [];
    const name = await upload(new Blob([file]), link, (bytes) => told.push(bytes));
    expect(name).toMatch(/^u-/);
    expect(Buffer.compare(held, file)).toBe(0); // toEqual takes seconds for a million bytes
    expect(calls).toBe(4);
    expect(told.at(-1)).toBe(1_200_000);
  });

  test("that are refused reject with the kernel's sentence", async () => {
    kernel.errand = () => ({ error: { code: "validation", message: "too large" } });
    await expect(upload(new Blob(["x"]), link)).rejects.toThrow("too large");
  });
});

describe("readers", () => {
  test("are told of each change until their signal aborts", () => {
    const told = reader();
    link.subscribe(told, view.signal);
    const before = told.calls;
    kernel.say(asks(T, "hi"));
    expect(told.calls).toBe(before + 1);
    view.abort();
    kernel.say(status(T, "Processing"));
    expect(told.calls).toBe(before + 1);
  });

  test("keep hello going while one of them is there", () => {
    link.subscribe(reader(), view.signal);
    vi.advanceTimersByTime(30_000);
    expect(kernel.heardOf("hello")).toHaveLength(4);
    view.abort();
    vi.advanceTimersByTime(60_000);
    expect(kernel.heardOf("hello")).toHaveLength(4);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("that come together ask for one snapshot", () => {
    kernel.silent = true;
    const cells = Array.from({ length: 30 }, () => new AbortController());
    for (const cell of cells) link.subscribe(reader(), cell.signal);
    expect(kernel.heardOf("hello")).toHaveLength(1);
    expect(kernel.heard.length).toBeLessThan(5);
    for (const cell of cells) cell.abort();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("that nobody sees let the kernel send one frame a second", () => {
    link.subscribe(reader(false), view.signal);
    vi.advanceTimersByTime(1_000);
    const before = kernel.heardOf("ack").length;
    kernel.say(asks(T, "hi"));
    kernel.say(status(T, "Processing"));
    expect(kernel.heardOf("ack")).toHaveLength(before);
    vi.advanceTimersByTime(1_000);
    expect(kernel.heardOf("ack").slice(before)).toEqual([{ t: "ack", seq: 3 }]);
  });

  test("learn which turn a blocked cell waits for", () => {
    link.subscribe(reader(), view.signal);
    kernel.down({ t: "waiting", turn_id: T });
    expect(link.waiting).toBe(T);
    kernel.down({ t: "waiting" });
    expect(link.waiting).toBeUndefined();
  });
});

describe("blobs", () => {
  test("are fetched once for all who ask, and again after a failure", async () => {
    const [one, two] = [link.blob("abc"), link.blob("abc")];
    expect(kernel.heardOf("blob")).toHaveLength(1);
    kernel.down({ t: "blob", sha256: "abc", error: "it is gone" });
    await expect(one).rejects.toThrow("it is gone");
    await expect(two).rejects.toThrow("it is gone");
    const again = link.blob("abc");
    kernel.downWith({ t: "blob", sha256: "abc" }, new TextEncoder().encode("bytes"));
    expect(await (await again).text()).toBe("bytes");
  });
});
