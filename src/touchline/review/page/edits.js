// What a person states: sent one after another, and the page is as the run is then.

import { getJson, postJson, ServerError } from "./api.js";
import { TEAMS } from "./contract.js";
import { clock, counted } from "./words.js";

export class Edits {
  /**
   * @param {import("./state.js").State} state
   * @param {import("./notices.js").Notices} notices
   * @param {(frame: number) => void} goTo
   */
  constructor(state, notices, goTo) {
    this.state = state;
    this.goTo = goTo;
    this.notices = notices;
    this.isBusy = false;
    /** @type {Promise<void>} who can be joined is known then */
    this.found = Promise.resolve();
    /** @type {(() => void)[]} */
    this.listeners = [];
  }

  /** @param {() => void} listener  called when an edit begins, and when it has ended */
  onChange(listener) {
    this.listeners.push(listener);
  }

  /** @param {boolean} busy */
  setBusy(busy) {
    this.isBusy = busy;
    document.body.toggleAttribute("data-busy", busy);
    for (const listener of this.listeners) listener();
  }

  /**
   * Ask the server for a change; whether it was made.
   * @param {string} path
   * @param {unknown} body
   * @returns {Promise<boolean>}
   */
  async send(path, body) {
    if (this.isBusy) return false;
    this.setBusy(true);
    this.notices.busy("The rest is solved again …");
    try {
      const done = /** @type {import("./contract.js").Done} */ (await postJson(path, body));
      await this.state.refresh(done.changes);
      this.notices.say(told(done));
      return true;
    } catch (error) {
      this.notices.wrong(error);
      if (error instanceof ServerError && error.split) this.offerSplit(error.split);
      return false;
    } finally {
      this.setBusy(false);
    }
  }

  /** Who may be two people. @param {import("./contract.js").Split} split */
  offerSplit({ first, last, frame, identity }) {
    const { state } = this;
    const person = identity === null ? undefined : state.people.get(identity);
    if (!person) return;
    const [from, to] = [clock(state.times.of(first)), clock(state.times.of(last))];
    this.notices.offer(`Two people from ${from} to ${to}? Look for where to break ${person.label}`, () => {
      this.goTo(state.spans.nearest(person.identity, frame) ?? frame);
      state.select(person.identity);
    });
  }

  /** @param {string} kind @param {[number, number][]} boxes @param {string | number | null} [value] */
  fact(kind, boxes, value) {
    return this.send("api/edits", value === undefined ? { kind, boxes } : { kind, boxes, value });
  }

  /**
   * Whom an edit is about, or a line that says why there is none.
   * @param {boolean} here  whether they must be in the frame looked at
   * @returns {{identity: number, frame: number} | null}
   */
  whom(here) {
    const { person, spans, frame } = this.state;
    if (!person) {
      this.notices.wrong("choose somebody first: click on them, in the video or the timeline");
      return null;
    }
    const nearest = spans.nearest(person.identity, frame) ?? person.first;
    if (here && nearest !== frame) {
      this.notices.wrong(`${person.label} is not in this frame: go to one that shows them`);
      return null;
    }
    return { identity: person.identity, frame: nearest };
  }

  split() {
    const whom = this.whom(true);
    return whom && this.fact("split", [[whom.frame, whom.identity]]);
  }

  notAPerson() {
    const whom = this.whom(false);
    return whom && this.fact("not-a-person", [[whom.frame, whom.identity]]);
  }

  /** @param {"name" | "team" | "number" | "role"} kind @param {string | number | null} value */
  label(kind, value) {
    const whom = this.whom(false);
    return whom && this.fact(kind, [[whom.frame, whom.identity]], value);
  }

  /** Swap with the other one who is chosen, or wait for a click on them. */
  swap() {
    const whom = this.whom(true);
    if (!whom) return;
    const { state } = this;
    const other = state.selected.length === 2 ? state.selected[0] : undefined;
    if (other !== undefined) this.swapWith(whom, other);
    else state.setMode({ kind: "swap", ...whom });
  }

  /** @param {{identity: number, frame: number}} whom @param {number} other */
  swapWith({ identity, frame }, other) {
    const { state } = this;
    if (!state.spans.holds(other, frame)) {
      this.notices.wrong(`${state.people.get(other)?.label ?? other} is not in the frame of the swap: both must be`);
      return;
    }
    state.setMode(null);
    this.fact("swap", [[frame, identity], [frame, other]]);
  }

  /** Wait for a click on the same person at another time; who cannot be is grey. */
  connect() {
    const whom = this.whom(false);
    if (!whom) return;
    this.state.setMode({ kind: "connect", ...whom });
    this.found = this.findJoinable(whom);
  }

  /** @param {{identity: number, frame: number}} whom */
  async findJoinable(whom) {
    const { state } = this;
    try {
      const { others } = await getJson(`api/joinable?frame=${whom.frame}&identity=${whom.identity}`);
      if (state.mode?.kind !== "connect" || state.mode.identity !== whom.identity) return;
      const rows = /** @type {import("./contract.js").Joinable[]} */ (others);
      state.joinable = new Map(rows.map((row) => [row.identity, row]));
      state.tell("mode");
    } catch (error) {
      state.setMode(null);
      this.notices.wrong(error);
    }
  }

  /** @param {number} identity */
  async connectWith(identity) {
    const { state } = this;
    await this.found; // a click may come before who is grey
    const other = state.joinable.get(identity);
    if (state.mode?.kind !== "connect" || identity === state.mode.identity) return;
    if (!other?.joinable) {
      this.notices.wrong(`cannot be connected: ${other?.why ?? "they have no detected box"}`);
      if (other?.split) this.offerSplit(other.split);
      return;
    }
    const { frame, identity: mine } = state.mode;
    state.setMode(null);
    await this.fact("same", [[frame, mine], [other.frame, identity]]);
  }

  /** Somebody was clicked on. @param {number | null} identity @param {boolean} adding */
  picked(identity, adding) {
    const { state } = this;
    if (!state.mode) {
      state.select(identity, adding);
    } else if (identity !== null && identity !== state.mode.identity) {
      if (state.mode.kind === "connect") this.connectWith(identity);
      else this.swapWith(state.mode, identity);
    }
  }

  /** The halves of the pitch exchanged: the camera stands on the other side. */
  flip() {
    const { has_pitch: known, pitch } = this.state.run;
    if (!known) this.notices.wrong("there is no pitch: this run knows no camera");
    else this.send("api/pitch", { flip: !pitch.flip });
  }

  undo() {
    return this.step("undo");
  }

  redo() {
    return this.step("redo");
  }

  /** @param {"undo" | "redo"} word */
  step(word) {
    if (this.state.run.history[word] === null) {
      this.notices.say(`There is nothing to ${word}.`);
      return Promise.resolve(false);
    }
    return this.send(`api/${word}`, {});
  }
}

/** What came of an edit, in one line. @param {import("./contract.js").Done} done @returns {string} */
function told({ text, changes }) {
  const moved = changes?.moved.reduce((sum, one) => sum + one.boxes, 0) ?? 0;
  const line = text.charAt(0).toLocaleUpperCase() + text.slice(1);
  return moved ? `${line}. ${counted(moved, "box", "boxes")} changed hands.` : `${line}.`;
}

/** The word for a team in requests. @param {number | null} team @returns {string | null} */
export function teamWord(team) {
  return team === null ? null : (TEAMS[team] ?? null);
}
