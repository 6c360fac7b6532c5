// Gradio ends its stream of answers when the last one has come, and what was asked in that moment (50 to 100 ms) is
// answered into a stream that nobody reads: a press that does nothing. So the stream that Gradio reads goes on here, over
// as many of the server's as it takes, until everything that was asked is answered.

const MOST_EMPTY = 3; // streams without a word, after which nothing more is expected
const unanswered = new Set(); // numbers of what was asked, as the server gave them
let joining = 0; // asked, and not yet given a number
let settle = () => {};

const COMPLETED = /^data: *\{"msg":"process_completed","event_id":"([^"]+)"/;
const isEnd = (message) => message.startsWith('data: {"msg":"close_stream"');

async function join(target, options) {
  joining += 1;
  try {
    const response = await fetchPlainly(target, options);
    const { event_id: id } = response.ok ? await response.clone().json() : {};
    if (id) unanswered.add(id);
    return response;
  } finally {
    joining -= 1;
    settle();
  }
}

async function isMoreAwaited() {
  while (joining) await new Promise((done) => (settle = done));
  return unanswered.size > 0;
}

async function* readMessages(response) {
  // Whole messages: a piece may end within one.
  const decoder = new TextDecoder();
  let rest = "";
  for (const reader = response.body.getReader(); ; ) {
    const { value, done } = await reader.read();
    rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
    const messages = rest.split("\n\n");
    rest = messages.pop();
    yield* messages;
    if (done) break;
  }
  if (rest) yield rest;
}

async function* readStreams(response, again) {
  for (let empty = 0; ; ) {
    let end = "";
    let count = 0;
    for await (const message of readMessages(response)) {
      count += 1;
      unanswered.delete(COMPLETED.exec(message)?.[1]);
      if (isEnd(message)) end = message;
      else yield message;
    }
    empty = count ? 0 : empty + 1;
    if (!end || empty === MOST_EMPTY || !(await isMoreAwaited())) {
      unanswered.clear();
      if (end) yield end;
      return;
    }
    const next = await again();
    if (!next.ok || !next.body) {
      yield end;
      return;
    }
    response = next;
  }
}

function goOn(response, again) {
  const encoder = new TextEncoder();
  const messages = readStreams(response, again);
  const body = new ReadableStream({
    async pull(controller) {
      const { value, done } = await messages.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(`${value}\n\n`));
    },
    cancel: () => messages.return(),
  });
  return new Response(body, { status: response.status, headers: response.headers });
}

const fetchPlainly = window.fetch.bind(window);
window.fetch = async (target, options) => {
  const address = String(target?.url ?? target);
  if (address.includes("/queue/join")) return join(target, options);
  const response = await fetchPlainly(target, options);
  if (!address.includes("/queue/data") || !response.ok || !response.body) return response;
  return goOn(response, () => fetchPlainly(target, options));
};
