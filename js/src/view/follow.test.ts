// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { element } from "./element";
import { Follower } from "./follow";

/** A box of 100 px; jsdom lays nothing out, so a test says how high its content is. */
class Box {
  readonly element = element("div");
  height = 100;
  #top = 0;

  constructor() {
    Object.defineProperties(this.element, {
      clientHeight: { value: 100 },
      scrollHeight: { get: () => this.height },
      scrollTop: { get: () => this.#top, set: (top: number) => this.#move(top) },
    });
  }

  scroll(top: number): void {
    this.element.scrollTop = top;
  }

  #move(top: number): void {
    const before = this.#top;
    this.#top = Math.max(0, Math.min(top, this.height - 100));
    if (this.#top !== before) this.element.dispatchEvent(new Event("scroll"));
  }
}

let box: Box;
let follower: Follower;
let page: AbortController;

beforeEach(() => {
  box = new Box();
  page = new AbortController();
  follower = new Follower(box.element, element("div"), page.signal);
});

afterEach(() => page.abort());

function grow(by: number): void {
  box.height += by;
  follower.grown();
}

describe("a reader at the end", () => {
  test("stays there while the text grows, and is offered no way back", () => {
    for (let n = 0; n < 5; n += 1) grow(60);
    expect(box.element.scrollTop).toBe(300);
    expect(follower.atEnd).toBe(true);
    expect(follower.jump.hidden).toBe(true);
  });

  test("who is a little above it counts as there", () => {
    grow(300);
    box.scroll(280);
    grow(50);
    expect(box.element.scrollTop).toBe(350);
  });

  test("does not leave it when the text has grown and nobody has scrolled up", () => {
    grow(300);
    box.height += 200;
    box.element.dispatchEvent(new Event("scroll"));
    expect(follower.atEnd).toBe(true);
  });
});

describe("a reader who scrolled up", () => {
  beforeEach(() => {
    grow(500);
    box.scroll(200);
  });

  test("stays where they read while the text grows, and is offered the way back", () => {
    for (let n = 0; n < 5; n += 1) grow(60);
    expect(box.element.scrollTop).toBe(200);
    expect(follower.atEnd).toBe(false);
    expect(follower.jump.hidden).toBe(false);
  });

  test("jumps to the latest, and follows from there", () => {
    grow(60);
    follower.jump.querySelector("button")?.click();
    expect(box.element.scrollTop).toBe(560);
    expect(follower.jump.hidden).toBe(true);
    grow(40);
    expect(box.element.scrollTop).toBe(600);
  });

  test("follows again after scrolling down to the end", () => {
    box.scroll(500);
    expect(follower.jump.hidden).toBe(true);
    grow(40);
    expect(box.element.scrollTop).toBe(540);
  });
});

test("a view that has gone hears no more of the box", () => {
  grow(500);
  page.abort();
  box.scroll(100);
  expect(follower.jump.hidden).toBe(true);
});
