// One document's row from an event, before the server's rendering of it arrives.

const figure = new Intl.NumberFormat("en");
const READING = { read: "Reading", index: "Indexing words", embed: "Searchable" };
const WORDS = { queued: "Queued", ready: "Ready", partial: "Partly readable", failed: "Failed" };

/** Show a progress event in the row of its document, if the page has one. */
export function showProgress(page, event) {
  const row = page.querySelector(`tr[data-document="${CSS.escape(event.doc)}"]`);
  if (!row || event.status === "deleted") return;
  const status = row.querySelector(".status");
  const running = event.status === "processing";
  const detail = row.querySelector("[data-slot=detail]");
  if (running) detail.textContent = detailOf(event);
  // Its place in the queue is the server's to say: an event that says again that it waits takes nothing away.
  else if (!status.classList.contains(`status-${event.status}`)) detail.textContent = "";
  setStatus(status, event);
  setBar(row, status, running ? event.pct : null);
  row.dataset.changed = "";
}

function setStatus(status, event) {
  const words = WORDS[event.status] ?? READING[event.stage];
  const slot = status.querySelector("[data-slot=words]");
  if (slot.textContent !== words) slot.textContent = words;
  if (status.classList.contains(`status-${event.status}`)) return;
  status.className = `status status-${event.status}`;
  const svg = status.querySelector("svg");
  svg.setAttribute("class", `icon icon-${event.status}`);
  const use = svg.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${event.status}`));
}

function setBar(row, status, percent) {
  let bar = row.querySelector(".status-cell progress");
  if (percent === null) {
    bar?.remove();
    return;
  }
  if (!bar) {
    bar = document.createElement("progress");
    bar.max = 100;
    bar.setAttribute("aria-label", `Done of ${row.querySelector(".row-name").textContent}`);
    status.after(bar);
  }
  bar.value = percent;
}

function detailOf(event) {
  if (event.stage === "embed") return "meaning is being indexed";
  return event.stage === "read" && event.pages ? `page ${figure.format(event.page)} of ${figure.format(event.pages)}` : "";
}
