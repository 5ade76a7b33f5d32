// Times come as UTC; readers see their own, and UTC when they point at it.

const locale = navigator.language.startsWith("en") ? navigator.language : "en";
const full = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
const clock = new Intl.DateTimeFormat(locale, { timeStyle: "short" });

/** Show every <time> below `root` as local time: `data-show="day"` without its clock, `"clock"` without its day. */
export function showLocalTimes(root) {
  for (const element of root.querySelectorAll("time[datetime]")) {
    const at = new Date(element.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    const format = { day, clock }[element.dataset.show] ?? full;
    element.title = `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;
    element.textContent = format.format(at);
  }
}
