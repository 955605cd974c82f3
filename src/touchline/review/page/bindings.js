// Which key does what.

import { after } from "./tables.js";

/** @typedef {import("./keys.js").Binding} Binding */

/**
 * @typedef {object} Parts
 * @property {import("./state.js").State} state
 * @property {import("./player.js").Player} player
 * @property {import("./stage.js").Stage} stage
 * @property {import("./timeline.js").Timeline} timeline
 * @property {import("./edits.js").Edits} edits
 * @property {import("./worklist.js").WorkList} work
 * @property {import("./person.js").PersonPanel} person
 * @property {import("./jobs.js").Jobs} jobs
 * @property {import("./controls.js").Controls} controls
 * @property {(panel: "doubts" | "person") => void} openPanel
 * @property {() => void} help
 */

/**
 * Every key by group, as the list of keys shows them.
 * @param {Parts} parts
 * @returns {[string, Binding[]][]}
 */
export function bindings(parts) {
  return [
    ["Watch", watching(parts)],
    ["Look", looking(parts)],
    ["Doubts", doubts(parts)],
    ["Edit whom you chose", editing(parts)],
  ];
}

/** @param {Parts} parts @returns {Binding[]} */
function watching({ state, player, openPanel }) {
  /** @param {number} sign */
  const second = (sign) => {
    const { times, frame } = state;
    player.step(times.nearest(times.of(frame) + sign) - frame);
  };
  /** @param {1 | -1} direction */
  const unsure = (direction) => {
    const moments = state.order.flatMap((identity) => state.spans.doubtful(identity).map((frame) => ({ frame, identity })));
    moments.sort((one, other) => one.frame - other.frame);
    const frames = moments.map(({ frame }) => frame);
    const next = moments[direction > 0 ? after(frames, state.frame) : after(frames, state.frame - 1) - 1];
    if (!next) return;
    player.pause();
    player.jump(next.frame);
    state.select(next.identity);
    openPanel("person");
  };
  return [
    { keys: [" "], words: "Play or pause", act: () => player.toggle() },
    { keys: ["ArrowLeft"], words: "One frame back", act: () => player.step(-1) },
    { keys: ["ArrowRight"], words: "One frame on", act: () => player.step(1) },
    { keys: ["Shift+ArrowLeft"], words: "One second back", act: () => second(-1) },
    { keys: ["Shift+ArrowRight"], words: "One second on", act: () => second(1) },
    { keys: ["Home"], words: "To the start", act: () => player.jump(state.run.video.first) },
    { keys: ["End"], words: "To the end", act: () => player.jump(state.run.video.last) },
    { keys: ["["], words: "Slower", act: () => player.changeSpeed(-1) },
    { keys: ["]"], words: "Faster", act: () => player.changeSpeed(1) },
    { keys: ["j"], words: "The next moment that is not sure", act: () => unsure(1) },
    { keys: ["h"], words: "The one before", act: () => unsure(-1) },
  ];
}

/** @param {Parts} parts @returns {Binding[]} */
function looking({ state, stage, timeline, edits, jobs, controls, help }) {
  return [
    { keys: ["+", "="], words: "Closer", act: () => stage.zoomBy(1.5) },
    { keys: ["-"], words: "Farther", act: () => stage.zoomBy(1 / 1.5) },
    { keys: ["f"], words: "The whole image and timeline", act: () => (stage.fit(), timeline.fit()) },
    { keys: ["o"], words: "Only whom you chose", act: () => state.show({ onlySelected: !state.view.onlySelected }) },
    { keys: ["k"], words: "Colours of the kits, or of people", act: () => state.show({ teamColours: !state.view.teamColours }) },
    { keys: ["a"], words: "Labels", act: () => state.show({ labels: !state.view.labels }) },
    { keys: [","], words: "Shorter trails", act: () => controls.changeTrail(-1) },
    { keys: ["."], words: "Longer trails", act: () => controls.changeTrail(1) },
    { keys: ["m"], words: "Pitch: exchange its halves", act: () => edits.flip() },
    { keys: ["e"], words: "Export", act: () => jobs.open(true) },
    { keys: ["?"], words: "These keys", act: help },
  ];
}

/** @param {Parts} parts @returns {Binding[]} */
function doubts({ work, openPanel }) {
  const where = /** @type {const} */ ("doubts");
  const numbers = Array.from({ length: 9 }, (_, place) => String(place + 1));
  return [
    { keys: ["q"], words: "The list of doubts", act: () => openPanel("doubts") },
    { keys: ["y"], words: "Same person", act: () => work.same(), where },
    { keys: ["n"], words: "Different: the next one, at last nobody", act: () => work.different(), where },
    { keys: ["u"], words: "Unknown, not asked again", act: () => work.answer("unknown"), where },
    ...numbers.map((key, place) => ({
      keys: [key],
      words: place ? "" : "Ask about another one of the list, 1 to 9",
      act: () => work.consider(place),
      where,
    })),
    { keys: ["0"], words: "None of them", act: () => work.answer("nobody"), where },
    { keys: ["g"], words: "Show where it is asked", act: () => work.show(), where },
    { keys: ["p"], words: "Play from before to after", act: () => work.play(), where },
    { keys: ["l"], words: "Later", act: () => work.postpone(), where },
  ];
}

/** @param {Parts} parts @returns {Binding[]} */
function editing({ state, edits, person, openPanel, jobs }) {
  const stop = () => {
    if (state.mode) state.setMode(null);
    else if (state.selected.length) state.select(null);
    jobs.open(false);
    edits.notices.clear();
  };
  const named = (/** @type {() => void} */ act) => () => {
    if (state.person) openPanel("person");
    act();
  };
  return [
    { keys: ["s"], words: "Swap from here", act: () => edits.swap() },
    { keys: ["b"], words: "Break here", act: () => edits.split() },
    { keys: ["c"], words: "Connect", act: () => edits.connect() },
    { keys: ["d"], words: "Not a person", act: () => edits.notAPerson() },
    { keys: ["n"], words: "Name (beside the doubts)", act: named(() => person.editName()) },
    { keys: ["t"], words: "Team", act: () => person.askTeam() },
    { keys: ["z"], words: "Undo", act: () => edits.undo() },
    { keys: ["r"], words: "Redo", act: () => edits.redo() },
    { keys: ["Escape"], words: "Stop, choose nobody", act: stop },
  ];
}
