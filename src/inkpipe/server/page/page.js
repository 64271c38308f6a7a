"use strict";
// The demo page.

const PEN = 7; // pixels of the canvas
const TOP = 4; // texts to show

function shown(item) {
  const card = element("article", "card item");
  card.append(element("div", "name", item.image));
  if (item.error) {
    card.append(element("p", "error", item.error));
    return card;
  }
  const line = element("img", "");
  line.src = `data:image/png;base64,${item.line}`;
  line.alt = "What the network sees";
  const answer = element("div", "");
  const text = element("div", "text");
  const others = (item.alternatives ?? []).slice(1).map((each) => `${each.text || "no text"} (${percent(each.confidence)})`);
  text.append(...colored(item));
  answer.append(text, element("div", "confidence", `confidence ${percent(item.confidence)}`));
  if (others.length) answer.append(element("div", "confidence", `or ${others.join(", ")}`));
  card.append(line, answer, ...(item.warnings ?? []).map((warning) => element("p", "warning", warning)));
  return card;
}

async function recognize(files) {
  const body = new FormData();
  files.forEach((file) => body.append("image", file, file.name));
  const token = byId("token").value;
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  say("");
  try {
    const response = await fetch(`/recognize?top=${TOP}&line=true`, { method: "POST", body, headers });
    const answer = await response.json();
    if (response.status === 401) byId("access").hidden = false;
    if (!response.ok) return say(answer.error);
    byId("model").textContent = answer.model.version;
    byId("results").prepend(...answer.items.map(shown));
  } catch (error) {
    say(`The server does not answer. ${error.message}`);
  }
}

function prepareCanvas() {
  const canvas = byId("canvas");
  if (matchMedia("(max-width: 720px)").matches) canvas.height = 400; // a finger needs more room
  const pen = canvas.getContext("2d");
  let blank = true;
  const clear = () => {
    blank = true;
    pen.fillStyle = "white";
    pen.fillRect(0, 0, canvas.width, canvas.height);
  };
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * canvas.width) / box.width, ((event.clientY - box.top) * canvas.height) / box.height];
  };
  const draw = (event) => {
    pen.lineTo(...at(event));
    pen.stroke();
  };
  clear();
  Object.assign(pen, { lineWidth: PEN, lineCap: "round", lineJoin: "round", strokeStyle: "#111" });
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    blank = false;
    pen.beginPath();
    pen.moveTo(...at(event));
    draw(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.buttons & 1) event.getCoalescedEvents?.().forEach(draw) ?? draw(event);
  });
  byId("clear").addEventListener("click", clear);
  byId("recognize").addEventListener("click", () => {
    if (blank) return say("Nothing is written yet. Write a word in the field.");
    canvas.toBlob((blob) => recognize([new File([blob], "written.png")]));
  });
}

function prepareDrop() {
  const drop = byId("drop");
  byId("files").addEventListener("change", (event) => {
    recognize(Array.from(event.target.files)).then(() => (event.target.value = ""));
  });
  // A file that misses the field must not replace the page
  for (const kind of ["dragover", "drop"]) window.addEventListener(kind, (event) => event.preventDefault());
  drop.addEventListener("dragover", () => drop.classList.add("over"));
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    drop.classList.remove("over");
    recognize(Array.from(event.dataTransfer.files));
  });
}

async function showModel() {
  const response = await fetch("/readyz");
  const state = await response.json();
  byId("model").textContent = state.model ?? "The model is being loaded …";
  if (!state.ready) setTimeout(showModel, 1000);
}

prepareCanvas();
prepareDrop();
showModel();
