/* The before/after slider, fetched when there is a picture to compare. */

/** Load the component once; resolves when `<wa-comparison>` works. */
export async function showSlider(url) {
  await import(url);
  await customElements.whenDefined("wa-comparison");
}
