/** What live figures share: controls, canvases, colours of the page, work in small slices, links. */

export function make(tag, className, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), { className, ...properties });
  element.append(...children);
  return element;
}

let identifiers = 0;

/** A labelled slider with its value beside it; `show` sets it, `onInput` hears the reader. */
export function makeSlider({ label, limits: [low, high, step, unit], onInput }) {
  const id = `modpack-control-${++identifiers}`;
  const input = make("input", "", { type: "range", id, min: low, max: high, step });
  const value = make("output", "modpack-value", { htmlFor: id });
  const element = make(
    "div",
    "modpack-slider",
    {},
    make("label", "modpack-label", { htmlFor: id, textContent: label }),
    value,
    input,
  );
  const decimals = (String(step).split(".")[1] ?? "").length;
  const text = (number) => `${number.toFixed(decimals)}${unit === "°" ? "" : " "}${unit}`.trim();
  input.addEventListener("input", () => onInput(input.valueAsNumber));
  const show = (number) => {
    input.value = number;
    value.textContent = text(number);
    input.setAttribute("aria-valuetext", text(number));
  };
  return { element, input, show };
}

/** A labelled menu; options are `[value, text]` pairs, `show(value, isAllowed)` also disables some. */
export function makeMenu({ label, options, onInput }) {
  const id = `modpack-control-${++identifiers}`;
  const select = make("select", "", { id });
  select.append(
    ...options.map(([value, textContent]) => make("option", "", { value, textContent })),
  );
  const element = make(
    "div",
    "modpack-menu",
    {},
    make("label", "modpack-label", { htmlFor: id, textContent: label }),
    select,
  );
  select.addEventListener("change", () => onInput(select.value));
  const show = (value, isAllowed = () => true) => {
    for (const option of select.options) option.disabled = !isAllowed(option.value);
    select.value = value;
  };
  return { element, input: select, show };
}

export function makeCheckbox({ label, onInput }) {
  const input = make("input", "", { type: "checkbox" });
  const element = make("label", "modpack-checkbox", {}, input, label);
  input.addEventListener("change", () => onInput(input.checked));
  return { element, input, show: (value) => (input.checked = value) };
}

export function makeButton(textContent, onClick) {
  const button = make("button", "modpack-button", { type: "button", textContent });
  button.addEventListener("click", onClick);
  return button;
}

// --------------------------------------------------------------------------------------- drawing

/** The context of a canvas of the given size in CSS pixels, cleared and sharp on any screen. */
export function prepare(canvas, width, height) {
  const density = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * density);
  canvas.height = Math.round(height * density);
  canvas.style.height = `${height}px`;
  const pen = canvas.getContext("2d");
  pen.setTransform(density, 0, 0, density, 0, 0);
  return pen;
}

const COMPONENTS = new Map();

/** The numbers r, g, b of a CSS colour. */
export function rgb(colour) {
  if (!COMPONENTS.has(colour)) {
    const pen = make("canvas", "").getContext("2d", { willReadFrequently: true });
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    COMPONENTS.set(colour, pen.getImageData(0, 0, 1, 1).data);
  }
  return COMPONENTS.get(colour);
}

/** Draw numbers in [0, 1], (row, column), as opacities of a colour. */
export function drawMap(pen, values, [rows, columns], colour, [x, y, width, height]) {
  const [red, green, blue] = rgb(colour);
  const image = new ImageData(columns, rows);
  for (let k = 0; k < rows * columns; k++) {
    image.data.set([red, green, blue, 255 * Math.min(Math.max(values(k), 0), 1)], 4 * k);
  }
  const canvas = make("canvas", "", { width: columns, height: rows });
  canvas.getContext("2d").putImageData(image, 0, 0);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(canvas, x, y, width, height);
}

/** Draw a line through points. */
export function drawLine(pen, points) {
  pen.beginPath();
  points.forEach(([x, y], k) => (k ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.stroke();
}

/** Call `onChange` whenever the page turns dark or light; returns what stops it. */
export function watchTheme(onChange) {
  const observer = new MutationObserver(onChange);
  observer.observe(document.documentElement, { attributeFilter: ["data-theme", "class"] });
  observer.observe(document.body, { attributeFilter: ["data-jp-theme-light", "class"] });
  return () => observer.disconnect();
}

// ------------------------------------------------------------------------------------------ work

const SLICE = 8; // ms of work before the page may do something else
const REPORT = 100; // ms between reports of progress

/** Works through iterators in small slices, only while the figure is in sight. */
export class Worker {
  constructor(element, onProgress) {
    this.onProgress = onProgress;
    this.work = null;
    this.timer = null;
    this.inSight = false;
    this.reported = 0;
    this.observer = new IntersectionObserver(([entry]) => {
      this.inSight = entry.isIntersecting;
      this.#continue();
    });
    this.observer.observe(element);
  }

  /** Drop what is being done and begin this. */
  begin(iterator) {
    this.work = iterator;
    this.#continue();
  }

  stop() {
    this.observer.disconnect();
    this.work = null;
  }

  #continue() {
    if (this.timer !== null || !this.inSight || this.work === null) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      const until = performance.now() + SLICE;
      while (this.work !== null && performance.now() < until) {
        if (this.work.next().done) this.work = null;
      }
      if (this.work === null || performance.now() > this.reported + REPORT) {
        this.reported = performance.now();
        this.onProgress();
      }
      this.#continue();
    });
  }
}

// ----------------------------------------------------------------------------------------- links

/** Figures that a link may name. */
const FIGURES = ["mixer"];
const LONGEST = 400;

/**
 * Read the state of a figure from a URL fragment such as `#mixer=a:fdgo,mix:0.4`.
 *
 * @param schema by key, a function from text to a value, or to undefined if the text is not allowed.
 * @returns the values; null if the fragment does not speak of the figure.
 * @throws {RangeError} if the fragment is none that a figure could have written.
 */
export function readFragment(hash, name, schema) {
  if (hash.length <= LONGEST && /^#?[\w.-]*$/.test(hash)) return null; // a place on the page
  const allowed = hash.length <= LONGEST && /^#[\w.:,&=-]*$/.test(hash);
  const parts = allowed ? hash.slice(1).split("&") : [];
  const pairs = parts.map((part) => part.split("="));
  const known = pairs.every((pair) => pair.length === 2 && FIGURES.includes(pair[0]));
  const names = pairs.map(([figure]) => figure);
  if (!allowed || !known || new Set(names).size < names.length) throw new RangeError("fragment");
  const mine = pairs.find(([figure]) => figure === name);
  return mine ? readState(mine[1], schema) : null;
}

function readState(text, schema) {
  const entries = text.split(",").map((entry) => {
    const [key, value, ...rest] = entry.split(":");
    const read = Object.hasOwn(schema, key) && value !== undefined && rest.length === 0;
    return [key, read ? schema[key](value) : undefined];
  });
  const keys = new Set(entries.map(([key]) => key));
  const valid = keys.size === entries.length && entries.every(([, value]) => value !== undefined);
  if (!valid) throw new RangeError("state");
  return Object.fromEntries(entries);
}

/** The fragment that holds a state, beside those of other figures in the present one. */
export function writeFragment(hash, name, state) {
  const others = hash.includes("=") ? hash.slice(1).split("&") : [];
  const kept = others.filter((part) => !part.startsWith(`${name}=`));
  const plain = (value) => (typeof value === "string" ? value : Number(Number(value).toFixed(6)));
  const text = Object.entries(state).map(([key, value]) => `${key}:${plain(value)}`);
  return `#${[...kept, `${name}=${text.join(",")}`].join("&")}`;
}

/** A reader of numbers between two limits, as text such as "0.25". */
export function numberBetween(low, high) {
  return (text) => {
    const number = /^\d{1,5}(\.\d{1,6})?$/.test(text) ? Number(text) : NaN;
    return number >= low && number <= high ? number : undefined;
  };
}

/** A reader of whole numbers below a limit. */
export function indexBelow(count) {
  return (text) => (/^\d{1,5}$/.test(text) && Number(text) < count ? Number(text) : undefined);
}

/** A reader of one of several words. */
export function oneOf(words) {
  return (text) => (words.includes(text) ? text : undefined);
}
