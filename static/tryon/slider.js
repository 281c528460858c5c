/* The before/after slider, fetched when there is a picture to compare. */

const TAG = "img-comparison-slider";

/** Load the component once, and tell assistive technology what it is and where it stands, which it does not. */
export async function showSlider(url, slider) {
  await import(url);
  await customElements.whenDefined(TAG);
  if (slider.hasAttribute("role")) return;
  const tell = () => slider.setAttribute("aria-valuenow", Math.round(slider.exposure));
  slider.setAttribute("role", "slider");
  slider.setAttribute("aria-valuemin", "0");
  slider.setAttribute("aria-valuemax", "100");
  slider.addEventListener("slide", tell);
  tell();
}
