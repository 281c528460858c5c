/* The try-on dialog: which panel shows, and what each button does. Texts and markup live in the template. */

import * as api from "./api.js";
import { Camera } from "./camera.js";
import { poll } from "./poll.js";
import { Progress } from "./progress.js";
import { showSlider } from "./slider.js";
import { Start } from "./start.js";

const UNSURE_BELOW = 0.5;
/* Refusals that another attempt with the same photo may overcome. */
const WORTH_RETRYING = new Set([
  "network", "throttled", "queue_full", "garment_not_ready", "worker_lost", "timed_out", "internal_error",
]);

export class TryOnDialog {
  #dialog;
  #work = null; // AbortController of what is under way
  #camera;
  #progress;
  #start;
  #again = null; // what "try again" repeats

  constructor(dialog) {
    this.#dialog = dialog;
    this.#camera = new Camera(this.#part("video"), this.#part("countdown"));
    this.#progress = new Progress(this.#panel("progress"), (name, n) => this.#text(name, n));
    this.#start = new Start(this.#panel("start"), {
      onFile: (file) => this.#useFile(file),
      onSample: (url) => this.#useSample(url),
      onPhoto: (id) => this.#usePhoto(id),
    });
    this.#listen();
  }

  /** Show the dialog where it was left: a running or finished try-on of this garment, or the start. */
  open() {
    this.#dialog.showModal();
    if (this.#work || !this.#panel("result").hidden) return;
    const job = this.#remembered();
    if (job) this.#follow(job.id, job.photo);
    else this.#showStart();
  }

  /** Whether there is something to come back to. */
  get hasJob() {
    return this.#remembered() !== null;
  }

  #find(selector) {
    return this.#dialog.querySelector(selector);
  }

  #part(name) {
    return this.#find(`[data-part="${name}"]`);
  }

  #panel(name) {
    return this.#find(`[data-panel="${name}"]`);
  }

  #text(name, n) {
    return (this.#find("[data-texts]").getAttribute(`data-${name}`) ?? "").replace("{n}", n);
  }

  #listen() {
    const actions = {
      close: () => this.#dialog.close(),
      start: () => this.#showStart(),
      camera: () => this.#showCamera(),
      shoot: (button) => this.#shoot(button),
      cancel: () => this.#cancel(),
      retry: () => this.#again?.(),
      delete: () => this.#deletePhoto(),
      "add-to-cart": () => this.#addToCart(),
    };
    this.#dialog.addEventListener("click", (event) => {
      if (event.target === this.#dialog) this.#dialog.close(); // the backdrop
      const button = event.target.closest("[data-action]");
      if (button) actions[button.dataset.action](button);
    });
    this.#dialog.addEventListener("close", () => this.#camera.stop());
  }

  #show(name) {
    if (name !== "camera") this.#camera.stop();
    if (name !== "progress") this.#progress.stop();
    for (const panel of this.#dialog.querySelectorAll("[data-panel]")) panel.hidden = panel.dataset.panel !== name;
    this.#dialog.dataset.showing = name;
    this.#panel(name).querySelector("h3[tabindex]")?.focus();
  }

  async #showStart() {
    this.#stopWork();
    this.#forget();
    this.#show("start");
    try {
      await this.#start.refresh();
    } catch (error) {
      this.#fail(error);
    }
  }

  async #showCamera() {
    this.#show("camera");
    try {
      await this.#camera.start();
    } catch (error) {
      const missing = error.name === "NotFoundError" || error.name === "OverconstrainedError";
      this.#showError(this.#text(missing ? "camera-missing" : "camera-denied"));
    }
  }

  async #shoot(button) {
    button.disabled = true;
    try {
      const file = await this.#camera.shoot();
      if (file) this.#useFile(file);
    } finally {
      button.disabled = false;
    }
  }

  #useFile(file) {
    if (file.size > Number(this.#dialog.dataset.maxBytes)) this.#showError(this.#text("too-large"));
    else this.#run((signal) => this.#send(file, signal));
  }

  #useSample(url) {
    this.#run(async (signal) => {
      const blob = await (await fetch(url, { signal })).blob();
      await this.#send(new File([blob], "sample.jpg", { type: blob.type }), signal);
    });
  }

  #usePhoto(id) {
    this.#run(async (signal) => {
      this.#progress.preview(`/api/v1/photos/${id}/image/`);
      await this.#submit(id, signal);
    });
  }

  /* Do one try-on from here to its picture or its error, with the progress panel in front. */
  async #run(task) {
    this.#stopWork();
    this.#work = new AbortController();
    const { signal } = this.#work;
    this.#again = () => this.#run(task);
    this.#progress.start();
    this.#show("progress");
    try {
      await task(signal);
    } catch (error) {
      if (!signal.aborted && error.name !== "AbortError") this.#fail(error);
    } finally {
      if (this.#work?.signal === signal) this.#work = null;
    }
  }

  async #send(file, signal) {
    this.#progress.preview(file);
    await api.agree(this.#dialog.dataset.version);
    signal.throwIfAborted();
    const photo = await api.uploadPhoto(file, (share) => this.#progress.stage("uploading", share), signal);
    this.#progress.preview(photo.image_url); // what we keep: upright, and a picture the browser can surely show
    await this.#submit(photo.id, signal);
  }

  async #submit(photoId, signal) {
    this.#progress.stage("checking");
    const job = await api.submitTryon(photoId, this.#dialog.dataset.garment, crypto.randomUUID());
    if (signal.aborted) await api.cancelTryon(job.id); // stopped while it was on its way
    signal.throwIfAborted();
    this.#remember(job.id, photoId);
    await this.#finish(job.id, photoId, signal);
  }

  #follow(jobId, photoId) {
    this.#run(async (signal) => {
      if (photoId) this.#progress.preview(`/api/v1/photos/${photoId}/image/`);
      this.#progress.stage("queued");
      await this.#finish(jobId, photoId, signal);
    });
  }

  async #finish(jobId, photoId, signal) {
    let checked = !photoId;
    let seen = "";
    const job = await poll(
      async () => {
        const { body, retryAfter } = await api.pollTryon(jobId);
        if (["queued", "running"].includes(body.status)) {
          if (!checked) checked = (await api.photo(photoId)).status === "succeeded";
          const state = `${body.stage} ${body.progress} ${body.queue_position} ${checked}`;
          const changed = state !== seen;
          seen = state;
          this.#progress.job(body, checked);
          return { changed, retryAfter };
        }
        return { done: true, value: body };
      },
      { signal, onOffline: () => this.#progress.wait(this.#text("offline")) },
    );
    if (job.status === "succeeded") await this.#showResult(job);
    else {
      const own = ["cancelled", "expired"].includes(job.status) ? this.#text(job.status) : "";
      throw new api.ApiError(job.error?.code ?? job.status, job.error?.detail || own, 0);
    }
  }

  async #showResult(job) {
    const after = this.#part("after");
    after.src = job.result_url;
    const before = this.#part("before");
    before.src = job.photo ? `/api/v1/photos/${job.photo}/image/` : job.result_url;
    const shown = after.decode().catch(() => {
      throw new api.ApiError("network", "", 0);
    });
    await Promise.all([shown, showSlider(this.#dialog.dataset.slider, this.#part("slider"))]);
    this.#part("download").href = `${job.result_url}?download=1`;
    this.#part("unsure").hidden = job.confidence === null || job.confidence >= UNSURE_BELOW;
    this.#find("[data-action=delete]").hidden = !job.photo;
    const until = new Date(job.expires_at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
    const expiry = this.#part("expiry");
    expiry.textContent = expiry.dataset.text.replace("{n}", until);
    this.#remember(job.id, job.photo);
    this.#show("result");
  }

  #fail(error) {
    const known = error instanceof api.ApiError;
    if (!known) console.error(error);
    if (error.status === 404) this.#forget();
    const code = known ? error.code : "internal_error";
    this.#find("[data-action=retry]").hidden = !this.#again || !WORTH_RETRYING.has(code);
    this.#showError((known && error.message) || this.#text("network"), code);
  }

  #showError(text, code = "") {
    this.#show("error");
    this.#part("error").dataset.code = code;
    this.#part("error").textContent = text;
  }

  async #cancel() {
    const job = this.#remembered();
    this.#showStart();
    if (job) await api.cancelTryon(job.id).catch(() => {}); // it may just have finished
  }

  async #deletePhoto() {
    const job = this.#remembered();
    try {
      const receipt = await api.deletePhoto(job.photo);
      this.#forget();
      this.#part("after").removeAttribute("src");
      this.#part("before").removeAttribute("src");
      this.#part("receipt").textContent = receipt.id;
      this.#show("deleted");
    } catch (error) {
      this.#fail(error);
    }
  }

  #addToCart() {
    this.#dialog.close();
    document.getElementById(this.#dialog.dataset.cartForm).requestSubmit();
  }

  #stopWork() {
    this.#work?.abort();
    this.#work = null;
    this.#again = null;
  }

  get #storageKey() {
    return `tryon:${this.#dialog.dataset.garment}`;
  }

  #remembered() {
    return JSON.parse(sessionStorage.getItem(this.#storageKey));
  }

  #remember(id, photo) {
    sessionStorage.setItem(this.#storageKey, JSON.stringify({ id, photo }));
  }

  #forget() {
    sessionStorage.removeItem(this.#storageKey);
  }
}
