// Trying a document again and deleting it, without leaving the list.
import { send } from "../lexintel/api.js";
import { notify } from "../lexintel/notices.js";

export function startActions(page, live) {
  page.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-action=retry]");
    if (!button) return;
    event.preventDefault();
    button.disabled = true;
    await doing(() => send("POST", `${apiOf(button)}reprocess/`, {}));
    button.disabled = false;
    live.soon();
  });
  page.addEventListener("confirmed", async (event) => {
    const link = event.target.closest("a[data-action=delete]");
    if (!link) return;
    event.preventDefault();
    const name = link.closest("tr").querySelector(".row-name").textContent;
    if (await doing(() => send("DELETE", apiOf(link)))) notify(`“${name}” is deleted.`);
    live.soon();
  });
}

function apiOf(element) {
  return `/api/v1/documents/${element.closest("tr").dataset.document}/`;
}

async function doing(request) {
  try {
    await request();
    return true;
  } catch (problem) {
    notify(problem.message, "error");
    return false;
  }
}
