/* Ask again and again, less and less often, and not at all while the page is hidden. */

const FIRST_MS = 600;
const LONGEST_MS = 5000;
const GROWTH = 1.25;

const visible = () =>
  new Promise((resolve) => {
    if (!document.hidden) return resolve();
    const wake = () => {
      if (document.hidden) return;
      document.removeEventListener("visibilitychange", wake);
      resolve();
    };
    document.addEventListener("visibilitychange", wake);
  });

const wait = (ms, signal) =>
  new Promise((resolve, reject) => {
    const stopped = () => reject(new DOMException("stopped", "AbortError"));
    if (signal.aborted) return stopped();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), stopped()), { once: true });
  });

/**
 * Call `ask` until it answers `{ done: true, value }`, and resolve with the value. An answer may carry
 * `changed` (the pace quickens again) and `retryAfter` (seconds). A lost connection is retried for ever and
 * told to `onOffline`; other errors reject. Abort `signal` to stop.
 */
export async function poll(ask, { signal, onOffline }) {
  let pause = FIRST_MS;
  for (;;) {
    await visible();
    let reply = null;
    try {
      reply = await ask();
    } catch (error) {
      if (error.code === "throttled") reply = { retryAfter: error.retryAfter };
      else if (error.code === "network") onOffline();
      else throw error;
    }
    if (signal.aborted) throw new DOMException("stopped", "AbortError");
    if (reply?.done) return reply.value;
    pause = reply?.changed ? FIRST_MS : Math.min(LONGEST_MS, pause * GROWTH);
    await wait(Math.max(pause, Math.min((reply?.retryAfter ?? 0) * 1000, LONGEST_MS)), signal);
  }
}
