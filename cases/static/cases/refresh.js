// Fetches the parts of the page that change, as the server renders them, and puts in what differs.
import { showProgress } from "./row.js";
import { announce } from "../lexintel/notices.js";
import { showLocalTimes } from "../lexintel/times.js";

const BETWEEN_MS = 1_000;
// Of its time the server may spend a quarter on one page that is looked at.
const SHARE = 3;

export class Refresh {
  /** `events`: the newest event of each document, shown in its row if it is newer than what was fetched. */
  constructor(page, events) {
    this.page = page;
    this.events = events;
    this.rendered = new Map();
    this.first = true;
    this.timer = 0;
    this.running = false;
    this.notBefore = 0;
  }

  /** Fetch as soon as it is time; asking often costs nothing. */
  soon() {
    if (this.timer) return;
    if (this.running) {
      this.again = true;
      return;
    }
    this.timer = setTimeout(() => this.run(), Math.max(0, this.notBefore - performance.now()));
  }

  async run() {
    this.timer = 0;
    this.running = true;
    this.again = false;
    const began = performance.now();
    try {
      const response = await fetch(this.page.dataset.live + location.search, { cache: "no-store", redirect: "error" });
      if (response.ok) this.show(new DOMParser().parseFromString(await response.text(), "text/html"));
    } catch {
      // The next event or poll asks again.
    } finally {
      const took = performance.now() - began;
      this.notBefore = performance.now() + Math.max(BETWEEN_MS, SHARE * took);
      this.running = false;
      if (this.again) this.soon();
    }
  }

  show(fetched) {
    const heard = this.said();
    for (const part of fetched.querySelectorAll("[data-part]")) {
      const here = this.page.querySelector(`[data-part="${part.dataset.part}"]`);
      const rows = [here, part].map((p) => p.querySelector("tbody"));
      if (rows[0] && rows[1]) this.showRows(...rows);
      else this.replace(part.dataset.part, here, part);
    }
    this.first = false;
    this.page.querySelector("[data-filters]").hidden = !this.page.querySelector(".statuses");
    this.reapply(Number(fetched.querySelector("[data-at]")?.dataset.at ?? 0));
    if (this.said() !== heard) announce(this.said());
  }

  /** The sentence that tells how much is searchable. */
  said() {
    const sentence = this.page.querySelector("[data-part=summary] p")?.textContent ?? "";
    return sentence.replace(/\s+/g, " ").trim();
  }

  replace(name, here, part) {
    const html = part.innerHTML;
    if (this.rendered.get(name) === html) return;
    this.rendered.set(name, html);
    keepingFocus(here, () => here.replaceChildren(...adopted(part)));
  }

  /** Rows by document: unchanged ones stay, so that what is selected or in focus is left alone. */
  showRows(here, fetched) {
    const old = new Map([...here.rows].map((row) => [row.dataset.document, row]));
    const kept = [];
    for (const row of [...fetched.rows]) {
      const id = row.dataset.document;
      const html = row.outerHTML;
      const before = old.get(id);
      const same = before && this.rendered.get(id) === html && before.dataset.changed === undefined;
      this.rendered.set(id, html);
      if (same) {
        kept.push(before);
        continue;
      }
      const made = document.adoptNode(row);
      showLocalTimes(made);
      if (!before && !this.first) made.classList.add("is-new");
      if (before) keepingFocus(before, () => before.replaceWith(made), made);
      kept.push(made);
    }
    const ids = new Set(kept.map((row) => row.dataset.document));
    for (const [id, row] of old) {
      if (ids.has(id)) continue;
      if (row.contains(document.activeElement)) document.getElementById("documents-title").focus();
      row.remove();
      this.rendered.delete(id);
    }
    kept.forEach((row, n) => {
      if (here.rows[n] !== row) here.insertBefore(row, here.rows[n] ?? null);
    });
  }

  reapply(at) {
    for (const event of this.events.values()) if (event.at > at) showProgress(this.page, event);
  }
}

function adopted(part) {
  const nodes = [...part.childNodes].map((node) => document.adoptNode(node));
  for (const node of nodes) if (node.querySelectorAll) showLocalTimes(node);
  return nodes;
}

/** Change something; what had the focus inside `here` has it again afterwards, if there is the same link or button. */
function keepingFocus(here, change, made = here) {
  const active = document.activeElement;
  const mark = here.contains(active) && ["formaction", "href", "id"].find((name) => active.hasAttribute(name));
  const value = mark && active.getAttribute(mark);
  change();
  if (mark) made.querySelector(`[${mark}="${CSS.escape(value)}"]`)?.focus();
}
