// The form of the settings: what the server is told, and how the page looks, which stays in this browser.

const LOCAL = "local:"; // how a chat model of the serving machine is named
const LOOKS = { theme: "footnote-theme", size: "footnote-size" }; // read by look.js as the page begins

const percent = (share) => `${Math.round(100 * share)}%`;

function tellCosts(form) {
  const { passages, threshold } = form.elements;
  form.querySelector('label[for="set-passages"] output').textContent = passages.value;
  form.querySelector('label[for="set-threshold"] output').textContent = percent(threshold.value);
  passages.setAttribute("aria-valuetext", `${passages.value} passages`);
  threshold.setAttribute("aria-valuetext", percent(threshold.value));
  const costs = JSON.parse(threshold.dataset.costs);
  const cost = costs.findLast((row) => row.threshold <= Number(threshold.value) + 1e-9) ?? costs[0];
  if (!cost) return;
  document.getElementById("threshold-cost").textContent =
    `In our test, ${Math.round(cost.declined)} of 100 questions that the text does not answer are then declined, ` +
    `and ${Math.round(cost.needless)} of 100 that it does.`;
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
  form.querySelector(".fine").open = !form.elements.manner.value; // what no word stands for
  tellCosts(form);
  if (performance.now() - resetAt > 5000) return;
  form.querySelector(".resetting [role=status]").textContent = "Done";
  form.querySelector("[data-reset]").focus({ preventScroll: true });
}

function forgetLooks() {
  for (const key of [...Object.values(LOOKS), KEYS_OFF, VIEW]) localStorage.removeItem(key);
  window.footnoteLook();
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
  } else if (name === "keys" && checked) localStorage.removeItem(KEYS_OFF);
  else if (name === "keys") localStorage.setItem(KEYS_OFF, "");
  else sendChoices(form);
});
