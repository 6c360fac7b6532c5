// The history, the library and the settings: panels over the page. While one is open the rest can be neither seen clearly nor reached.

const PANELS = { history: _("History"), library: _("Library"), settings: _("Settings"), evaluation: _("Evaluation") };
const findPanel = (name) => document.getElementById(name);

let panelOpener = null; // where the focus returns

const shade = document.createElement("div");
shade.id = "shade";
shade.dataset.closePanel = "";
(element.closest(".gradio-container") ?? document.body).append(shade);

function arrangePanels() {
  const open = document.body.dataset.panel;
  room.inert = Boolean(open);
  for (const [name, label] of Object.entries(PANELS)) {
    const panel = findPanel(name);
    if (!panel) continue;
    panel.setAttribute("role", "dialog");
    panel.setAttribute("aria-modal", "true");
    panel.setAttribute("aria-label", label);
    panel.inert = name !== open;
  }
}

function openPanel(name, from) {
  panelOpener = from;
  document.body.dataset.panel = name;
  arrangePanels();
  enterLayer(closePanel);
  findPanel(name)?.querySelector("[data-close-panel]")?.focus({ preventScroll: true });
}

function closePanel() {
  if (!document.body.dataset.panel) return false;
  askWhetherSure(false);
  delete document.body.dataset.panel;
  leaveLayer(closePanel);
  arrangePanels();
  (panelOpener?.isConnected ? panelOpener : questionField())?.focus({ preventScroll: true });
  panelOpener = null;
  return true;
}

// ---- adding -----------------------------------------------------------------------------------------------------

const fileField = () => document.querySelector("#adding input[type=file], #upload input[type=file]");

function addFiles(files) {
  const field = fileField();
  if (!field || !files.length) return;
  const given = new DataTransfer();
  for (const file of files) given.items.add(file);
  field.files = given.files;
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

// What is too large is not sent at all, and said in the page's own words; the rest of the files go on.
document.addEventListener(
  "change",
  (event) => {
    if (event.target !== fileField()) return;
    const megabytes = Number(document.querySelector("[data-choose-files]")?.dataset.megabytes);
    const files = [...event.target.files];
    const fitting = files.filter((file) => file.size <= megabytes * 1e6);
    if (fitting.length === files.length) return;
    event.stopImmediatePropagation();
    const names = files.filter((file) => !fitting.includes(file)).map((file) => `“${file.name}”`);
    const told = { names: names.join(", "), limit: megabytes.toLocaleString(LANGUAGE) };
    sayAloud(
      ngettext(
        "%(names)s is larger than %(limit)s MB, the limit here. Split it, or add a part.",
        "%(names)s are larger than %(limit)s MB, the limit here. Split them, or add parts.",
        names.length,
        told,
      ),
    );
    event.target.value = "";
    addFiles(fitting);
  },
  { capture: true },
);

const holdsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
let over = 0; // how many elements under the pointer have been entered and not left

document.addEventListener("dragenter", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  over += 1;
  document.body.dataset.dropping = _("Drop to add to the library");
});
document.addEventListener("dragover", (event) => {
  if (holdsFiles(event)) event.preventDefault();
});
document.addEventListener("dragleave", (event) => {
  if (holdsFiles(event) && (over -= 1) <= 0) endDropping();
});
document.addEventListener("drop", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  endDropping();
  addFiles([...event.dataTransfer.files]);
});

function endDropping() {
  over = 0;
  delete document.body.dataset.dropping;
}

function dismissReport() {
  // What went well need not be said any longer once the next question is asked; what failed stays until it is closed.
  const report = document.getElementById("report");
  if (report?.querySelector(".report:is(.added, .replaced, .unchanged)") && !report.querySelector(".failed, .skipped, .failure"))
    trigger("dismiss", {});
}

// ---- forgetting -------------------------------------------------------------------------------------------------

function askWhetherSure(asks) {
  const sure = document.querySelector("#settings .sure");
  if (!sure) return;
  sure.hidden = !asks;
  document.querySelector("#settings .forgetting").hidden = asks;
  sure.querySelector("[data-forget-not]")?.focus();
}

// ---- events -----------------------------------------------------------------------------------------------------

const PRESSED = {
  openPanel: (button) => openPanel(button.dataset.openPanel, button),
  closePanel: () => closePanel(),
  chooseFiles: () => fileField()?.click(),
  remove: (button) => trigger("remove", { document: button.dataset.remove, sure: "sure" in button.dataset }),
  replace: (button) => trigger("replace_document", { held: button.dataset.replace }),
  reindex: () => {
    closePanel(); // what becomes of it is said below the question
    trigger("reindex", {});
  },
  dismiss: () => {
    trigger("dismiss", {});
    questionField()?.focus({ preventScroll: true });
  },
  read: (button) => {
    closePanel();
    wanted = null;
    showKept(null);
    trigger("choose_document", { document: button.dataset.read });
    if (narrow.matches) openSheet(document.querySelector('[data-open-panel="library"]'));
  },
  reset: () => resetChoices(),
  forget: () => askWhetherSure(true),
  forgetNot: () => {
    askWhetherSure(false);
    document.querySelector("#settings [data-forget]")?.focus();
  },
  forgetNow: () => {
    sessionStorage.removeItem(DRAFT);
    forgetLooks();
    closePanel();
    forgetConversations().then(() => {
      takeUp(null);
      trigger("forget", {});
      tellTabs({ forgotten: true });
      forgetLanguage();
    });
  },
};

document.addEventListener("click", (event) => {
  const selector = Object.keys(PRESSED).map((name) => `[data-${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}]`);
  const pressed = event.target instanceof Element ? event.target.closest(selector.join(", ")) : null;
  const name = pressed && Object.keys(PRESSED).find((key) => key in pressed.dataset);
  if (name) PRESSED[name](pressed);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form instanceof Element && form.matches("form.logout")) {
    // The reply has the browser do this, too, but only over HTTPS.
    sessionStorage.clear();
    localStorage.clear();
    event.preventDefault();
    forgetConversations().finally(() => form.submit());
  }
  if (!(form instanceof Element) || !form.matches("form[data-paste], form[data-web-page], form[data-choices]")) return;
  event.preventDefault();
  if (form.matches("form[data-choices]")) return;
  if (form.matches("form[data-paste]")) {
    trigger("paste", { title: form.elements.title.value, text: form.elements.text.value });
    form.reset();
    return;
  }
  trigger("add_page", { address: form.elements.address.value.trim() });
  form.elements.address.select(); // it stays, to be mended where it cannot be fetched
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented && closePanel()) event.preventDefault();
});

// The panels come to the page after this script, and the settings' form comes from the server.
new MutationObserver(() => {
  if (Object.keys(PANELS).some((name) => findPanel(name) && !findPanel(name).hasAttribute("role"))) arrangePanels();
  prepareChoices();
}).observe(document.body, { subtree: true, childList: true });
arrangePanels();
