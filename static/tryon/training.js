/* The page of a retraining: asks every two seconds how far it is, and draws its curves. */

const PAUSE_MS = 2000;
const WIDTH = 320;
const HEIGHT = 150;
const LEFT = 40;
const BOTTOM = 20;
const SVG = "http://www.w3.org/2000/svg";

const page = document.getElementById("training");
const field = (name) => page.querySelector(`[data-field="${name}"]`);

const element = (name, attributes, text = "") => {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.textContent = text;
  return node;
};

/** Running means over a twentieth of the curve: single batches say little. */
const smoothed = (values) => {
  const half = Math.max(1, Math.round(values.length / 40));
  return values.map((_, at) => {
    const near = values.slice(Math.max(0, at - half), at + half + 1);
    return near.reduce((sum, value) => sum + value, 0) / near.length;
  });
};

const short = (value) => String(Number(value.toPrecision(3)));

const chart = (caption, steps, values) => {
  const figure = document.createElement("figure");
  const title = document.createElement("figcaption");
  const means = smoothed(values);
  const now = document.createElement("strong");
  now.textContent = short(means.at(-1));
  title.append(`${caption} `, now);
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  const first = steps[0];
  const length = steps.at(-1) - first || 1;
  const x = (step) => LEFT + ((step - first) / length) * (WIDTH - LEFT - 4);
  const y = (value) => 6 + (1 - (value - low) / span) * (HEIGHT - BOTTOM - 6);
  const line = (points) => points.map((value, at) => `${x(steps[at]).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  const picture = element("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${caption} ${short(means.at(-1))}` });
  for (const share of [0, 0.5, 1]) {
    const value = low + share * span;
    picture.append(element("line", { class: "grid", x1: LEFT, x2: WIDTH, y1: y(value), y2: y(value) }));
    picture.append(element("text", { x: LEFT - 6, y: y(value) + 3, "text-anchor": "end" }, short(value)));
  }
  picture.append(element("text", { x: LEFT, y: HEIGHT - 4 }, String(first)));
  picture.append(element("text", { x: WIDTH, y: HEIGHT - 4, "text-anchor": "end" }, String(steps.at(-1))));
  picture.append(element("polyline", { class: "raw", points: line(values) }));
  picture.append(element("polyline", { class: "mean", points: line(means) }));
  figure.append(title, picture);
  return figure;
};

const drawCurves = (curve) => {
  const place = page.querySelector("[data-charts]");
  if (curve.length < 2) return place.replaceChildren();
  const steps = curve.map((point) => point[0]);
  const names = ["place", "differences", "layout"];
  place.replaceChildren(...names.map((name, at) => chart(place.dataset[name], steps, curve.map((point) => point[at + 1]))));
};

const clock = (seconds) => {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};

/** The time of day when a run ends; it stands still until the run tells something new. */
let told = null;
let end = null;
const endOf = (left) => {
  if (left !== told) end = new Date(Date.now() + left * 1000);
  told = left;
  const day = end.toDateString() === new Date().toDateString() ? {} : { weekday: "short" };
  return end.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", ...day });
};

const show = (state) => {
  field("label").textContent = state.label;
  field("label").dataset.status = state.status;
  field("stage").textContent = state.status === "running" ? state.stage_label : "";
  field("step").textContent = state.step;
  const known = state.eta_seconds !== null && state.status === "running";
  field("eta").textContent = known ? clock(state.eta_seconds) : "–";
  field("end").textContent = known ? endOf(state.eta_seconds) : "–";
  field("progress").value = state.progress;
  field("error").textContent = state.error;
  if (state.sheet && field("sheet").getAttribute("src") !== state.sheet) field("sheet").src = state.sheet;
  field("sheet").hidden = !state.sheet;
  field("no-sheet").hidden = Boolean(state.sheet);
  drawCurves(state.curve);
};

const ask = async (before) => {
  let state = null;
  try {
    const answer = await fetch(page.dataset.url, { headers: { Accept: "application/json" } });
    if (answer.ok) state = await answer.json();
  } catch {
    // The connection is lost: the next turn tries again.
  }
  if (state) show(state);
  // Buttons and the way to the comparison are made by the server.
  if (state && before && state.status !== before) return location.reload();
  if (!state?.ended) setTimeout(ask, PAUSE_MS, state?.status ?? before);
};

ask("");
