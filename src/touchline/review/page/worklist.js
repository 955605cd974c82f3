// The work list: one doubt after another, the one whose answer puts most right first.

import { getJson } from "./api.js";
import { crop, framesNear } from "./crops.js";
import { button, byId, make } from "./dom.js";
import { clock, counted, percent, signed } from "./words.js";

const CROPS = 3;
const CROP_HEIGHT = 118;
const ASKED = 30;
const BEFORE_SECONDS = 1;
/** The server finds the doubts behind an edit; until they are there the ones before stay. */
const AGAIN_MS = 500;

export class WorkList {
  /**
   * @param {import("./state.js").State} state
   * @param {import("./player.js").Player} player
   * @param {import("./edits.js").Edits} edits
   */
  constructor(state, player, edits) {
    this.state = state;
    this.player = player;
    this.edits = edits;
    this.card = byId("question", HTMLDivElement);
    this.count = byId("left", HTMLParagraphElement);
    this.least = byId("least", HTMLSelectElement);
    /** @type {import("./contract.js").Questions} */
    this.list = { ready: false, why: null, total: 0, above: 0, answered: 0, questions: [] };
    /** @type {Set<string>} put off until the page is opened again */
    this.later = new Set();
    this.shown = 0;
    this.loads = 0;
    /** Whether the video goes to the next doubt when it is there. */
    this.goesOn = false;
    this.least.value = leastOf(this.least, state.run.doubt);
    this.least.addEventListener("change", () => this.load());
    state.on("run", () => this.load());
    edits.onChange(() => this.enable());
  }

  async load() {
    const mine = (this.loads += 1);
    try {
      const path = `api/questions?offset=0&limit=${ASKED + this.later.size}&min_gain=${this.least.value}`;
      const list = await getJson(path);
      if (mine !== this.loads) return;
      if (!list.ready) {
        if (!this.list.ready) this.count.textContent = "Looking for doubts …";
        setTimeout(() => mine === this.loads && this.load(), AGAIN_MS);
        return;
      }
      this.list = list;
      this.shown = 0;
      this.write();
      if (this.goesOn) this.show();
      this.goesOn = false;
    } catch (error) {
      this.edits.notices.wrong(error);
    }
  }

  /** @returns {import("./contract.js").Question | undefined} */
  get question() {
    return this.list.questions.find(({ id }) => !this.later.has(id));
  }

  get candidate() {
    return this.question?.candidates[this.shown];
  }

  write() {
    const { total, above, answered } = this.list;
    const left = Math.max(above - this.later.size, 0);
    const put = this.later.size ? `, ${this.later.size} put off` : "";
    this.count.textContent = above === total ? `${left} left${put}` : `${left} left${put}, ${total - above} smaller`;
    byId("answered", HTMLSpanElement).textContent = `${answered} answered`;
    const bar = byId("progress", HTMLProgressElement);
    bar.max = Math.max(answered + above, 1);
    bar.value = answered;
    const { question } = this;
    if (question) this.writeQuestion(question);
    else this.card.replaceChildren(make("p", { class: "empty" }, this.nothing(total)));
    this.enable();
  }

  /** @param {number} total */
  nothing(total) {
    if (this.list.why) return this.list.why;
    if (this.later.size) return "All others are answered. Open the page again for what you put off.";
    return total ? "Nothing above this many boxes is in doubt. Choose fewer to go on." : "Nothing is in doubt.";
  }

  /** @param {import("./contract.js").Question} question */
  writeQuestion(question) {
    const { candidate } = this;
    const { state } = this;
    const sides = make("div", { class: "sides" });
    if (candidate?.frame != null && candidate.identity !== null) {
      sides.append(this.side("Before", candidate.identity, candidate.frame, -1));
    } else if (candidate?.label) {
      sides.append(make("p", { class: "side label" }, candidate.label));
    }
    sides.append(this.side("Now", question.identity, question.frame, 1));
    const at = clock(state.times.of(question.frame));
    this.card.replaceChildren(
      make("h3", {}, question.text),
      make("p", { class: "dim" }, `At ${at}. The answer should put right ${counted(Math.round(question.gain), "box", "boxes")}.`),
      sides,
      this.answers(question),
      ...(candidate ? [this.evidence(candidate)] : []),
      ...(question.candidates.length > 1 ? [this.others(question)] : []),
    );
  }

  /** @param {string} title @param {number} identity @param {number} frame @param {1 | -1} direction */
  side(title, identity, frame, direction) {
    const { state } = this;
    const frames = framesNear(state, identity, frame, direction, CROPS);
    const label = state.people.get(identity)?.label ?? String(identity);
    const [first, ...rest] = frames.map((one, place) =>
      crop(state, one, identity, place ? CROP_HEIGHT / 2 - 4 : CROP_HEIGHT, (there) => this.look(identity, there)),
    );
    const small = make("div", { class: "small" }, ...rest);
    const at = clock(state.times.of(frame));
    const head = make("p", { class: "who", title: label }, make("span", { class: "dim" }, `${title}, ${direction < 0 ? "until" : "from"} ${at}`), label);
    return make("div", { class: "side" }, head, make("div", { class: "crops" }, ...(first ? [first] : []), small));
  }

  /** @param {import("./contract.js").Question} question */
  answers(question) {
    const more = this.shown + 1 < question.candidates.length;
    const row = make(
      "div",
      { class: "answers" },
      button("Same", "Y", () => this.same(), "They are one person"),
      button("Different", "N", () => this.different(), more ? "They are two people: is it the next one?" : "They are two people"),
      button("Unknown", "U", () => this.answer("unknown"), "Nobody can tell; it is not asked again"),
    );
    const second = make(
      "div",
      { class: "answers minor" },
      button("Show", "G", () => this.show(), "Go to where it is asked"),
      button("Play", "P", () => this.play(), "Play from before to after"),
      button("Later", "L", () => this.postpone(), "Go on with the next one"),
    );
    return make("div", {}, row, second);
  }

  /** @param {import("./contract.js").Candidate} candidate */
  evidence(candidate) {
    const rows = candidate.evidence.map(([words, value]) => {
      const bar = make("span", { class: value < 0 ? "against" : "for" });
      bar.style.width = `${Math.min(Math.abs(value) * 10, 50)}%`;
      return make("li", {}, make("span", { class: "words" }, words), make("span", { class: "bar", "aria-hidden": "true" }, bar), make("span", { class: "value" }, signed(value)));
    });
    return make("div", { class: "evidence" }, make("p", {}, `One person: ${percent(candidate.probability)}`), make("ul", {}, ...rows));
  }

  /** @param {import("./contract.js").Question} question */
  others(question) {
    const { state } = this;
    const tiles = question.candidates.map((one, place) => {
      const label = one.label ?? state.people.get(one.identity ?? -1)?.label ?? String(one.identity);
      const tile = make("button", { type: "button", class: "tile", "aria-pressed": String(place === this.shown) });
      tile.addEventListener("click", () => this.consider(place));
      tile.append(make("kbd", { "aria-hidden": "true" }, String(place + 1)), make("span", { class: "who" }, label), make("span", {}, percent(one.probability)));
      if (place === question.today) tile.append(make("span", { class: "today", title: "What the run says so far" }, "so far"));
      return tile;
    });
    const nobody = button("None of them", "0", () => this.answer("nobody"), "Somebody who was not there before");
    return make("div", { class: "others" }, make("h4", {}, "Or is it"), ...tiles, nobody);
  }

  enable() {
    for (const one of this.card.querySelectorAll("button")) one.disabled = this.edits.isBusy;
  }

  /** Look at another candidate; the answer comes with Y. @param {number} place */
  consider(place) {
    if (!this.question?.candidates[place]) return;
    this.shown = place;
    this.write();
  }

  same() {
    if (this.candidate) this.answer(this.shown);
  }

  /** Not this one: the next candidate is asked about; of the last one, it is nobody. */
  different() {
    const count = this.question?.candidates.length ?? 0;
    if (this.shown + 1 < count) this.consider(this.shown + 1);
    else if (count) this.answer("nobody");
  }

  /** @param {number | "nobody" | "unknown"} choice */
  async answer(choice) {
    const { question } = this;
    if (!question) return;
    this.goesOn = true;
    if (!(await this.edits.send("api/answers", { question: question.id, choice }))) this.goesOn = false;
  }

  postpone() {
    const { question } = this;
    if (!question) return;
    this.later.add(question.id);
    this.shown = 0;
    if (this.question) this.write();
    else this.load();
    this.show();
  }

  /** @param {number} identity @param {number} frame */
  look(identity, frame) {
    this.player.pause();
    this.player.jump(frame);
    this.state.select(identity);
  }

  show() {
    if (this.question) this.look(this.question.identity, this.question.frame);
  }

  /** From a second before they were lost to a second after they are there. */
  play() {
    const { question, candidate } = this;
    if (!question) return;
    const { times } = this.state;
    const begin = candidate?.frame ?? question.frame;
    this.look(question.identity, times.nearest(times.of(begin) - BEFORE_SECONDS));
    this.player.play(times.nearest(times.of(question.frame) + BEFORE_SECONDS));
  }
}

/** The choice nearest to a number of boxes. @param {HTMLSelectElement} choices @param {number} boxes */
function leastOf(choices, boxes) {
  const values = [...choices.options].map((option) => option.value);
  values.sort((one, other) => Math.abs(Number(one) - boxes) - Math.abs(Number(other) - boxes));
  return values[0] ?? "0";
}
