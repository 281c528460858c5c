/* Parts of the admin's pages that change while workers work.

   <div data-live="/where/to/ask/"> is filled again and again with the `html` of the answer until it is `done`;
   with data-live-reload the page is then loaded anew, for the forms that come with the end. */

import { poll } from "./poll.js";

async function ask(place) {
  let response;
  try {
    response = await fetch(place.dataset.live, { credentials: "same-origin", headers: { Accept: "application/json" } });
  } catch {
    throw Object.assign(new Error("network"), { code: "network" });
  }
  if (response.status >= 500) throw Object.assign(new Error("network"), { code: "network" });
  if (!response.ok || response.redirected) return { done: true, value: { lost: true } };
  const answer = await response.json();
  const changed = place.dataset.liveSeen !== answer.html;
  if (changed) {
    place.innerHTML = answer.html;
    place.dataset.liveSeen = answer.html;
  }
  return { done: answer.done, changed, value: answer };
}

async function follow(place) {
  const signal = new AbortController().signal;
  const answer = await poll(() => ask(place), { signal, onOffline: () => {} });
  if (!answer.lost && "liveReload" in place.dataset) location.reload();
}

// The theme would look for a text field of its own beside each file field.
for (const input of document.querySelectorAll(".at input[type=file]")) input.hasChangeListener = true;
for (const place of document.querySelectorAll("[data-live]")) follow(place);
