// The page viewer. What it shows and where its links lead is the server's; here is what makes it quicker to work with.
import { announce, notify } from "../lexintel/notices.js";

const image = document.getElementById("page-image");
const text = document.querySelector(".page-text");
showCurrentHit();
if (image) {
  image.addEventListener("error", sayWhy);
  if (image.complete && image.currentSrc && !image.naturalWidth) sayWhy();
  else if (image.complete) fetchNeighbours();
  else image.addEventListener("load", fetchNeighbours, { once: true });
}
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  // What is selected stays so: it says which lines are meant.
  button.addEventListener("mousedown", (event) => event.preventDefault());
  button.addEventListener("click", () => copyCite(document.getElementById(button.dataset.copy)));
}

/** The address leads to the hit in the text or on the picture; the other one is brought into view here. */
function showCurrentHit() {
  const box = document.querySelector(".mark-hit.is-current");
  const frame = box?.closest(".page-picture");
  const mark = text?.querySelector("mark.is-current");
  mark?.scrollIntoView({ block: "nearest" });
  if (!frame) return;
  if (!mark) frame.scrollIntoView({ block: "nearest" });
  const at = box.getBoundingClientRect();
  const seen = frame.getBoundingClientRect();
  frame.scrollBy(at.left - seen.left - (seen.width - at.width) / 2, at.top - seen.top - (seen.height - at.height) / 2);
}

/** The pages before and after are at hand when they are asked for. */
function fetchNeighbours() {
  if (navigator.connection?.saveData) return;
  const width = new URL(image.currentSrc).searchParams.get("width");
  for (const url of [image.dataset["neighbour-1"], image.dataset["neighbour-2"]]) {
    if (url) new Image().src = `${url}?width=${width}`;
  }
}

/** The picture did not come: the server says why. */
async function sayWhy() {
  const problem = document.querySelector("[data-picture-problem]");
  let why = "The server does not answer.";
  try {
    const answer = await fetch(image.currentSrc || image.src, { headers: { Accept: "application/json" } });
    if (answer.ok) return; // it came at the second try
    why = (await answer.json()).detail ?? why;
  } catch {
    // Neither an answer nor a reason.
  }
  problem.querySelector("span").textContent = `The page cannot be shown as a picture. ${why}`;
  problem.hidden = false;
}

async function copyCite(cite) {
  const said = citeOfSelection(cite) ?? cite.textContent;
  if (await copy(said)) announce(`Copied: ${said}`);
  else notify(`It could not be copied. The cite is: ${said}`, "warning");
  if (said !== cite.textContent) cite.textContent = said;
}

/** “Doe Dep. 21:3–16” of the numbered lines that are selected; null if none is. */
function citeOfSelection(cite) {
  const selection = document.getSelection();
  if (!text || !selection || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const lines = [...text.querySelectorAll("[data-line]")].filter((line) => range.intersectsNode(line));
  if (!lines.length) return null;
  const numbers = lines.map((line) => Number(line.dataset.line));
  const [first, last] = [Math.min(...numbers), Math.max(...numbers)];
  return `${cite.dataset.base}:${first === last ? first : `${first}–${last}`}`;
}

async function copy(said) {
  try {
    await navigator.clipboard.writeText(said);
    return true;
  } catch {
    return copyTheOldWay(said); // without https browsers offer no other
  }
}

function copyTheOldWay(said) {
  const field = document.createElement("textarea");
  field.value = said;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}
