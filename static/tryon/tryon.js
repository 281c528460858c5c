/* Wires the page: the buttons that open the dialog, and sliders that the server has rendered. */

import { TryOnDialog } from "./dialog.js";
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
