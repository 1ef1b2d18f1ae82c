// @ts-check
// Tabs as screen readers and keyboards know them.

import { el } from "./dom.js";

/**
 * @param {string} label
 * @param {Array<{id: string, name: string, panel: () => Node}>} all each panel is made when it is first shown
 * @param {string} first the one that is open
 * @param {(id: string) => void} onOpen
 */
export function tabsOf(label, all, first, onOpen) {
  const buttons = all.map(({ id, name }) =>
    el("button", { type: "button", role: "tab", id: `tab-${id}`, "aria-controls": `panel-${id}`, click: () => open(id) }, name),
  );
  const panels = all.map(({ id }) => el("div", { role: "tabpanel", id: `panel-${id}`, "aria-labelledby": `tab-${id}`, tabindex: 0, hidden: true }));
  const list = el("div", { role: "tablist", class: "tabs", "aria-label": label }, buttons);

  /** @param {string} id */
  function open(id) {
    all.forEach((tab, i) => {
      const chosen = tab.id === id;
      buttons[i].setAttribute("aria-selected", String(chosen));
      buttons[i].tabIndex = chosen ? 0 : -1;
      panels[i].hidden = !chosen;
      if (chosen && !panels[i].firstChild) panels[i].append(tab.panel());
    });
    onOpen(id);
  }

  list.addEventListener("keydown", (event) => {
    const here = buttons.findIndex((button) => button === document.activeElement);
    /** @type {Record<string, number>} */
    const goes = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: buttons.length - 1 };
    if (here < 0 || !(event.key in goes)) return;
    event.preventDefault();
    const next = (goes[event.key] + buttons.length) % buttons.length;
    open(all[next].id);
    buttons[next].focus();
  });
  open(all.some((tab) => tab.id === first) ? first : all[0].id);
  return el("section", { class: "tabbed" }, list, panels);
}
