"use strict";
// The page of the desk.

const AHEAD = 4; // images that the page has: the one on the screen and those that are loaded meanwhile
const RENEW = 60000; // ms between two renewals of the claim on them
const RETRY = 2000; // ms until what could not be saved is sent again
const REFRESH = 15000; // ms between two looks at what others have done
const LOWEST = 60; // pixels: a long line is scrolled sideways before it gets lower than this

const number = (value) => value.toLocaleString("en");
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

function randomKey() { // `crypto.randomUUID` is not there without TLS
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function remembered(storage, key, make) {
  if (!storage.getItem(key)) storage.setItem(key, make());
  return storage.getItem(key);
}

const desk = {
  session: remembered(sessionStorage, "session", randomKey),
  queue: sessionStorage.getItem("queue") || "confidence",
  items: [], // those that this page has claimed, the one on the screen first
  done: new Set(), // ids of those that this page has decided on: an answer under way may still name them
  pictures: new Map(), // image id to a promise of its object URL
  shown: null, // the item on the screen
  since: 0, // when it came, ms
  busy: false, // something is being saved
};

const reviewer = () => localStorage.getItem("reviewer") || "";
const who = () => ({ reviewer: reviewer(), session: desk.session });

class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function ask(path, body) {
  const token = sessionStorage.getItem("token");
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const options = body ? { method: "POST", body: JSON.stringify(body), headers: { ...headers, "Content-Type": "application/json" } } : { headers };
  const response = await fetch(path, options);
  if (response.status === 401) enter(true);
  if (!response.ok) {
    const answer = await response.json().catch(() => ({ error: `The server answers ${response.status}.` }));
    throw new Refusal(response.status, answer.error);
  }
  return response;
}

// Send until it is saved. What the server refuses is not sent again.
async function save(path, body) {
  for (;;) {
    try {
      const answer = await (await ask(path, body)).json();
      say("");
      return answer;
    } catch (error) {
      if (error instanceof Refusal && error.status !== 503) throw error;
      say(`Not saved yet; trying again. ${error instanceof Refusal ? error.message : "The server does not answer."}`);
      await wait(RETRY);
    }
  }
}

// --- the image on the screen

function pictureOf(item) {
  if (!desk.pictures.has(item.id)) {
    const loaded = ask(`/images/${item.id}`).then((response) => response.blob()).then((blob) => URL.createObjectURL(blob));
    loaded.catch(() => desk.pictures.delete(item.id));
    desk.pictures.set(item.id, loaded);
  }
  return desk.pictures.get(item.id);
}

function forget(item) {
  desk.items = desk.items.filter((each) => each.id !== item.id);
  desk.pictures.get(item.id)?.then((url) => URL.revokeObjectURL(url), () => {});
  desk.pictures.delete(item.id);
}

// The texts that may be meant, each once: prediction, label, alternatives
function choicesOf(item) {
  const choices = new Map([[item.text, percent(item.confidence)]]);
  if (item.label !== null) choices.set(item.label, choices.has(item.label) ? `label, ${percent(item.confidence)}` : "label");
  for (const { text, confidence } of item.alternatives) {
    if (text && !choices.has(text)) choices.set(text, percent(confidence));
  }
  return [...choices].filter(([text]) => text);
}

function choose(text) {
  byId("text").value = text;
  markChoice();
  byId("text").focus();
}

function markChoice() {
  for (const button of byId("choices").children) {
    button.setAttribute("aria-pressed", String(button.value === byId("text").value));
  }
}

function step(by) {
  const texts = Array.from(byId("choices").children, (button) => button.value);
  if (!texts.length) return;
  const at = texts.indexOf(byId("text").value);
  choose(texts[at < 0 ? 0 : (at + by + texts.length) % texts.length]);
}

function fit() {
  const image = byId("image");
  const full = (byId("picture").clientWidth * image.naturalHeight) / image.naturalWidth;
  image.style.width = full < LOWEST ? "auto" : "";
  image.style.maxWidth = full < LOWEST ? "none" : "";
  image.style.height = full < LOWEST ? `${LOWEST}px` : "";
}

async function show(item) {
  desk.shown = item;
  desk.since = performance.now();
  byId("work").hidden = !item;
  byId("empty").hidden = Boolean(item);
  if (!item) return;
  const origin = Object.entries(item.extra).filter(([, value]) => value && !item.name.includes(value)).map(([name, value]) => `${name} ${value}`);
  byId("where").textContent = [item.name, ...origin, `confidence ${percent(item.confidence)}`, item.model].join(" · ");
  byId("prediction").replaceChildren(...colored(item));
  byId("warnings").textContent = item.warnings.join(" ");
  byId("choices").replaceChildren(
    ...choicesOf(item).map(([text, note]) => {
      const button = element("button", "", text);
      button.value = text;
      button.append(element("small", "", note));
      button.addEventListener("click", () => choose(text));
      return button;
    }),
  );
  choose(item.decided?.text ?? item.text);
  byId("image").removeAttribute("src");
  try {
    const url = await pictureOf(item);
    if (desk.shown === item) byId("image").src = url;
  } catch (error) {
    say(`The image cannot be shown. ${error.message}`);
  }
}

// --- the queue

async function refill() {
  const queue = desk.queue;
  const { items } = await (await ask("/claim", { ...who(), queue, count: AHEAD })).json();
  if (queue !== desk.queue) return;
  const known = new Set([...desk.done, ...desk.items.map((item) => item.id)]);
  desk.items.push(...items.filter((item) => !known.has(item.id)));
  desk.items.forEach((item) => pictureOf(item).catch(() => {}));
}

async function next() {
  if (!desk.items.length) await refill();
  await show(desk.items[0] ?? null);
  refill().catch(() => {});
  refresh();
}

async function decide(kind) {
  const item = desk.shown;
  if (!item || desk.busy) return;
  const text = kind === "text" ? byId("text").value : null;
  const seconds = (performance.now() - desk.since) / 1000;
  await alone(async () => {
    try {
      await save("/decide", { ...who(), queue: desk.queue, image: item.id, kind, text, key: randomKey(), seconds });
    } catch (error) {
      say(error.message);
      if (error.status !== 409 && error.status !== 404) return; // taken or gone: the next one, please
    }
    desk.done.add(item.id);
    forget(item);
    await next();
  });
}

async function undo() {
  if (desk.busy) return;
  await alone(async () => {
    const { item } = await save("/undo", { ...who(), queue: desk.queue });
    desk.done.delete(item.id);
    desk.items = [item, ...desk.items.filter((each) => each.id !== item.id)];
    await show(item);
    refresh();
  });
}

// One thing at a time: a key that is held down must not decide on images that nobody has seen
async function alone(work) {
  desk.busy = true;
  try {
    await work();
  } catch (error) {
    say(error instanceof Refusal ? error.message : "The server does not answer. What you have decided is saved; load the page again.");
  } finally {
    desk.busy = false;
  }
}

async function change(queue) {
  if (desk.busy) return;
  desk.queue = queue;
  sessionStorage.setItem("queue", queue);
  desk.items.slice().forEach(forget);
  desk.done.clear(); // what was skipped comes again in its own queue
  say("");
  await alone(next);
}

// --- what is beside it

let refreshing = null;
let asked = 0; // an answer that was overtaken by a later one is not shown
function refresh() {
  clearTimeout(refreshing);
  refreshing = setTimeout(async () => {
    const number = ++asked;
    refreshing = setTimeout(refresh, REFRESH);
    try {
      const threshold = Math.min(1, Math.max(0, Number(byId("threshold").value) || 0)).toFixed(4);
      const state = await (await ask(`/overview?threshold=${threshold}`)).json();
      if (number === asked) overview(state);
    } catch {
      // the next one will do
    }
  }, 150);
}

function overview(state) {
  byId("queues").replaceChildren(
    ...Object.entries(state.queues).filter(([name]) => state.left[name] || name === desk.queue).map(([name, { title, purpose }]) => {
      const button = element("button", "", `${title} (${number(state.left[name])})`);
      button.title = purpose;
      button.setAttribute("aria-pressed", String(name === desk.queue));
      button.addEventListener("click", () => change(name));
      return button;
    }),
  );
  byId("purpose").textContent = state.queues[desk.queue].purpose;
  const { accepted, corrected, unreadable } = state.decided;
  const done = accepted + corrected + unreadable;
  byId("progress").value = done / Math.max(1, state.images - state.unreadable_files);
  const files = state.unreadable_files ? ` ${number(state.unreadable_files)} files hold no readable image.` : "";
  byId("counts").textContent =
    `${number(done)} of ${number(state.images)} checked: ${number(accepted)} as read, ${number(corrected)} corrected, ${number(unreadable)} unreadable.${files}`;
  rate(state.error_rate);
  byId("people").tBodies[0].replaceChildren(
    ...state.people.map(({ name, images, per_hour: speed }) => {
      const row = element("tr", "");
      row.append(element("td", "", name), element("td", "", number(images)), element("td", "", speed === null ? "" : `${number(speed)} / h`));
      return row;
    }),
  );
}

function rate({ unchecked, sample, wrong, missing, rate: fraction, low, high }) {
  const place = byId("rate");
  place.replaceChildren();
  if (fraction === null) {
    place.textContent = `${number(unchecked)} texts. Check some of the random sample to learn how many of them are wrong.`;
    return;
  }
  const skipped = missing ? ` ${number(missing)} more of it are not checked.` : "";
  place.append(
    element("strong", "", percent(fraction)),
    ` wrong (95 %: ${percent(low)} to ${percent(high)}). ${number(unchecked)} texts; ${number(wrong)} of ${number(sample)} of the random sample were wrong.${skipped}`,
  );
}

// --- who is there

function enter(needsToken) {
  byId("entrance").hidden = false;
  byId("access").hidden = byId("access").hidden && !needsToken;
  byId("desk").hidden = true;
  byId("foot").hidden = true;
  byId("name").value = reviewer();
  byId(needsToken && reviewer() ? "token" : "name").focus();
}

async function begin() {
  byId("entrance").hidden = true;
  byId("desk").hidden = false;
  byId("foot").hidden = false;
  await alone(next);
}

byId("entrance").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!byId("name").value.trim()) return;
  localStorage.setItem("reviewer", byId("name").value.trim());
  if (byId("token").value) sessionStorage.setItem("token", byId("token").value);
  say("");
  begin();
});
byId("leave").addEventListener("click", () => enter(false));

const KEYS = {
  Enter: () => decide("text"),
  Escape: () => decide("unreadable"),
  PageDown: () => decide("skipped"),
  PageUp: undo,
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
};
document.addEventListener("keydown", (event) => {
  const working = !byId("desk").hidden && (event.target === byId("text") || event.target === document.body || event.key.startsWith("Page"));
  if (!working || !KEYS[event.key] || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  if (!event.repeat || event.key.startsWith("Arrow")) KEYS[event.key]();
});
const BUTTONS = { accept: KEYS.Enter, unreadable: KEYS.Escape, skip: KEYS.PageDown, undo, "undo-last": undo };
for (const [id, action] of Object.entries(BUTTONS)) byId(id).addEventListener("click", action);
byId("text").addEventListener("input", markChoice);
byId("threshold").addEventListener("input", refresh);
byId("image").addEventListener("load", fit);
window.addEventListener("resize", fit);
window.addEventListener("beforeunload", (event) => {
  if (desk.busy) event.preventDefault();
});
window.addEventListener("pagehide", () => {
  const token = sessionStorage.getItem("token");
  const headers = { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  if (reviewer()) fetch("/release", { method: "POST", keepalive: true, headers, body: JSON.stringify(who()) });
});
setInterval(() => {
  if (!byId("desk").hidden && !document.hidden) refill().catch(() => {});
}, RENEW);

if (reviewer()) begin();
else enter(false);
