/* Wires the page: buttons that open the dialog, sliders and unfinished try-ons that the server has rendered. */

import { pollTryon } from "./api.js";
import { TryOnDialog } from "./dialog.js";
import { poll } from "./poll.js";
import { showSlider } from "./slider.js";

for (const element of document.querySelectorAll("dialog.tryon")) {
  const dialog = new TryOnDialog(element);
  for (const button of document.querySelectorAll(`[data-tryon-open="${element.dataset.garment}"]`)) {
    const label = button.querySelector("[data-tryon-open-label]");
    if (dialog.hasJob) label.textContent = label.dataset.again;
    button.hidden = false;
    button.addEventListener("click", () => dialog.open());
  }
}

for (const figure of document.querySelectorAll("figure[data-slider]")) {
  const slider = figure.querySelector("[data-part=slider]");
  if (slider) showSlider(figure.dataset.slider, slider);
}

const unfinished = document.querySelector("[data-tryon-job]");
if (unfinished) {
  const ask = async () => {
    const { body, retryAfter } = await pollTryon(unfinished.dataset.tryonJob);
    return { done: !["queued", "running"].includes(body.status), retryAfter };
  };
  const { signal } = new AbortController();
  poll(ask, { signal, onOffline: () => {} }).then(() => location.reload());
}
