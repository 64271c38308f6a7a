"use strict";
// What the pages share. Whatever comes from the server or from a file name is set as text, never as HTML.

const LEVELS = [0.5, 0.75, 0.9, 0.97]; // confidences of a character at which its color changes
const byId = (id) => document.getElementById(id);
const percent = (fraction, digits = 1) => `${(100 * fraction).toFixed(digits)} %`;

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function say(problem) {
  byId("problem").textContent = problem;
  byId("problem").hidden = !problem;
}

// The text of an item, each character on the color of its confidence
function colored(item) {
  const characters = Array.from(item.text);
  if (!characters.length) return [element("span", "nothing", "no text found")];
  return characters.map((character, index) => {
    const confidence = item.characters?.[index] ?? item.confidence;
    const span = element("span", `c${LEVELS.filter((least) => confidence >= least).length}`, character);
    span.title = percent(confidence);
    return span;
  });
}
