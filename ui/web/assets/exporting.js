// All conversations that this browser keeps, as one Markdown file: made here, since no server has them. It looks as one saved
// conversation does (ui/render/transcript.py), and as there nothing that a document or a person wrote is active in it.

const ACTIVE_MARKDOWN = /[\\`*_[\]<>|~$#^]|&(?=[#\p{L}\p{N}_])|:(?=\S)|@(?=[\p{L}\p{N}_])|(?<=[\p{L}\p{N}_])\.(?=\p{L})|^[-+=]/gu;
const UNSHOWABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202d\u202e\ue000\ue001]|\p{Surrogate}/gu;

const showWords = (text) => String(text).replace(UNSHOWABLE, (found) => (/\s/.test(found) ? " " : "\ufffd"));
const onOneLine = (text) => showWords(text).split(/\s+/).filter(Boolean).join(" ");
const escapeLine = (line) => line.replace(ACTIVE_MARKDOWN, "\\$&").replace(/^(\d+)([.)])/, "$1\\$2");
const escapeMarkdown = (text) => escapeLine(onOneLine(text));

// As the server writes them into such a file: what answers say (rag/answer/abstention.py, rag/retrieve/whole_documents.py)
// is English, and how quotes were matched is said in the language of the page.
const NOTE_OF_DOUBT = "I am not sure that this answers it; it is the closest I found.";
const MATCHED = { verbatim: _("verbatim"), close: _("close"), unverified: _("unverified") };
const NOTES_OF_ROUTES = {
  summary: "Central sentences of the whole text, in its own order.",
  list: "The sentences that fit best, in the order of the text; there may be others.",
};

function placeFootnotes(answer, first) {
  // The number of each citation in the whole file, in the order in which their markers are read.
  const begins = ({ markers }) => Math.min(...markers.map(([start]) => start), answer.answer.length);
  const read = [...answer.citations].sort((one, other) => begins(one) - begins(other));
  return new Map([...new Set(read.map(({ number }) => number))].map((number, at) => [number, first + at]));
}

function writeParagraphs(answer, names) {
  // Offsets count code points. A piece takes the place of a marker, or stands behind a sentence that is not proven.
  const letters = [...answer.answer];
  const pieces = answer.citations.flatMap(({ number, markers }) => markers.map(([start, end]) => [start, end, `[^${names.get(number)}]`]));
  if (answer.seconds.total > 0)
    for (const { end, supported } of answer.sentences) if (supported === false) pieces.push([end, end, ` ${_("(not proven)")}`]);
  pieces.sort((one, other) => one[0] - other[0] || one[1] - other[1]);
  const held = [];
  let text = "";
  let at = 0;
  for (const [start, end, words] of pieces) {
    if (start < at || end > letters.length) continue;
    const before = showWords(letters.slice(at, start).join(""));
    text += `${start < end ? before.replace(/ +$/, "") : before}\ue000${held.push(words) - 1}\ue001`;
    at = end;
  }
  text += showWords(letters.slice(at).join(""));
  const put = (line) => escapeLine(line.trim()).replace(/(?<=\ue001)[:(]/g, "\\$&").replace(/\ue000(\d+)\ue001/g, (_all, number) => held[number]);
  const paragraphs = text.split(/\n\s*\n/).map((paragraph) => paragraph.split("\n").filter((line) => line.trim()).map(put).join("\\\n"));
  const unplaced = answer.citations.filter(({ markers }) => !markers.length).map(({ number }) => `[^${names.get(number)}]`);
  return [...paragraphs, unplaced.length ? `${_("See also")}${[...new Set(unplaced)].join("")}` : ""].filter(Boolean);
}

function writeFootnote({ quote, title, heading, page, start, end, status, origin }) {
  const place = [...new Set([title, heading])].filter(Boolean).join(" > ");
  const where = [place, page ? _("page %(number)s", { number: page }) : "", _("characters %(start)s-%(end)s", { start, end })].filter(Boolean).join(", ");
  const matched = `${MATCHED[status] ?? status}${origin === "found" ? _(", found, not cited") : ""}`;
  return `“${escapeMarkdown(quote)}” — ${escapeMarkdown(`${where} (${matched})`)}`;
}

const doubtMarker = (marker) => (marker.endsWith("]") ? `${marker.slice(0, -1)}?]` : `[${marker}?]`);

function listNotes(answer) {
  const isQuoted = answer.model === "embedded" && !answer.abstained;
  return [
    answer.error && _("there is no answer: %(reason)s", { reason: answer.error }),
    !answer.error && !answer.seconds.total && _("this answer was stopped before it was whole."),
    answer.unsure && NOTE_OF_DOUBT,
    isQuoted && NOTES_OF_ROUTES[answer.route],
    ...answer.notes,
    answer.fallback,
    answer.unproven?.length && `not proven, and no part of the answer, is what the chat model wrote: “${answer.unproven.map(({ text }) => onOneLine(text)).join(" ")}”`,
    answer.unknown_markers?.length &&
      _("nothing stands behind %(markers)s.", { markers: [...new Set(answer.unknown_markers)].map(doubtMarker).join(", ") }),
  ].filter(Boolean);
}

function writeTurn({ turn }, footnotes) {
  const { asked, answer } = JSON.parse(turn);
  const names = placeFootnotes(answer, footnotes.length + 1);
  const blocks = [`### ${escapeMarkdown(asked)}`, ...writeParagraphs(answer, names)];
  blocks.push(...listNotes(answer).map((note) => `> ${_("Note:")} ${escapeMarkdown(note)}`));
  const byNumber = new Map(answer.citations.map((citation) => [citation.number, citation]));
  const written = [...names].map(([number, name]) => `[^${name}]: ${writeFootnote(byNumber.get(number))}`);
  footnotes.push(...written); // last: what cannot be read to its end leaves nothing behind
  return blocks;
}

function writeConversations(all, day) {
  const footnotes = [];
  const blocks = [`# ${_("Conversations with Footnote")}`, _("Saved on %(day)s.", { day })];
  for (const conversation of all) {
    blocks.push(`## ${escapeMarkdown(nameConversation(conversation))}`);
    for (const turn of conversation.turns) {
      try {
        blocks.push(...writeTurn(turn, footnotes));
      } catch {
        blocks.push(`> ${_("Note:")} ${_("a question that could not be read any more stood here.")}`); // it may be anything
      }
    }
  }
  return `${[...blocks, ...footnotes].join("\n\n")}\n`;
}

async function saveAllConversations() {
  const all = await listConversations();
  if (!all.length) return (removedLine().textContent = _("No conversation yet."));
  const now = new Date();
  const day = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
  const name = `footnote-all-${day}.md`;
  downloadFile({ name, kind: "text/markdown", text: writeConversations(all, day) });
  removedLine().textContent = _("Saved as %(name)s", { name });
}

document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-save-all]")) saveAllConversations();
});
