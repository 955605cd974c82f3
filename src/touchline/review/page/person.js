// Everything about whoever was chosen: who they are, when they were seen, and what can be done.

import { getJson } from "./api.js";
import { ROLES } from "./contract.js";
import { crop } from "./crops.js";
import { button, byId, make } from "./dom.js";
import { teamWord } from "./edits.js";
import { clock, percent } from "./words.js";

const CROPS = 8;
const CROP_HEIGHT = 92;
const DOUBTS = 12;

export class PersonPanel {
  /**
   * @param {import("./state.js").State} state
   * @param {import("./player.js").Player} player
   * @param {import("./edits.js").Edits} edits
   * @param {import("./jobs.js").Jobs} jobs
   */
  constructor(state, player, edits, jobs) {
    this.state = state;
    this.player = player;
    this.edits = edits;
    this.jobs = jobs;
    this.panel = byId("person", HTMLElement);
    this.name = byId("name", HTMLInputElement);
    this.number = byId("number", HTMLInputElement);
    this.team = byId("team", HTMLSelectElement);
    this.role = byId("role", HTMLSelectElement);
    this.crops = byId("crops", HTMLDivElement);
    this.doubts = byId("person-doubts", HTMLDivElement);
    /** Whose crops are shown, and of which revision. */
    this.cropsOf = "";
    this.actions();
    this.fields();
    state.on("selection", () => this.write());
    state.on("run", () => this.write());
    new IntersectionObserver(() => this.write()).observe(this.panel); // crops wait until it is open
    edits.onChange(() => this.enable());
    this.write();
  }

  actions() {
    const { edits } = this;
    const rows = /** @type {[string, string, () => void, string][]} */ ([
      ["Swap", "S", () => edits.swap(), "From this frame on they and another one are each other"],
      ["Break", "B", () => edits.split(), "Somebody else begins in this frame"],
      ["Connect", "C", () => edits.connect(), "They are somebody whom you choose next"],
      ["Not a person", "D", () => edits.notAPerson(), "A flag, a ball bag: this track goes"],
      ["Name", "N", () => this.editName(), "Say who this is"],
      ["Team", "T", () => this.askTeam(), "Say which team they play for"],
    ]);
    byId("actions", HTMLDivElement).replaceChildren(...rows.map(([words, key, act, title]) => button(words, key, act, title)));
    byId("follow", HTMLButtonElement).addEventListener("click", () => this.clip());
  }

  fields() {
    const { edits } = this;
    /** @param {HTMLInputElement | HTMLSelectElement} field @param {() => void} commit */
    const listen = (field, commit) => {
      field.addEventListener("change", commit);
      field.addEventListener("keydown", (event) => {
        const { key } = /** @type {KeyboardEvent} */ (event);
        if (key === "Escape") this.write();
        if (key === "Escape" || key === "Enter") byId("stage", HTMLCanvasElement).focus();
      });
    };
    listen(this.name, () => this.commit("name", this.name.value.trim() || null));
    listen(this.number, () => this.commit("number", this.number.value === "" ? null : Number(this.number.value)));
    listen(this.team, () => this.commit("team", this.team.value || null));
    listen(this.role, () => this.commit("role", this.role.value));
    this.role.replaceChildren(...ROLES.map((role) => make("option", { value: role }, role)));
    const ask = byId("ask-team", HTMLDialogElement);
    byId("ask-team-choices", HTMLDivElement).addEventListener("click", (event) => {
      const chosen = event.target instanceof Element ? event.target.closest("button") : null;
      if (!chosen) return;
      ask.close();
      edits.label("team", chosen.value || null);
    });
    ask.addEventListener("keydown", (event) => {
      const place = event.key.length === 1 ? "1230".indexOf(event.key) : -1;
      if (place < 0) return;
      event.preventDefault(); // the dialog is closed when the key reaches the document
      ask.querySelectorAll("button")[place]?.click();
    });
  }

  /** @param {"name" | "team" | "number" | "role"} kind @param {string | number | null} value */
  async commit(kind, value) {
    const { person } = this.state;
    if (!person) return;
    const now = { name: person.name, number: person.number, team: teamWord(person.team), role: person.role };
    if (now[kind] !== value && !(await this.edits.label(kind, value))) this.write();
  }

  editName() {
    if (!this.edits.whom(false)) return;
    this.name.focus();
    this.name.select();
  }

  askTeam() {
    const { person, run } = this.state;
    if (!person || !this.edits.whom(false)) return;
    byId("ask-team-who", HTMLHeadingElement).textContent = `Which team is ${person.label} in?`;
    const known = run.teams.map(({ team, name, colour }) => {
      const swatch = make("span", { class: "swatch" });
      swatch.style.backgroundColor = colour;
      const words = name.length === 1 ? `Team ${name}` : name;
      return make("button", { type: "button", value: name }, swatch, words, make("kbd", { "aria-hidden": "true" }, String(team + 1)));
    });
    const unknown = make("button", { type: "button", value: "" }, make("span", { class: "swatch" }), "Not known", make("kbd", { "aria-hidden": "true" }, "0"));
    byId("ask-team-choices", HTMLDivElement).replaceChildren(...known, unknown);
    byId("ask-team", HTMLDialogElement).showModal();
  }

  write() {
    const { person, run, times } = this.state;
    byId("nobody", HTMLParagraphElement).hidden = person !== null;
    byId("somebody", HTMLDivElement).hidden = person === null;
    this.enable();
    if (!person) return;
    byId("person-label", HTMLSpanElement).textContent = person.label;
    byId("person-swatch", HTMLSpanElement).style.backgroundColor = this.state.colour(person.identity);
    const sure = person.confidence === null ? "" : `, least sure ${percent(person.confidence)}`;
    const seen = `${person.seconds.toFixed(1)} s on screen, ${clock(times.of(person.first))} to ${clock(times.of(person.last))}${sure}`;
    byId("person-seen", HTMLParagraphElement).textContent = `Identity ${person.identity}. ${seen}`;
    this.name.value = person.name ?? "";
    this.number.value = person.number === null ? "" : String(person.number);
    const teams = run.teams.map(({ name }) => make("option", { value: name }, name.length === 1 ? `Team ${name}` : name));
    this.team.replaceChildren(make("option", { value: "" }, "not known"), ...teams);
    this.team.value = teamWord(person.team) ?? "";
    this.role.value = person.role;
    const names = [...new Set(run.people.flatMap(({ name }) => (name ? [name] : [])))].sort();
    byId("names", HTMLDataListElement).replaceChildren(...names.map((value) => make("option", { value })));
    byId("person-csv", HTMLAnchorElement).href = `api/people/${person.identity}.csv`;
    this.writeDoubts(person.identity);
    this.writeCrops(person.identity);
  }

  /** @param {number} identity */
  writeDoubts(identity) {
    const { state } = this;
    const frames = state.spans.doubtful(identity);
    const links = frames.slice(0, DOUBTS).map((frame) => button(clock(state.times.of(frame)), "", () => this.player.jump(frame), "Show this moment"));
    byId("person-doubts-title", HTMLHeadingElement).textContent = frames.length ? "Not sure from here" : "Sure all the time";
    this.doubts.replaceChildren(...links, ...(frames.length > DOUBTS ? [`and ${frames.length - DOUBTS} more`] : []));
  }

  /** @param {number} identity */
  async writeCrops(identity) {
    const { state } = this;
    const wanted = `${identity} ${state.run.revision}`;
    if (this.cropsOf === wanted || this.panel.hidden) return;
    if (this.cropsOf.split(" ")[0] !== String(identity)) this.crops.replaceChildren();
    this.cropsOf = wanted;
    try {
      const { frames } = await getJson(`api/people/${identity}/crops?count=${CROPS}`);
      if (this.cropsOf !== wanted) return;
      const made = /** @type {number[]} */ (frames).map((frame) => crop(state, frame, identity, CROP_HEIGHT, (there) => this.player.jump(there)));
      this.crops.replaceChildren(...made);
    } catch (error) {
      this.cropsOf = "";
      this.edits.notices.wrong(error);
    }
  }

  clip() {
    const { person } = this.state;
    if (person) this.jobs.start("api/clips", { identity: person.identity }, `The clip that follows ${person.label}`);
  }

  enable() {
    const off = this.edits.isBusy || !this.state.person;
    for (const one of byId("actions", HTMLDivElement).querySelectorAll("button")) one.disabled = off;
    for (const field of [this.name, this.number, this.team, this.role]) field.disabled = off;
  }
}
