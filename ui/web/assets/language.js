// The page's words in the language that it came in. English stands in the scripts; for another one the page brings what they
// are in that, and which form of those with a number stands for which of Unicode's plural categories.

const LANGUAGE = document.documentElement.lang || "en";
const { forms = {}, messages = {} } = JSON.parse(document.getElementById("footnote-messages")?.textContent ?? "{}");
const plurals = new Intl.PluralRules(LANGUAGE);

const putIn = (words, values) => words.replace(/%(?:%|\((\w+)\)s)/g, (_whole, name) => (name ? String(values[name]) : "%"));
const _ = (message, values = {}) => putIn(messages[message] ?? message, values);

function ngettext(one, many, num, values = {}) {
  const words = messages[one]?.[forms[plurals.select(num)]] ?? (num === 1 ? one : many);
  return putIn(words, { num: num.toLocaleString(LANGUAGE), ...values });
}

// What several scripts say.
const nameFootnote = (number) => _("Footnote %(number)s", { number });
const tellPlace = (at, total) =>
  _("%(count)s of %(total)s", { count: at.toLocaleString(LANGUAGE), total: total.toLocaleString(LANGUAGE) });
