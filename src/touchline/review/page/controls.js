// The row of controls under the stage: playing, time, speed, zoom, and what is drawn.

import { byId } from "./dom.js";
import { clock } from "./words.js";

export class Controls {
  /**
   * @param {import("./state.js").State} state
   * @param {import("./player.js").Player} player
   * @param {import("./stage.js").Stage} stage
   */
  constructor(state, player, stage) {
    this.state = state;
    this.player = player;
    this.speed = byId("speed", HTMLSelectElement);
    this.trail = byId("trail", HTMLInputElement);
    this.sort = byId("sort", HTMLSelectElement);
    /** @type {[string, () => void][]} */
    const presses = [
      ["play", () => player.toggle()],
      ["back", () => player.step(-1)],
      ["forth", () => player.step(1)],
      ["closer", () => stage.zoomBy(1.5)],
      ["farther", () => stage.zoomBy(1 / 1.5)],
      ["fit", () => stage.fit()],
      ["only", () => state.show({ onlySelected: !state.view.onlySelected })],
      ["kits", () => state.show({ teamColours: !state.view.teamColours })],
      ["labels", () => state.show({ labels: !state.view.labels })],
    ];
    for (const [id, act] of presses) byId(id, HTMLButtonElement).addEventListener("click", act);
    this.speed.addEventListener("change", () => player.setSpeed(Number(this.speed.value)));
    this.trail.addEventListener("input", () => state.show({ trailSeconds: Number(this.trail.value) }));
    this.sort.addEventListener("change", () => {
      state.show({ sort: this.sort.value });
      state.sort();
    });
    const time = byId("time", HTMLInputElement);
    time.addEventListener("change", (event) => this.typed(event));
    time.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === "Escape") stage.canvas.focus();
    });
    state.on("frame", () => this.write());
    state.on("view", () => this.write());
    player.onChange(() => this.write());
    this.write();
  }

  /** A frame was typed. @param {Event} event */
  typed(event) {
    if (event.target instanceof HTMLInputElement) this.player.jump(Number(event.target.value) || this.state.frame);
    this.write();
  }

  /** @param {number} seconds */
  changeTrail(seconds) {
    const length = Math.min(Math.max(this.state.view.trailSeconds + seconds, 0), Number(this.trail.max));
    this.state.show({ trailSeconds: length });
  }

  write() {
    const { state, player } = this;
    const { frame, times, run, view } = state;
    const play = byId("play", HTMLButtonElement);
    play.dataset.playing = String(player.playing);
    play.setAttribute("aria-label", player.playing ? "Pause" : "Play");
    byId("clock", HTMLSpanElement).textContent = `${clock(times.of(frame))} / ${clock(times.of(run.video.last))}`;
    const field = byId("time", HTMLInputElement);
    if (document.activeElement !== field) field.value = String(frame);
    field.max = String(run.video.last);
    this.speed.value = String(player.speed);
    this.trail.value = String(view.trailSeconds);
    byId("trail-words", HTMLSpanElement).textContent = `${view.trailSeconds.toFixed(1)} s`;
    this.sort.value = view.sort;
    /** @type {[string, boolean][]} */
    const toggles = [["only", view.onlySelected], ["kits", view.teamColours], ["labels", view.labels]];
    for (const [id, on] of toggles) byId(id, HTMLButtonElement).setAttribute("aria-pressed", String(on));
  }
}
