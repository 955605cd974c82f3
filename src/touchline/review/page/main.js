// The page of `touchline review RUN`: every part made, and wired to the others.

import { getJson, NO_SERVER } from "./api.js";
import { bindings } from "./bindings.js";
import { Controls } from "./controls.js";
import { byId } from "./dom.js";
import { Edits } from "./edits.js";
import { Jobs } from "./jobs.js";
import { Keys } from "./keys.js";
import { Minimap } from "./minimap.js";
import { Notices } from "./notices.js";
import { PersonPanel } from "./person.js";
import { Pictures } from "./pictures.js";
import { Player } from "./player.js";
import { Stage } from "./stage.js";
import { State } from "./state.js";
import { Timeline } from "./timeline.js";
import { WorkList } from "./worklist.js";

/** @typedef {"doubts" | "person"} Panel */

/** @type {Panel[]} */
const PANELS = ["doubts", "person"];

/** @param {Panel} panel */
function openPanel(panel) {
  for (const one of PANELS) {
    byId(one, HTMLElement).hidden = one !== panel;
    const tab = byId(`${one}-tab`, HTMLButtonElement);
    tab.setAttribute("aria-selected", String(one === panel));
    tab.tabIndex = one === panel ? 0 : -1;
  }
}

/** @returns {Panel} */
function openedPanel() {
  return byId("doubts", HTMLElement).hidden ? "person" : "doubts";
}

/** @param {Notices} notices */
async function start(notices) {
  const failed = (/** @type {unknown} */ error) => notices.wrong(error);
  const state = await State.load(failed);
  const { run } = state;
  document.title = `${run.name}: Touchline review`;
  byId("title", HTMLHeadingElement).textContent = run.name;
  const edits = new Edits(state, notices, (frame) => player.jump(frame));
  const jobs = new Jobs(state, notices);
  const pictures = new Pictures(run.video, () => state.tell("tables"), failed);
  const player = new Player(state, pictures, byId("video", HTMLVideoElement), (line) => notices.say(line));
  const picked = (/** @type {number | null} */ identity, /** @type {boolean} */ adding) => {
    const chooses = !state.mode;
    edits.picked(identity, adding);
    if (chooses && identity !== null) openPanel("person");
  };
  const stage = new Stage(state, player, byId("stage", HTMLCanvasElement), picked);
  new Minimap(state, () => edits.flip());
  const timeline = new Timeline(state, player, picked);
  const work = new WorkList(state, player, edits);
  const person = new PersonPanel(state, player, edits, jobs);
  const controls = new Controls(state, player, stage);
  const keys = new Keys(bindings({ state, player, stage, timeline, edits, work, person, jobs, controls, openPanel, help: () => keys.show() }), openedPanel, openPanel);
  for (const panel of PANELS) byId(`${panel}-tab`, HTMLButtonElement).addEventListener("click", () => openPanel(panel));
  byId("help", HTMLButtonElement).addEventListener("click", () => keys.show());
  byId("undo", HTMLButtonElement).addEventListener("click", () => edits.undo());
  byId("redo", HTMLButtonElement).addEventListener("click", () => edits.redo());
  byId("shorter", HTMLButtonElement).addEventListener("click", () => timeline.zoom(0.5));
  byId("longer", HTMLButtonElement).addEventListener("click", () => timeline.zoom(2));
  byId("whole", HTMLButtonElement).addEventListener("click", () => timeline.fit());
  const history = () => writeHistory(state, edits);
  state.on("run", history);
  edits.onChange(history);
  history();
  state.on("mode", () => writeMode(state));
  byId("mode-cancel", HTMLButtonElement).addEventListener("click", () => state.setMode(null));
  listenToServer({ state, edits, notices, work, player, pictures });
  giveFocusBack();
  if (run.video.lost) notices.wrong(run.video.why);
  else if (run.warnings.length) notices.show(run.warnings.join("; "), "wrong");
  await work.load();
  document.body.dataset.ready = "true";
}

/** What would be undone and redone. @param {State} state @param {Edits} edits */
function writeHistory(state, edits) {
  for (const word of /** @type {const} */ (["undo", "redo"])) {
    const made = byId(word, HTMLButtonElement);
    const text = state.run.history[word];
    made.disabled = edits.isBusy || text === null;
    made.title = text === null ? `Nothing to ${word}` : `${word === "undo" ? "Undo" : "Redo"}: ${text}`;
  }
}

/** What a click is waited for. @param {State} state */
function writeMode(state) {
  const { mode } = state;
  byId("mode", HTMLDivElement).hidden = mode === null;
  document.body.dataset.mode = mode?.kind ?? "";
  if (!mode) return;
  const who = state.people.get(mode.identity)?.label ?? String(mode.identity);
  const words =
    mode.kind === "swap"
      ? `Swap ${who} from this frame on: click on the other one.`
      : `Connect ${who}: click on who they are at another time, here or in the timeline. Grey: two people.`;
  byId("mode-words", HTMLSpanElement).textContent = words;
}

/**
 * What the server tells by itself: another page changed the run, doubts are found, the video can be played.
 * @param {{state: State, edits: Edits, notices: Notices, work: WorkList, player: Player, pictures: Pictures}} parts
 */
function listenToServer({ state, edits, notices, work, player, pictures }) {
  const events = new EventSource("api/events");
  events.addEventListener("revision", async (event) => {
    const { revision } = JSON.parse(event.data);
    if (edits.isBusy || revision <= state.run.revision) return;
    try {
      await state.refresh(null);
      notices.say("The run was changed elsewhere: this is how it is now.");
    } catch (error) {
      notices.wrong(error);
    }
  });
  events.addEventListener("questions", () => work.load());
  events.addEventListener("play", async () => {
    const { play, video } = await getJson("api/run");
    if (play && !player.hasVideo) player.openVideo(play.url);
    if (video.images === pictures.video.images) return;
    state.run.video = video;
    pictures.video = video;
    if (!video.images) notices.wrong(video.why);
    state.tell("tables");
  });
  events.addEventListener("error", () => {
    if (events.readyState !== EventSource.OPEN) notices.wrong(NO_SERVER);
  });
  events.addEventListener("open", () => notices.recovered());
}

/** A button that was clicked with the mouse leaves the keys to the stage. */
function giveFocusBack() {
  const stage = byId("stage", HTMLCanvasElement);
  document.addEventListener("click", (event) => {
    const pressed = event.target instanceof Element ? event.target.closest("button, a") : null;
    if (event.detail > 0 && pressed && document.activeElement === pressed) stage.focus({ preventScroll: true });
  });
  for (const field of document.querySelectorAll("#controls select, #controls input, #least, #sort")) {
    field.addEventListener("change", () => stage.focus({ preventScroll: true }));
  }
}

const notices = new Notices();
start(notices).catch((error) => notices.wrong(error));
