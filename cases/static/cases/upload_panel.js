// What is being sent, below the drop zone: a bar for all, a line for each file that is on its way or needs a look.
import { icon } from "../lexintel/notices.js";

const MAX_LINES = 100;
const MAX_WAITING_LINES = 5;
const figure = new Intl.NumberFormat("en");

export class UploadPanel {
  constructor(root, uploads) {
    this.root = root;
    this.uploads = uploads;
    this.lines = new Map();
    this.head = make("div", "uploads-head");
    this.title = make("p", "uploads-title");
    this.figures = make("p", "uploads-figures");
    this.button = make("button", "", "Cancel");
    this.button.type = "button";
    this.button.addEventListener("click", () => (uploads.running ? uploads.cancel() : this.close()));
    this.bar = make("progress");
    this.bar.setAttribute("aria-label", "All files");
    this.list = make("ul", "upload-list");
    this.more = make("p", "uploads-more");
    this.head.append(this.title, this.figures, this.button);
    root.append(this.head, this.bar, this.list, this.more);
  }

  close() {
    this.uploads.all = [];
    this.show();
  }

  show() {
    const { uploads } = this;
    this.root.hidden = uploads.all.length === 0;
    const done = uploads.of("done");
    const failed = uploads.of("failed");
    const { total, sent } = uploads.bytes;
    this.title.textContent = titleOf(uploads.all.length, done, failed, uploads.running);
    this.figures.textContent = uploads.running ? figuresOf(total, sent, uploads.rate()) : "";
    this.button.textContent = uploads.running ? "Cancel" : "Close";
    this.bar.hidden = !uploads.running;
    this.bar.max = Math.max(1, total);
    this.bar.value = sent;
    const waiting = uploads.of("waiting");
    const notable = [...failed, ...uploads.of("sending"), ...done.filter(remarkable)].slice(0, MAX_LINES);
    const shown = [...notable, ...waiting.slice(0, MAX_WAITING_LINES)];
    this.showLines(shown);
    const left = waiting.length - MAX_WAITING_LINES;
    this.more.hidden = left <= 0;
    this.more.textContent = `and ${figure.format(left)} more waiting`;
  }

  showLines(shown) {
    const wanted = new Set(shown);
    for (const [upload, line] of this.lines) {
      if (wanted.has(upload)) continue;
      line.root.remove();
      this.lines.delete(upload);
    }
    shown.forEach((upload, n) => {
      if (!this.lines.has(upload)) this.lines.set(upload, new Line(upload, () => this.uploads.retry(upload)));
      const line = this.lines.get(upload);
      line.show(upload);
      if (this.list.children[n] !== line.root) this.list.insertBefore(line.root, this.list.children[n] ?? null);
    });
  }
}

/** Added, but not as whoever added it may think. */
function remarkable(upload) {
  return Boolean(upload.document.duplicate_of || upload.document.error);
}

function titleOf(count, done, failed, running) {
  const files = `${figure.format(count)} file${count === 1 ? "" : "s"}`;
  if (running) return `Adding ${files}: ${figure.format(done.length)} done`;
  const added = `${figure.format(done.length)} of ${files} added`;
  const copies = done.filter((upload) => upload.document.duplicate_of).length;
  const parts = [added];
  if (copies) parts.push(`${figure.format(copies)} of them in the case already`);
  if (failed.length) parts.push(`${figure.format(failed.length)} not added`);
  return `${parts.join(", ")}.${done.length ? " Processing continues in the background." : ""}`;
}

function figuresOf(total, sent, rate) {
  const left = rate > 0 ? ` · ${duration((total - sent) / rate)} left` : "";
  return `${size(sent)} of ${size(total)} · ${size(rate)}/s${left}`;
}

export function size(bytes) {
  for (const [unit, of] of [["GB", 2 ** 30], ["MB", 2 ** 20], ["kB", 2 ** 10]]) {
    if (bytes >= of) return `${(bytes / of).toFixed(bytes / of < 10 ? 1 : 0)} ${unit}`;
  }
  return `${Math.round(bytes)} B`;
}

function duration(seconds) {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  return seconds < 3600 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

class Line {
  constructor(upload, retry) {
    this.root = make("li");
    this.bar = make("progress");
    this.bar.max = Math.max(1, upload.file.size);
    this.bar.setAttribute("aria-label", `Sent of ${upload.file.name}`);
    this.figure = make("span", "upload-figure");
    this.said = make("p", "upload-said");
    this.root.append(make("span", "upload-name", upload.path), this.bar, this.figure, this.said);
    this.retry = make("button", "link", "Try again");
    this.retry.type = "button";
    this.retry.addEventListener("click", retry);
    this.state = "";
  }

  show(upload) {
    this.bar.hidden = upload.state !== "sending";
    this.bar.value = upload.sent;
    this.figure.textContent = upload.state === "sending" ? percent(upload) : size(upload.file.size);
    if (this.state === upload.state) return;
    this.state = upload.state;
    this.root.className = `upload upload-${upload.state}`;
    this.said.replaceChildren(...this.sentence(upload));
    this.said.hidden = !this.said.childNodes.length;
  }

  sentence(upload) {
    if (upload.state === "failed") {
      const again = upload.code === "too_large" ? [] : [" ", this.retry];
      return [icon("alert"), ` Not added: ${upload.message} `, make("code", "", upload.code), ...again];
    }
    if (upload.state !== "done") return [];
    if (upload.document.duplicate_of) {
      const link = make("a", "", "the same file");
      link.href = `/documents/${encodeURIComponent(upload.document.duplicate_of)}/`;
      return [icon("copy"), " Added as a copy: the case has ", link, " already. It is read once and found under both."];
    }
    const { message, advice, code } = upload.document.error ?? {};
    return message ? [icon("alert"), ` Added, but: ${message} ${advice} `, make("code", "", code)] : [];
  }
}

function percent(upload) {
  if (upload.waiting) return "no connection, trying again …";
  if (upload.sent >= upload.file.size) return "storing …";
  return `${Math.floor((100 * upload.sent) / Math.max(1, upload.file.size))} %`;
}

function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}
