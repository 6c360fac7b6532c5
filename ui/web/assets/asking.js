// Asking: what is typed is shown in the conversation at once, before the server has it, and outlives a reload until then;
// what is sent off while an answer is being given waits for its end; the arrow up brings the last question back.

const DRAFT = "footnote-draft"; // in the tab's storage
const LONGEST_ECHO = 20_000; // milliseconds; by then something has come, or nothing will

const questionField = () => document.querySelector("#question textarea");
const isAsking = () => document.querySelector("#question .stop-button") !== null;

function writeQuestion(text) {
  const field = questionField();
  if (!field) return;
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

// ---- the question at once --------------------------------------------------------------------------------------

const echo = document.createElement("div");
echo.id = "echo";
let echoTimer = 0;
let onItsWay = ""; // what was typed, until the request with it has left

function addWords(kind, words) {
  const line = document.createElement("p");
  line.className = kind;
  line.dir = "auto";
  line.textContent = words;
  echo.append(line);
}

function showEcho(words) {
  echo.replaceChildren();
  wayBack.replaceChildren();
  addWords("said", words.trim().slice(0, 1000));
  addWords("stage", _("Searching …"));
  echo.dataset.after = findQuestions(findScroller()).length;
  echo.dataset.newest = newestTurn();
  findScroller()?.append(echo);
  clearTimeout(echoTimer);
  echoTimer = setTimeout(() => echo.remove(), LONGEST_ECHO);
  following = true;
  keepInView();
}

function newestTurn() {
  const told = [...document.querySelectorAll("#chat :is(.answer[data-answer], [data-act][data-turn])")].at(-1);
  return told?.dataset.answer ?? told?.dataset.turn ?? "";
}

function dropEcho() {
  // The server shows the question itself now; it may have taken another one away for it, and be done already.
  if (!echo.isConnected) return;
  const isMore = findQuestions(findScroller()).length > Number(echo.dataset.after);
  if (isAsking() || isMore || newestTurn() !== echo.dataset.newest) echo.remove();
}

function sendOff() {
  const words = questionField()?.value ?? "";
  if (!words.trim() || isAnswering() || onItsWay === words) return;
  onItsWay = words;
  showEcho(words);
  dismissReport();
  setTimeout(pressAgain, 400, words, 25);
}

function pressAgain(words, times) {
  // Gradio sends nothing while it has not done with the answer before, though all words of that are there.
  if (onItsWay !== words) return;
  if (questionField()?.value !== words || times === 0) {
    onItsWay = "";
    echo.remove();
    return;
  }
  if (!isAsking()) document.querySelector("#question .submit-button")?.click();
  setTimeout(pressAgain, 400, words, times - 1);
}

// ---- a question that waits until the answer before it is there -----------------------------------------------------

const waitingLine = document.createElement("p");
waitingLine.id = "waiting-line";
waitingLine.setAttribute("role", "status");
let waiting = ""; // its words, which stay in the field; whoever changes them has it wait no longer

const isAnswering = () => isAsking() || echo.isConnected;

function wait(words) {
  if (waiting === words) return;
  waiting = words;
  waitingLine.textContent = words && _("Will be asked once this answer is there, or at once with “Stop”.");
}

function askWaiting() {
  if (waiting && questionField()?.value !== waiting) wait("");
  if (!waiting || isAnswering()) return;
  wait("");
  document.querySelector("#question .submit-button")?.click();
}

document.addEventListener(
  "keydown",
  (event) => {
    if (event.target !== questionField() || event.isComposing) return;
    const words = event.target.value;
    if (event.key === "Enter" && !event.shiftKey && isAnswering() && words.trim() && words !== onItsWay) {
      event.preventDefault();
      event.stopImmediatePropagation(); // else it takes the place of an answer that was asked for by a press
      return wait(words);
    }
    if (event.key === "Enter" && !event.shiftKey) sendOff();
    if (event.key === "ArrowUp" && event.target.value === "") {
      const last = [...findQuestions(findScroller())].at(-1);
      if (!last) return;
      event.preventDefault();
      writeQuestion(last.textContent);
      event.target.setSelectionRange(event.target.value.length, event.target.value.length);
    }
  },
  { capture: true },
);

document.addEventListener(
  "click",
  (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const example = target?.closest("#chat .example");
    if (target?.closest("#question .submit-button")) sendOff();
    else if (example) showEcho(example.textContent);
  },
  { capture: true },
);

// ---- requests: the field is emptied once its words have left; a login may have ended -----------------------------

const plainFetch = window.fetch;
window.fetch = async (...asked) => {
  const sent = onItsWay;
  const isQuestion = sent && String(asked[0]?.url ?? asked[0]).includes("/queue/join") && String(asked[1]?.body).includes(JSON.stringify(sent));
  if (isQuestion) onItsWay = "";
  const coming = plainFetch(...asked);
  if (isQuestion) writeQuestion("");
  const putBack = () => {
    echo.remove();
    if (isQuestion && questionField()?.value === "") writeQuestion(sent);
  };
  const reply = await coming.catch((error) => {
    putBack();
    throw error;
  });
  if (!reply.ok) putBack();
  // The page for logging in stands where this one does; the question that is being typed outlives it.
  if (reply.status === 401) window.location.reload();
  return reply;
};

// A question that is being typed outlives a reload: Gradio loads the page anew when a server comes back.
document.addEventListener("input", (event) => {
  if (event.target !== questionField()) return;
  sessionStorage.setItem(DRAFT, event.target.value);
  askWaiting(); // other words do not wait
});

function nameParts() {
  if (!waitingLine.isConnected) document.getElementById("question")?.before(waitingLine); // which comes after this script
  // Gradio calls its suggestions a list, and puts buttons into it that are no items; messages are "a component of type html".
  document.querySelector('#chat .examples[role="list"]')?.setAttribute("role", "group");
  document.querySelector('#chat [aria-label="chatbot conversation"]')?.setAttribute("aria-label", _("Conversation"));
  for (const message of document.querySelectorAll('#chat [aria-label$="a component of type html"]')) {
    message.setAttribute("aria-label", message.dataset.testid === "user" ? _("Your question") : _("Answer"));
  }
}

let draft = sessionStorage.getItem(DRAFT);
new MutationObserver(() => {
  nameParts();
  if (waiting && !isAnswering()) setTimeout(askWaiting, 150); // the question may be seen before its button is
  if (isAsking()) sessionStorage.removeItem(DRAFT);
  else if (draft && questionField()) {
    if (questionField().value === "") writeQuestion(draft);
    draft = null;
  }
}).observe(room, { subtree: true, childList: true });
