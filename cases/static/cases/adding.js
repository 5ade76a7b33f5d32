// Adding documents: drop them anywhere on the page, or choose files or a folder.
import { chosen, dropped, holdsFiles } from "./dropped.js";
import { UploadPanel } from "./upload_panel.js";
import { Uploads } from "./uploads.js";
import { notify } from "../lexintel/notices.js";

// More often nobody sees it.
const SHOW_EVERY_MS = 150;

export function startAdding(page, live) {
  const form = page.querySelector("form.drop-zone");
  if (!form) return;
  for (const element of form.querySelectorAll("[data-with-script]")) element.hidden = false;
  for (const element of form.querySelectorAll("[data-without-script]")) element.hidden = true;

  const { api, apiInParts, caseId, maxBytes } = form.dataset;
  const uploads = new Uploads({ whole: api, inParts: apiInParts, caseId }, Number(maxBytes), () => changed());
  const panel = new UploadPanel(page.querySelector("[data-uploads]"), uploads);
  const changed = showing(uploads, panel, live);

  function take({ files, left, unreadable }) {
    if (left) notify(`${left} file${left === 1 ? "" : "s"} of the operating system left out.`);
    for (const path of unreadable) notify(`${path} could not be read from your disk.`, "error");
    if (files.length) uploads.add(files, form.elements.custodian.value.trim());
    else if (!left && !unreadable.length) notify("There is no file in it.", "error");
  }

  startChoosing(form, take);
  startDropping(form, take);
}

/** Shows changes a few times a second, and asks before the page is left while files are being sent. */
function showing(uploads, panel, live) {
  let timer = 0;
  let known = 0;
  const stay = (event) => {
    event.preventDefault();
    event.returnValue = true; // what older browsers look at
  };

  function show() {
    timer = 0;
    panel.show();
    // Only while something runs: a listener alone keeps browsers from going back quickly.
    (uploads.running ? addEventListener : removeEventListener)("beforeunload", stay);
    const done = uploads.of("done").length;
    if (done > known) live.soon();
    known = done;
    // Rates fall even when nothing arrives.
    if (uploads.running) timer = setTimeout(show, 4 * SHOW_EVERY_MS);
  }

  let shown = -Infinity;
  return () => {
    const now = performance.now();
    if (now - shown < SHOW_EVERY_MS) {
      clearTimeout(timer);
      timer = setTimeout(show, SHOW_EVERY_MS);
      return;
    }
    shown = now;
    clearTimeout(timer);
    show();
  };
}

function startChoosing(form, take) {
  for (const button of form.querySelectorAll("[data-choose]")) {
    const input = document.createElement("input");
    input.type = "file";
    input.multiple = true;
    input.webkitdirectory = button.dataset.choose === "folder";
    if (button.dataset.choose === "folder" && !("webkitdirectory" in HTMLInputElement.prototype)) {
      button.hidden = true; // phones have no folders to choose
    }
    input.addEventListener("change", () => {
      take(chosen(input));
      input.value = "";
    });
    button.addEventListener("click", () => input.click());
    input.hidden = true;
    input.dataset.chooser = button.dataset.choose;
    button.after(input);
  }
}

function startDropping(form, take) {
  let depth = 0;
  const over = (on) => form.classList.toggle("is-over", on);
  const handle = (name, what) =>
    addEventListener(name, (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      what(event);
    });
  // Events come for every element that is crossed: the drag is over when as many were left as entered.
  handle("dragenter", () => over(++depth > 0));
  handle("dragleave", () => over(--depth > 0));
  handle("dragover", (event) => (event.dataTransfer.dropEffect = "copy"));
  handle("drop", async (event) => {
    depth = 0;
    over(false);
    take(await dropped(event.dataTransfer));
  });
}
