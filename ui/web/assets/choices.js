// The form of the settings: what the server is told, and how the page looks, which stays in this browser.

const LOCAL = "local:"; // how a chat model of the serving machine is named
const LOOKS = { theme: "footnote-theme", size: "footnote-size" }; // read by look.js as the page begins

const percent = (share) => _("%(share)s%%", { share: Math.round(100 * share) });

function tellCosts(form) {
  const { passages, threshold } = form.elements;
  form.querySelector('label[for="set-passages"] output').textContent = passages.value;
  form.querySelector('label[for="set-threshold"] output').textContent = percent(threshold.value);
  passages.setAttribute("aria-valuetext", ngettext("%(num)s passage", "%(num)s passages", Number(passages.value)));
  threshold.setAttribute("aria-valuetext", percent(threshold.value));
  const costs = JSON.parse(threshold.dataset.costs);
  const cost = costs.findLast((row) => row.threshold <= Number(threshold.value) + 1e-9) ?? costs[0];
  if (!cost) return;
  document.getElementById("threshold-cost").textContent =
    _("In our test, %(declined)s of 100 questions that the text does not answer are then declined, and %(needless)s of 100 that it does.", {
      declined: Math.round(cost.declined),
      needless: Math.round(cost.needless),
    });
}

function sendChoices(form) {
  const { passages, threshold, answerer } = form.elements;
  const who = answerer?.value ?? "";
  trigger("choose", {
    quotes: who === "quotes",
    model: who.startsWith(LOCAL) ? who.slice(LOCAL.length) : "",
    passages: Number(passages.value),
    abstain_below: Number(threshold.value),
    where: [...form.querySelectorAll("select[data-where]")]
      .filter((choice) => choice.value)
      .map((choice) => [choice.dataset.where, choice.value]),
  });
}

let resetAt = -Infinity;

function prepareChoices() {
  const form = document.querySelector("form[data-choices]");
  if (form && !("ready" in form.dataset)) arrangeForm(form);
}

function arrangeForm(form) {
  form.dataset.ready = "";
  form.elements.keys.checked = usesKeys();
  for (const [name, key] of Object.entries(LOOKS)) form.elements[name].value = localStorage.getItem(key) ?? "";
  form.elements.language.value = chosenLanguage();
  form.querySelector(".fine").open = !form.elements.manner.value; // what no word stands for
  tellCosts(form);
  reopenSettings();
  if (performance.now() - resetAt > 5000) return;
  form.querySelector(".resetting [role=status]").textContent = _("Done");
  form.querySelector("[data-reset]").focus({ preventScroll: true });
}

function forgetLooks() {
  for (const key of [...Object.values(LOOKS), KEYS_OFF, VIEW]) localStorage.removeItem(key);
  window.footnoteLook();
  evenSplit();
}

// ---- the language: a cookie, since the page comes in it from the server, and is loaded anew for another ---------------

const LANGUAGE_COOKIE = "footnote-language"; // (COOKIE in ui/web/security/languages.py)
const chosenLanguage = () => new RegExp(`(?:^|; )${LANGUAGE_COOKIE}=([a-z]+)`).exec(document.cookie)?.[1] ?? "";

function chooseLanguage(code, home) {
  const keep = code ? 365 * 24 * 60 * 60 : 0; // seconds
  document.cookie = `${LANGUAGE_COOKIE}=${code}; path=${home.replace(/\/$/, "") || "/"}; max-age=${keep}; samesite=lax`;
  if (code !== LANGUAGE) reloadOnceAnswered();
}

function reloadOnceAnswered(tries = 15) {
  // What was set a moment ago is still on its way.
  setTimeout(() => {
    if (tries && (joining || unanswered.size)) return reloadOnceAnswered(tries - 1);
    const isOpen = document.body.dataset.panel === "settings";
    const focus = document.activeElement?.matches("[data-reset]") ? "[data-reset]" : "#set-language";
    if (isOpen) sessionStorage.setItem(REOPENED, JSON.stringify({ focus, top: findPanel("settings").scrollTop }));
    window.location.reload();
  }, 200);
}

let isReopened = reopened === null;
function reopenSettings() {
  // Once, after a change of the language, where they were.
  if (isReopened) return;
  isReopened = true;
  const { focus, top } = JSON.parse(reopened);
  openPanel("settings", document.querySelector('[data-open-panel="settings"]'));
  findPanel("settings").scrollTop = top;
  findPanel("settings").querySelector(focus)?.focus({ preventScroll: true });
}

function forgetLanguage() {
  const field = document.querySelector("#set-language");
  if (field && chosenLanguage()) chooseLanguage("", field.dataset.home);
}

function resetChoices() {
  // The form comes anew from the server, unless it is the one that it has sent already.
  forgetLooks();
  arrangePaper();
  resetAt = performance.now();
  const form = document.querySelector("form[data-choices]");
  form.reset();
  arrangeForm(form);
  trigger("reset_choices", {});
  forgetLanguage();
}

document.addEventListener("input", (event) => {
  const form = event.target instanceof Element ? event.target.closest("form[data-choices]") : null;
  if (!form) return;
  const { manner, threshold } = form.elements;
  if (event.target.name === "manner") threshold.value = event.target.value;
  if (event.target === threshold) for (const each of manner) each.checked = each.value === String(Number(threshold.value));
  tellCosts(form);
});

document.addEventListener("change", (event) => {
  const form = event.target instanceof Element ? event.target.closest("form[data-choices]") : null;
  if (!form) return;
  const { name, value, checked } = event.target;
  if (name in LOOKS) {
    if (value) localStorage.setItem(LOOKS[name], value);
    else localStorage.removeItem(LOOKS[name]);
    window.footnoteLook();
  } else if (name === "language") chooseLanguage(value, event.target.dataset.home);
  else if (name === "keys" && checked) localStorage.removeItem(KEYS_OFF);
  else if (name === "keys") localStorage.setItem(KEYS_OFF, "");
  else sendChoices(form);
});
