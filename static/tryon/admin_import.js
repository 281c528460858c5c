/* Adding garments: files are dropped or chosen, shown before they are sent, and can be taken out again. */

const MOST_SHOWN = 60;

function start(form) {
  const zone = form.querySelector("[data-import-drop]");
  const input = form.querySelector("[data-import-input]");
  const list = form.querySelector("[data-import-files]");
  const summary = form.querySelector("[data-import-summary]");
  const addresses = form.querySelector("textarea");
  const send = form.querySelector("[data-import-send]");
  const most = Number(form.dataset.importMost);
  const shown = [];

  const megabytes = (files) => files.reduce((sum, file) => sum + file.size, 0) / 1024 / 1024;

  function show() {
    const files = [...input.files];
    for (const url of shown.splice(0)) URL.revokeObjectURL(url);
    list.replaceChildren(...files.slice(0, MOST_SHOWN).map((file) => figureOf(file)));
    list.hidden = files.length === 0;
    const text = summary.dataset[files.length > most ? "tooMany" : "count"];
    summary.textContent = files.length
      ? text.replace("{count}", files.length).replace("{size}", megabytes(files).toFixed(1))
      : "";
    send.disabled = files.length > most || (files.length === 0 && addresses.value.trim() === "");
  }

  function figureOf(file) {
    const figure = document.createElement("figure");
    const picture = document.createElement("img");
    picture.className = "at-thumb";
    picture.alt = "";
    if (file.type.startsWith("image/")) {
      picture.src = URL.createObjectURL(file);
      shown.push(picture.src);
    }
    const caption = document.createElement("figcaption");
    caption.textContent = caption.title = file.name;
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "at-button at-small";
    remove.textContent = list.dataset.remove;
    remove.setAttribute("aria-label", `${list.dataset.remove}: ${file.name}`);
    remove.addEventListener("click", () => keep([...input.files].filter((other) => other !== file)));
    figure.append(picture, caption, remove);
    return figure;
  }

  function keep(files) {
    const bag = new DataTransfer();
    for (const file of files) bag.items.add(file);
    input.files = bag.files;
    show();
  }

  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("at-drop--over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("at-drop--over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("at-drop--over");
    keep([...input.files, ...event.dataTransfer.files]);
  });
  input.addEventListener("change", show);
  addresses.addEventListener("input", show);
  form.addEventListener("submit", () => {
    send.disabled = true;
    send.textContent = send.dataset.sending;
  });
  show();
}

document.querySelectorAll("[data-import]").forEach(start);

for (const all of document.querySelectorAll("[data-choose-all]")) {
  const boxes = document.querySelectorAll(all.dataset.chooseAll);
  all.addEventListener("change", () => boxes.forEach((box) => (box.checked = all.checked)));
}
