// One line at the top: what was done, what could not be done, and what is being waited for.

import { byId } from "./dom.js";
import { NO_SERVER, ServerError } from "./api.js";

const SHOWN_MS = 8000;

export class Notices {
  constructor() {
    this.line = byId("status", HTMLParagraphElement);
    this.button = byId("offer", HTMLButtonElement);
    /** @type {(() => void) | null} what the button beside the line does */
    this.act = null;
    this.button.addEventListener("click", () => this.take());
    this.timer = 0;
  }

  /** @param {string} text @param {"said" | "wrong" | "busy"} kind */
  show(text, kind) {
    clearTimeout(this.timer);
    this.offer("", null);
    this.line.textContent = text;
    this.line.dataset.kind = text ? kind : "";
    this.line.title = text;
    if (kind === "said") this.timer = setTimeout(() => this.clear(), SHOWN_MS);
  }

  /** @param {string} text */
  say(text) {
    this.show(text, "said");
  }

  /** @param {string} text */
  busy(text) {
    this.show(text, "busy");
  }

  /** @param {unknown} error */
  wrong(error) {
    if (!(error instanceof ServerError) && !(typeof error === "string")) console.error(error);
    this.show(error instanceof Error ? error.message : String(error), "wrong");
  }

  /** A button beside the line, until there is another one. @param {string} words @param {(() => void) | null} act */
  offer(words, act) {
    this.button.textContent = words;
    this.button.hidden = act === null;
    this.act = act;
  }

  take() {
    const { act } = this;
    this.clear();
    act?.();
  }

  /** The server answers again. */
  recovered() {
    if (this.line.textContent === NO_SERVER) this.clear();
  }

  clear() {
    this.show("", "said");
  }
}
