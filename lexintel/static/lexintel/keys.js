// Keyboard shortcuts. What has one says so itself, in any template:
//   <a data-key="n" data-key-name="Next hit" href="…">   pressing n follows it
//   <input data-key="/" data-key-name="Search">          pressing / goes to it
//   data-key="g h"                                       one key after the other
// `?` shows those of the page that is open, and the switch that turns them off (WCAG 2.1.4).

const SWITCH = "lexintel.keys";
const BETWEEN_MS = 1500;
// These take what is typed; checkboxes and buttons do not.
const TYPING = "textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=button], [type=file])";

let typed = "";
let forget = 0;

export function startKeys() {
  const sheet = document.getElementById("keys");
  if (!sheet) return;
  const on = sheet.querySelector("input[name=on]");
  on.checked = areOn();
  on.addEventListener("change", () => remember(on.checked));
  for (const opener of document.querySelectorAll('[data-open="keys"]')) {
    opener.hidden = false;
    opener.addEventListener("click", () => open(sheet));
  }
  document.addEventListener("keydown", (event) => pressed(event, sheet));
}

function pressed(event, sheet) {
  const modified = event.ctrlKey || event.metaKey || event.altKey;
  if (modified || event.defaultPrevented || event.isComposing || event.key.length !== 1) return;
  if (event.target.closest?.(TYPING) || document.querySelector("dialog[open]") || !areOn()) return;
  const keys = typed ? `${typed} ${event.key}` : event.key;
  const found = keyed();
  wait("");
  if (keys === "?") open(sheet);
  else if (found.has(keys)) act(found.get(keys));
  else if ([...found.keys()].some((known) => known.startsWith(`${keys} `))) wait(keys);
  else return;
  event.preventDefault();
}

function wait(keys) {
  clearTimeout(forget);
  typed = keys;
  if (keys) forget = setTimeout(() => (typed = ""), BETWEEN_MS);
}

/** The page's shortcuts: element by keys; the first one counts. */
function keyed() {
  const found = new Map();
  for (const element of document.querySelectorAll("[data-key]")) {
    const usable = element.dataset.key && !element.disabled && !element.closest("[hidden], dialog:not([open])");
    if (usable && !found.has(element.dataset.key)) found.set(element.dataset.key, element);
  }
  return found;
}

function act(element) {
  if (!element.matches("input, textarea")) return element.click();
  element.focus();
  element.select?.();
}

function open(sheet) {
  const list = sheet.querySelector(".key-list");
  const rows = [...keyed()].map(([keys, element]) => row(keys, element.dataset.keyName ?? element.textContent.trim()));
  list.replaceChildren(...[...rows, row("?", "This list")].flat());
  sheet.showModal();
}

function row(keys, name) {
  const term = document.createElement("dt");
  keys.split(" ").forEach((key, n) => {
    const cap = document.createElement("kbd");
    cap.textContent = key;
    term.append(...(n ? [" then ", cap] : [cap]));
  });
  const description = document.createElement("dd");
  description.textContent = name;
  return [term, description];
}

function areOn() {
  try {
    return localStorage.getItem(SWITCH) !== "off";
  } catch {
    return true; // no storage in this browser: the switch cannot be remembered
  }
}

function remember(on) {
  try {
    if (on) localStorage.removeItem(SWITCH);
    else localStorage.setItem(SWITCH, "off");
  } catch {
    // Nothing to be done: it stays as it was.
  }
}
