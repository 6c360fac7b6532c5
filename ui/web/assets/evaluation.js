// Question sets: what is pressed in their panel is told to the server, which sends the panel anew. What it shows is fetched when
// it is opened for the first time.

const LONGEST_SET = 4_000_000; // characters (LONGEST_SET in ui/web/session/run_folder.py)
const actOnRun = (action, more = {}) => trigger("act_on_run", { action, ...more });

let isStopping = false; // which a slow model makes long
let focusedButton = ""; // a selector of it: the server sends the panel anew while somebody is at it

function markStopping() {
  const button = document.querySelector("[data-run-stop]");
  if (!button) isStopping = false;
  else if (isStopping && button.textContent !== _("Stopping …")) button.textContent = _("Stopping …");
}

document.addEventListener("focusin", ({ target }) => {
  const [key] = target.closest("#trials") ? Object.entries(target.dataset) : [];
  const name = key && `data-${key[0].replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  focusedButton = key ? `#trials [${name}="${CSS.escape(key[1])}"]` : "";
});
new MutationObserver(() => {
  markStopping();
  if (focusedButton && document.activeElement === document.body) document.querySelector(focusedButton)?.focus({ preventScroll: true });
}).observe(document.body, { subtree: true, childList: true });

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  if (!button) return;
  const { openPanel: panel, runReport, runResume, runRemove } = button.dataset;
  if (panel === "evaluation") trigger("open_evaluation", {});
  else if (runReport) actOnRun("report", { name: runReport });
  else if (runResume) trigger("run_set", { resume: runResume });
  else if (runRemove) actOnRun("remove", { name: runRemove });
  else if ("runStop" in button.dataset) {
    isStopping = true;
    markStopping();
    trigger("stop_run", {});
  }
  else if ("takeRated" in button.dataset) actOnRun("rated");
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof Element) || !form.matches("form[data-run-set], form[data-run-compare]")) return;
  event.preventDefault();
  const { set, limit, before, after } = form.elements;
  if (form.matches("[data-run-set]")) trigger("run_set", { set: set.value, limit: Number(limit.value) || 0 });
  else actOnRun("compare", { name: before.value, after: after.value });
});

document.addEventListener("change", async (event) => {
  if (!(event.target instanceof Element) || !event.target.matches("[data-add-set]")) return;
  const [file] = event.target.files;
  if (!file) return;
  if (file.size > LONGEST_SET) sayAloud(_("“%(name)s” is larger than %(limit)s MB. Give a part of it.", { name: file.name, limit: LONGEST_SET / 1e6 }));
  else actOnRun("add", { name: file.name.slice(0, 200), text: await file.text() });
  event.target.value = "";
});
