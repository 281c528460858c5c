/* The first panel: the consent, and the ways to choose a photo that it opens. */

import * as api from "./api.js";
import { available as cameraAvailable } from "./camera.js";

const RECENT = 4;
const USABLE = new Set(["queued", "running", "succeeded"]); // a try-on waits for the check

export class Start {
  #panel;
  #choose;

  /** `choose` has onFile(file), onSample(url) and onPhoto(id). */
  constructor(panel, choose) {
    this.#panel = panel;
    this.#choose = choose;
    panel.querySelector("[data-action=camera]").hidden = !cameraAvailable();
    this.#part("consent").addEventListener("change", () => this.#open());
    this.#part("file").addEventListener("change", ({ target }) => {
      const [file] = target.files;
      target.value = "";
      if (file) choose.onFile(file);
    });
    panel.addEventListener("click", ({ target }) => {
      const { sample, photo } = target.closest("[data-sample], [data-photo]")?.dataset ?? {};
      if (sample) choose.onSample(sample);
      if (photo) choose.onPhoto(photo);
    });
    this.#listenForDrop();
  }

  /** Show the consent as it is recorded, and the photos that are still kept. Rejects with an ApiError. */
  async refresh() {
    const { version, consents } = await api.consents();
    const agreed = consents.some((each) => each.purpose === "tryon" && each.version === version);
    if (agreed) this.#part("consent").checked = true;
    this.#open();
    this.#showRecent(agreed ? await api.photos() : []);
  }

  #part(name) {
    return this.#panel.querySelector(`[data-part="${name}"]`);
  }

  #open() {
    this.#part("choices").disabled = !this.#part("consent").checked;
  }

  #showRecent(photos) {
    const usable = photos.filter((each) => USABLE.has(each.status)).slice(0, RECENT);
    const items = usable.map((each) => {
      const item = this.#panel.querySelector("[data-recent]").content.cloneNode(true);
      item.querySelector("button").dataset.photo = each.id;
      item.querySelector("img").src = each.image_url;
      return item;
    });
    this.#part("recent-list").replaceChildren(...items);
    this.#part("recent").hidden = usable.length === 0;
  }

  #listenForDrop() {
    const drop = this.#part("drop");
    drop.addEventListener("dragover", (event) => event.preventDefault());
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      const [file] = event.dataTransfer.files;
      if (file && !this.#part("choices").disabled) this.#choose.onFile(file);
    });
  }
}
