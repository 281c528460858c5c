/* The progress panel: photo, stage, bar, place in the line and the seconds so far. */

/* Where each stage begins on the bar. Sending and checking come before the job's own stages. */
const STARTS = { uploading: 0, checking: 0.15, queued: 0.25, pose: 0.3, parse: 0.4, cloth: 0.55, warp: 0.7, compose: 0.85 };
const STAGES = Object.keys(STARTS);
const FULL = 1;

const setText = (element, text) => {
  if (element.textContent !== text) element.textContent = text; // the same text again would be read out again
};

export class Progress {
  #panel;
  #text;
  #ticker = null;
  #blobUrl = null;

  /** `text(name, n)` gives the words for a stage. */
  constructor(panel, text) {
    this.#panel = panel;
    this.#text = text;
  }

  #part(name) {
    return this.#panel.querySelector(`[data-part="${name}"]`);
  }

  /** Begin anew at zero and count the seconds. */
  start() {
    this.stop();
    this.preview(null);
    this.wait("");
    this.#part("bar").value = 0;
    this.#part("elapsed").textContent = "";
    this.stage("uploading");
    const begun = Date.now();
    this.#ticker = setInterval(() => {
      this.#part("elapsed").textContent = this.#text("elapsed", Math.round((Date.now() - begun) / 1000));
    }, 1000);
  }

  /** Stop counting. */
  stop() {
    clearInterval(this.#ticker);
  }

  /** Show a stage. `within` is how far it is, `overall` how far the job is, both 0 to 1; the bar never goes back. */
  stage(name, within = 0, overall = 0) {
    const begin = STARTS[name];
    const end = STARTS[STAGES[STAGES.indexOf(name) + 1]] ?? FULL;
    const fromJob = overall ? STARTS.pose + (FULL - STARTS.pose) * overall : 0;
    const bar = this.#part("bar");
    bar.value = Math.max(bar.value, begin + (end - begin) * within, fromJob);
    setText(this.#part("stage"), this.#text(name));
  }

  /** Show a queued or running try-on as the API describes it. */
  job({ status, stage, progress, queue_position: position, eta_s: eta }, photoChecked) {
    if (status === "queued") this.stage(photoChecked ? "queued" : "checking");
    else this.stage(stage in STARTS ? stage : "pose", 0, progress);
    const words = [];
    if (position && photoChecked) words.push(this.#text("position", position));
    if (eta) words.push(this.#text("eta", eta));
    this.wait(words.join(" "));
  }

  /** Say what the wait is for. */
  wait(text) {
    setText(this.#part("wait"), text);
  }

  /** Show the photo: a file, an address, or nothing. */
  preview(source) {
    if (this.#blobUrl) URL.revokeObjectURL(this.#blobUrl);
    this.#blobUrl = source instanceof Blob ? URL.createObjectURL(source) : null;
    const image = this.#part("preview");
    image.onerror = () => (image.hidden = true); // a HEIC file, in most browsers
    image.hidden = !source;
    if (source) image.src = this.#blobUrl ?? source;
  }
}
