/* The outline of a garment, painted, and its corners, dragged. The mask is a canvas as large as the picture,
   opaque where the garment is; the page shows the picture with everything else darkened. */

const UNDO_STEPS = 20;
const SHADE = "rgba(10, 12, 20, 0.72)";
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function load(url) {
  const image = new Image();
  image.src = url;
  return image.decode().then(() => image);
}

function layer(width, height) {
  const canvas = new OffscreenCanvas(width, height);
  return { canvas, context: canvas.getContext("2d", { willReadFrequently: true }) };
}

/** The mask to begin with: the alpha of a cut-out, or the white of a mask that was drawn. */
function maskOf(image, drawn, width, height) {
  const mask = layer(width, height);
  if (!image) return mask;
  mask.context.drawImage(image, 0, 0, width, height);
  const pixels = mask.context.getImageData(0, 0, width, height);
  const data = pixels.data;
  for (let at = 0; at < data.length; at += 4) {
    data[at + 3] = (drawn ? data[at] : data[at + 3]) > 127 ? 255 : 0;
    data[at] = data[at + 1] = data[at + 2] = 255;
  }
  mask.context.putImageData(pixels, 0, 0);
  return mask;
}

async function start(root) {
  const settings = JSON.parse(root.dataset.editor);
  const find = (name) => root.querySelector(`[data-editor-${name}]`);
  const canvas = find("canvas");
  const points = find("points");
  const undo = find("undo");
  const picture = await load(settings.picture);
  const [width, height] = [picture.naturalWidth, picture.naturalHeight];
  const first = settings.start ? await load(settings.start) : null;
  const mask = maskOf(first, settings.drawn, width, height);
  const shade = layer(width, height);
  const screen = canvas.getContext("2d");
  const history = [];
  const moved = {};
  let painted = false;
  let stroke = null;
  [canvas.width, canvas.height] = [width, height];

  function draw() {
    shade.context.globalCompositeOperation = "copy";
    shade.context.fillStyle = SHADE;
    shade.context.fillRect(0, 0, width, height);
    shade.context.globalCompositeOperation = "destination-out";
    shade.context.drawImage(mask.canvas, 0, 0);
    screen.drawImage(picture, 0, 0);
    screen.drawImage(shade.canvas, 0, 0);
  }

  const tool = () => root.querySelector("[name=tool]:checked").value;

  function place(event) {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * width) / box.width, ((event.clientY - box.top) * height) / box.height];
  }

  function paint(from, to) {
    const box = canvas.getBoundingClientRect();
    mask.context.globalCompositeOperation = stroke === "erase" ? "destination-out" : "source-over";
    mask.context.strokeStyle = "#fff";
    mask.context.lineCap = mask.context.lineJoin = "round";
    mask.context.lineWidth = (Number(find("width").value) * width) / box.width;
    mask.context.beginPath();
    mask.context.moveTo(...from);
    mask.context.lineTo(to[0] + 0.01, to[1]);
    mask.context.stroke();
    draw();
  }

  let last = null;
  canvas.addEventListener("pointerdown", (event) => {
    if (tool() === "corners" || event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    history.push(mask.context.getImageData(0, 0, width, height));
    if (history.length > UNDO_STEPS) history.shift();
    undo.disabled = false;
    painted = true;
    stroke = tool();
    last = place(event);
    paint(last, last);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!stroke) return;
    const next = place(event);
    paint(last, next);
    last = next;
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (stroke = null));

  undo.addEventListener("click", () => {
    mask.context.putImageData(history.pop(), 0, 0);
    undo.disabled = history.length === 0;
    draw();
  });

  function corner(name, [x, y]) {
    const handle = document.createElement("button");
    handle.type = "button";
    handle.className = "at-corner";
    handle.title = name.replaceAll("_", " ");
    handle.setAttribute("aria-label", handle.title);
    const put = (newX, newY) => {
      x = Math.min(Math.max(newX, 0), width - 1);
      y = Math.min(Math.max(newY, 0), height - 1);
      handle.style.left = `${(100 * x) / width}%`;
      handle.style.top = `${(100 * y) / height}%`;
    };
    const move = (newX, newY) => {
      put(newX, newY);
      moved[name] = [x, y];
      handle.classList.add("at-corner--moved");
    };
    handle.addEventListener("pointerdown", (event) => handle.setPointerCapture(event.pointerId));
    handle.addEventListener("pointermove", (event) => {
      if (handle.hasPointerCapture(event.pointerId)) move(...place(event));
    });
    handle.addEventListener("keydown", (event) => {
      const step = ARROWS[event.key];
      if (!step) return;
      event.preventDefault();
      const far = event.shiftKey ? 10 : 1;
      move(x + far * step[0], y + far * step[1]);
    });
    put(x, y);
    return handle;
  }

  points.append(...Object.entries(settings.landmarks).map(([name, point]) => corner(name, point)));
  const showTool = () => {
    const corners = tool() === "corners";
    points.hidden = !corners;
    canvas.classList.toggle("at-canvas--still", corners);
  };
  root.addEventListener("change", showTool);
  showTool();
  draw();

  async function send(form) {
    const error = find("error");
    error.hidden = true;
    form.append("csrfmiddlewaretoken", root.querySelector("[name=csrfmiddlewaretoken]").value);
    let answer = null;
    try {
      const response = await fetch(location.pathname, { method: "POST", body: form, credentials: "same-origin" });
      answer = await response.json();
    } catch {
      answer = { error: error.dataset.offline };
    }
    if (answer.url) return location.assign(answer.url);
    error.textContent = answer.error;
    error.hidden = false;
    error.scrollIntoView({ block: "nearest" });
  }

  find("save").addEventListener("click", async (event) => {
    const save = event.currentTarget;
    const words = save.textContent;
    [save.disabled, save.textContent] = [true, save.dataset.busy];
    const form = new FormData();
    form.append("landmarks", JSON.stringify({ ...settings.moved, ...moved }));
    if (painted || settings.drawn) form.append("mask", await blackAndWhite(), "mask.png");
    await send(form);
    [save.disabled, save.textContent] = [false, words];
  });
  find("reset")?.addEventListener("click", () => send(new FormData()));

  function blackAndWhite() {
    const flat = layer(width, height);
    flat.context.fillStyle = "#000";
    flat.context.fillRect(0, 0, width, height);
    flat.context.drawImage(mask.canvas, 0, 0);
    return flat.canvas.convertToBlob({ type: "image/png" });
  }

  root.dataset.ready = "yes";
}

for (const root of document.querySelectorAll("[data-editor]")) start(root);
