// What the page shows: the run as the server tells it, and what the person looks at.

import { getBinary, getJson } from "./api.js";
import { Boxes, Motions, Spans, Times } from "./tables.js";

/**
 * What listeners are told of: another frame, another selection, another run (names, identities),
 * tables that arrived, how things are shown, and what a click is waited for.
 * @typedef {"frame" | "selection" | "run" | "tables" | "view" | "mode"} Topic
 */

/** @typedef {{kind: "swap" | "connect", identity: number, frame: number}} Mode */

const VIEW_KEPT = "touchline-review-view";

export class State {
  /**
   * @param {import("./contract.js").Run} run
   * @param {Times} times
   * @param {Spans} spans
   * @param {(error: unknown) => void} failed
   */
  constructor(run, times, spans, failed) {
    this.run = run;
    this.times = times;
    this.spans = spans;
    this.boxes = new Boxes(run.video.last, () => this.tell("tables"), failed);
    this.motions = new Motions(run.video.last, () => this.tell("tables"));
    this.frame = run.video.first;
    /** @type {number[]} whom the person chose; the last one is what edits are about */
    this.selected = [];
    /** @type {Mode | null} */
    this.mode = null;
    /** @type {Map<number, import("./contract.js").Joinable>} while connecting: who can be joined */
    this.joinable = new Map();
    /** @type {number[]} identities as the timeline lists them; it stays while one edits */
    this.order = [];
    this.view = { onlySelected: false, teamColours: true, trailSeconds: 1, labels: true, sort: "team" };
    /** @type {Map<number, import("./contract.js").Person>} */
    this.people = new Map();
    /** @type {Map<Topic, (() => void)[]>} */
    this.listeners = new Map();
    this.restoreView();
    this.takeRun(run);
    this.sort();
  }

  /** @param {(error: unknown) => void} failed @returns {Promise<State>} */
  static async load(failed) {
    /** @type {[import("./contract.js").Run, ArrayBuffer, ArrayBuffer]} */
    const [run, times, spans] = await Promise.all([
      getJson("api/run"),
      getBinary("api/times"),
      getBinary("api/spans"),
    ]);
    return new State(run, new Times(new Float64Array(times), run.video.first), new Spans(spans), failed);
  }

  /** @param {Topic} topic @param {() => void} listener */
  on(topic, listener) {
    const there = this.listeners.get(topic) ?? [];
    there.push(listener);
    this.listeners.set(topic, there);
  }

  /** @param {Topic} topic */
  tell(topic) {
    for (const listener of this.listeners.get(topic) ?? []) listener();
  }

  /** @param {import("./contract.js").Run} run */
  takeRun(run) {
    this.run = run;
    this.people = new Map(run.people.map((person) => [person.identity, person]));
  }

  /**
   * Take up what became of the run. Who is chosen is still whoever the frame looked at shows; the
   * list keeps its order.
   * @param {import("./contract.js").Changes | null} changes
   */
  async refresh(changes) {
    const [run, spans] = await Promise.all([getJson("api/run"), getBinary("api/spans")]);
    this.spans = new Spans(spans);
    this.takeRun(run);
    this.boxes.outdate();
    /** @param {number[]} identities */
    const now = (identities) => {
      const moved = identities.map((identity) => changes?.identities[String(identity)] ?? identity);
      return [...new Set(moved)].filter((identity) => this.people.has(identity));
    };
    this.order = this.withNewcomers(now(this.order), changes);
    const chosen = this.selected.map((identity) => takenBy(changes, identity, this.frame) ?? identity);
    this.selected = [...new Set(chosen)].filter((identity) => this.people.has(identity));
    this.mode = null;
    for (const topic of /** @type {Topic[]} */ (["run", "selection", "mode", "frame"])) this.tell(topic);
  }

  /**
   * Newcomers stand right behind whom they were taken from.
   * @param {number[]} order
   * @param {import("./contract.js").Changes | null} changes
   * @returns {number[]}
   */
  withNewcomers(order, changes) {
    const listed = new Set(order);
    for (const { identity } of this.run.people) {
      if (listed.has(identity)) continue;
      const from = changes?.moved.find((one) => one.after === identity)?.before;
      const before = from === undefined ? undefined : (changes?.identities[String(from)] ?? from);
      const place = before === undefined ? -1 : order.indexOf(before);
      order.splice(place < 0 ? order.length : place + 1, 0, identity);
      listed.add(identity);
    }
    return order;
  }

  sort() {
    /** @type {Record<string, (person: import("./contract.js").Person) => (number | string)[]>} */
    const keys = {
      team: (one) => [one.team ?? 9, one.role === "goalkeeper" ? 0 : 1, one.number ?? 100, -one.seconds],
      first: (one) => [one.first],
      seconds: (one) => [-one.seconds],
      doubt: (one) => [one.confidence ?? 2],
      name: (one) => [one.name ? 0 : 1, one.label.toLocaleLowerCase()],
    };
    const key = keys[this.view.sort] ?? ((one) => [one.identity]);
    const rows = this.run.people.map((person) => ({ person, key: [...key(person), person.identity] }));
    rows.sort((one, other) => compared(one.key, other.key));
    this.order = rows.map((row) => row.person.identity);
    this.tell("view");
  }

  /** Whom edits are about. @returns {import("./contract.js").Person | null} */
  get person() {
    const identity = this.selected.at(-1);
    return identity === undefined ? null : (this.people.get(identity) ?? null);
  }

  /** @param {number} frame */
  goTo(frame) {
    const { first, last } = this.run.video;
    const there = Math.min(Math.max(Math.round(frame), first), last);
    if (there === this.frame) return;
    this.frame = there;
    this.tell("frame");
  }

  /**
   * Choose somebody; adding chooses them beside the others, or not any more.
   * @param {number | null} identity
   * @param {boolean} [adding]
   */
  select(identity, adding = false) {
    if (identity === null) this.selected = [];
    else if (!adding) this.selected = [identity];
    else if (this.selected.includes(identity)) this.selected = this.selected.filter((one) => one !== identity);
    else this.selected = [...this.selected, identity];
    this.tell("selection");
  }

  /** @param {Mode | null} mode */
  setMode(mode) {
    this.mode = mode;
    if (!mode) this.joinable = new Map();
    this.tell("mode");
  }

  /** @param {Partial<State["view"]>} change */
  show(change) {
    Object.assign(this.view, change);
    try {
      localStorage.setItem(VIEW_KEPT, JSON.stringify(this.view));
    } catch {
      // A browser that keeps nothing shows the page as at first.
    }
    this.tell("view");
  }

  restoreView() {
    try {
      const kept = JSON.parse(localStorage.getItem(VIEW_KEPT) ?? "{}");
      for (const name of /** @type {(keyof State["view"])[]} */ (Object.keys(this.view))) {
        if (typeof kept[name] === typeof this.view[name]) Object.assign(this.view, { [name]: kept[name] });
      }
    } catch {
      // As above.
    }
  }

  /** The colour of somebody, as the person wants to see them. @param {number} identity @returns {string} */
  colour(identity) {
    const person = this.people.get(identity);
    if (!person) return "#969696";
    if (!this.view.teamColours) return person.colour;
    return this.run.teams.find((team) => team.team === person.team)?.colour ?? "#969696";
  }

  /** What stands at somebody's feet: their name, else `#10`, else the identity. @param {number} identity */
  tag(identity) {
    const person = this.people.get(identity);
    if (person?.name) return person.name;
    return person?.number == null ? String(identity) : `#${person.number}`;
  }

  /** Whether somebody is drawn. @param {number} identity */
  isShown(identity) {
    return !this.view.onlySelected || !this.selected.length || this.selected.includes(identity);
  }
}

/**
 * Who has the box of somebody in a frame now.
 * @param {import("./contract.js").Changes | null} changes
 * @param {number} identity  as it was before
 * @param {number} frame
 * @returns {number | undefined}
 */
function takenBy(changes, identity, frame) {
  const moved = changes?.moved.find((one) => one.before === identity && one.first <= frame && frame <= one.last);
  return moved?.after ?? changes?.identities[String(identity)];
}

/** @param {(number | string)[]} one @param {(number | string)[]} other */
function compared(one, other) {
  for (const [place, value] of one.entries()) {
    const theirs = other[place] ?? 0;
    if (value < theirs) return -1;
    if (value > theirs) return 1;
  }
  return 0;
}
