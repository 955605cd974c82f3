// Keys: what each does, and the list of them that `?` shows.

import { byId, make, takesText } from "./dom.js";

/** @typedef {{keys: string[], words: string, act: () => void, where?: "doubts" | "person"}} Binding */

/** How keys are written in the list. @type {Record<string, string>} */
const WRITTEN = { " ": "Space", ArrowLeft: "←", ArrowRight: "→", "Shift+ArrowLeft": "Shift ←", "Shift+ArrowRight": "Shift →", Escape: "Esc" };

export class Keys {
  /**
   * @param {[string, Binding[]][]} groups
   * @param {() => string} panel  which panel is open: "doubts" or "person"
   * @param {(panel: "doubts" | "person") => void} open
   */
  constructor(groups, panel, open) {
    this.bindings = groups.flatMap(([, bindings]) => bindings);
    this.panel = panel;
    this.open = open;
    this.dialog = byId("keys", HTMLDialogElement);
    byId("keys-list", HTMLDivElement).replaceChildren(...groups.map(([title, bindings]) => listed(title, bindings)));
    document.addEventListener("keydown", (event) => this.press(event));
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]") || takesText(event.target)) return;
    const { target } = event;
    const pressesButton = target instanceof HTMLButtonElement || target instanceof HTMLAnchorElement;
    if (pressesButton && (event.key === " " || event.key === "Enter")) return;
    if (target instanceof HTMLInputElement && /^(Arrow|Home|End|Page| )/.test(event.key)) return;
    const letter = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const name = event.shiftKey && letter.startsWith("Arrow") ? `Shift+${letter}` : letter;
    const there = this.bindings.filter(({ keys }) => keys.includes(name));
    const found = there.find(({ where }) => where === this.panel()) ?? there.find(({ where }) => !where);
    const elsewhere = there[0]?.where;
    if (found) found.act();
    else if (elsewhere) this.open(elsewhere); // the first press shows what the second one answers
    else return;
    event.preventDefault();
  }

  show() {
    this.dialog.showModal();
  }
}

/** @param {string} title @param {Binding[]} bindings */
function listed(title, bindings) {
  const told = bindings.filter(({ words }) => words);
  const rows = told.flatMap(({ keys, words }) => {
    const shown = keys.slice(0, 2).map((key) => make("kbd", {}, WRITTEN[key] ?? key.toUpperCase()));
    return [make("dt", {}, ...shown), make("dd", {}, words)];
  });
  return make("section", {}, make("h3", {}, title), make("dl", {}, ...rows));
}
