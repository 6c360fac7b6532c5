// The list of the conversations that this browser keeps: to open, find, name, remove, and to have removed ones back.

const conversationList = () => document.getElementById("conversations");
const removedLine = () => document.getElementById("removed");

const countQuestions = (count) => ngettext("%(num)s question", "%(num)s questions", count);

function tellTime(then) {
  const at = new Date(then);
  const isToday = at.toDateString() === new Date().toDateString();
  return isToday
    ? at.toLocaleTimeString(LANGUAGE, { hour: "2-digit", minute: "2-digit" })
    : at.toLocaleDateString(LANGUAGE, { day: "numeric", month: "short", year: "numeric" });
}

const nameConversation = ({ title, turns }) => title || readAsked(turns[0]).trim().slice(0, LONGEST_TITLE) || _("No words");

function matches(conversation, words) {
  const text = fold([nameConversation(conversation), ...conversation.turns.map(readAsked)].join("\n"));
  return words.every((word) => text.includes(word));
}

function makeButton(words, label, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = words;
  if (label) button.setAttribute("aria-label", label);
  button.addEventListener("click", act);
  return button;
}

function makeRow(conversation) {
  const row = document.createElement("li");
  const name = nameConversation(conversation);
  const title = makeButton(name, "", async () => {
    closePanel();
    await openConversation(conversation.id);
  });
  title.className = "title";
  title.dir = "auto";
  if (conversation.id === current) title.setAttribute("aria-current", "true");
  const facts = document.createElement("span");
  facts.className = "facts";
  const own = conversation.id === current ? `${_("shown now")} · ` : "";
  facts.textContent = `${own}${countQuestions(conversation.turns.length)} · ${tellTime(conversation.changed)}`;
  const tools = document.createElement("span");
  tools.className = "row-tools";
  tools.append(
    makeButton(_("Rename"), _("Rename %(title)s", { title: name }), () => rename(conversation, title)),
    makeButton(_("Delete"), _("Delete %(title)s", { title: name }), () => removeConversation(conversation)),
  );
  row.append(title, facts, tools);
  return row;
}

let drawn = 0; // the newest drawing wins
async function showConversations() {
  const list = conversationList();
  if (!list || document.body.dataset.panel !== "history" || list.querySelector("input")) return;
  const own = (drawn += 1);
  const all = await listConversations();
  if (own !== drawn) return;
  const words = fold(document.getElementById("find-conversation").value).split(" ").filter(Boolean);
  const shownOnes = all.filter((conversation) => matches(conversation, words));
  list.replaceChildren(...shownOnes.map(makeRow));
  const said = document.getElementById("no-conversation");
  said.textContent = shownOnes.length ? "" : all.length ? _("No conversation has these words.") : _("No conversation yet.");
}

function rename(conversation, title) {
  const field = document.createElement("input");
  field.value = nameConversation(conversation);
  field.maxLength = LONGEST_TITLE;
  field.setAttribute("aria-label", _("Name of the conversation"));
  title.replaceWith(field);
  field.select();
  let isOver = false;
  const end = async (isTaken) => {
    if (isOver) return;
    isOver = true;
    const name = field.value.trim();
    field.remove();
    if (isTaken) await alterConversation(conversation.id, (stored) => stored && { ...stored, title: name });
    if (isTaken) tellTabs({ listed: true });
    await showConversations();
    conversationList()?.querySelector("button")?.focus({ preventScroll: true });
  };
  field.addEventListener("blur", () => end(true));
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation(); // the panel stays open
    end(event.key === "Enter");
  });
}

async function removeConversation({ id }) {
  let removed = null;
  await alterConversation(id, (stored) => {
    removed = stored;
    return null;
  });
  if (!removed) return showConversations();
  tellTabs({ changed: id });
  if (id === current) await openConversation(null);
  await showConversations();
  const back = makeButton(_("Undo"), "", () => bringBack(removed));
  back.className = "plain";
  removedLine().replaceChildren(_("Deleted “%(title)s”.", { title: nameConversation(removed) }), " ", back);
  back.focus({ preventScroll: true });
}

async function bringBack(removed) {
  // Another tab may have gone on under the same name meanwhile.
  await alterConversation(removed.id, (stored) => {
    const known = new Set(removed.turns.map(turnId));
    return { ...removed, turns: [...removed.turns, ...(stored?.turns ?? []).filter((turn) => !known.has(turnId(turn)))] };
  });
  removedLine().replaceChildren();
  tellTabs({ listed: true });
  await showConversations();
  conversationList()?.querySelector("button")?.focus({ preventScroll: true });
}

document.addEventListener("input", (event) => {
  if (event.target instanceof Element && event.target.id === "find-conversation") showConversations();
});

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest("[data-new-conversation]")) {
    closePanel();
    beginAnew();
  } else if (target?.closest('[data-open-panel="history"]')) {
    removedLine()?.replaceChildren();
    showConversations();
  }
});

noticeAnswers();
