// One line at the top: what was done, what could not be done, and what is being waited for.

import { byId } from "./dom.js";
import { NO_SERVER, ServerError } from "./api.js";

const SHOWN_MS = 8000;

export class Notices {
  constructor() {
    this.line = byId("status", HTMLParagraphElement);
    this.timer = 0;
  }

  /** @param {string} text @param {"said" | "wrong" | "busy"} kind */
  show(text, kind) {
    clearTimeout(this.timer);
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

  /** The server answers again. */
  recovered() {
    if (this.line.textContent === NO_SERVER) this.clear();
  }

  clear() {
    this.show("", "said");
  }
}
