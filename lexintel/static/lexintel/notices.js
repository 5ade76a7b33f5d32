// What a page tells: notices that stay, and announcements that only screen readers hear.

const BETWEEN_ANNOUNCEMENTS_MS = 10_000;

/** Show a sentence at the top of the page; `kind` is success, warning or error. */
export function notify(text, kind = "success") {
  const notice = document.createElement("p");
  notice.className = `notice notice-${kind}`;
  const said = document.createElement("span");
  said.textContent = text;
  notice.append(icon(kind === "success" ? "ready" : "alert"), said);
  const notices = document.getElementById("notices");
  notices.append(notice);
  while (notices.children.length > 5) notices.firstElementChild.remove();
}

/** The picture `name` of lexintel/icons.svg. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${document.documentElement.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

let saidAt = -Infinity;
let next = "";
let timer = 0;

/** Have a screen reader say it, at most once in ten seconds: of several only the last one. */
export function announce(text) {
  next = text;
  if (!timer) timer = setTimeout(say, Math.max(0, saidAt + BETWEEN_ANNOUNCEMENTS_MS - performance.now()));
}

function say() {
  timer = 0;
  saidAt = performance.now();
  document.getElementById("announcer").textContent = next;
}
