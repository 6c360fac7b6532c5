// Gradio's page closes its stream of answers when the last one has come. Whatever is asked between the server's last word
// and that moment (50 to 100 ms) is answered into a stream that nobody reads any more: a press that does nothing. So what
// is asked then waits until the stream has ended.

const LONGEST_CLOSING = 400; // milliseconds; after that, others are still waited for, and it stays open
let streamsOpen = 0;
let lastCompleted = -Infinity;

const isClosing = () => streamsOpen > 0 && performance.now() - lastCompleted < LONGEST_CLOSING;

async function watchStream(copy) {
  const reader = copy.body.getReader();
  const decoder = new TextDecoder();
  let tail = "";
  streamsOpen += 1;
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      const words = tail + decoder.decode(piece.value, { stream: true });
      if (words.includes('"process_completed"')) lastCompleted = performance.now();
      tail = words.slice(-20);
    }
  } catch {
    // The page has closed it.
  } finally {
    streamsOpen -= 1;
  }
}

const fetchPlainly = window.fetch.bind(window);
window.fetch = async (target, options) => {
  const address = String(target?.url ?? target);
  while (address.includes("/queue/join") && isClosing()) await new Promise((done) => setTimeout(done, 10));
  const response = await fetchPlainly(target, options);
  if (address.includes("/queue/data") && response.body) watchStream(response.clone());
  return response;
};
