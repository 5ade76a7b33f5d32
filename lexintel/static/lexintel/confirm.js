// Asks before what cannot be undone. A link with data-confirm leads to a page that asks; with this it asks at once:
//   <a href="…/delete/" data-confirm="Delete it?" data-confirm-text="…" data-confirm-button="Delete">
// On yes the link gets a `confirmed` event; if nobody prevents its default, the link's address is posted to.

export function startConfirming() {
  const dialog = document.getElementById("confirm");
  if (!dialog) return;
  const form = dialog.querySelector("form");
  const [yes, no] = form.querySelectorAll("button");
  let asked = null;

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-confirm]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    asked = link;
    dialog.querySelector("h2").textContent = link.dataset.confirm;
    dialog.querySelector("p").textContent = link.dataset.confirmText ?? "";
    yes.textContent = link.dataset.confirmButton ?? "Yes";
    form.action = link.href;
    dialog.showModal();
  });
  no.addEventListener("click", () => dialog.close());
  form.addEventListener("submit", (event) => {
    const goOn = asked.dispatchEvent(new CustomEvent("confirmed", { bubbles: true, cancelable: true }));
    if (!goOn) {
      event.preventDefault();
      dialog.close();
    }
  });
}
