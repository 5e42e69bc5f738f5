/** What live figures are made of: controls, canvases, colours of the page, work in small slices. */

/** The number within two limits that is nearest to a value. */
export const clamp = (value, [low, high]) => Math.min(Math.max(value, low), high);

export function make(tag, className, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), { className, ...properties });
  element.append(...children);
  return element;
}

/** An identifier that no other element has: figures count together, though each is a module of its own. */
function newIdentifier() {
  globalThis.modpackControls = (globalThis.modpackControls ?? 0) + 1;
  return `modpack-control-${globalThis.modpackControls}`;
}

/** A labelled slider with its value beside it; `show` sets it, `onInput` hears the reader. */
export function makeSlider({ label, limits: [low, high, step, unit], onInput }) {
  const id = newIdentifier();
  const input = make("input", "", { type: "range", id, min: low, max: high, step });
  input.dataset.lmSuppressShortcuts = "true"; // or JupyterLab takes the arrow keys
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
  const id = newIdentifier();
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
    image.data.set([red, green, blue, 255 * clamp(values(k), [0, 1])], 4 * k);
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

const MAIN = 1; // of the buttons that are down: the left one of a mouse, a finger or the tip of a pen
const SLACK = 6; // px that a finger moves before it is clear where it goes

/**
 * Let the primary pointer drag on a canvas with its main button; `onDrag(event, isFirst)` hears of it. A finger that
 * goes up or down scrolls the page, unless it begins where `isHandle(event)` says that there is something to take.
 */
export function listenToDrags(canvas, onDrag, isHandle = () => false) {
  let pointer = null; // that drags
  let touched = null; // where a finger is that may yet scroll
  const begin = () => {
    const first = touched;
    touched = null;
    onDrag(first, true);
  };
  canvas.classList.add("modpack-grab");
  const keepFromScrolling = (event) => isHandle(event.changedTouches[0]) && event.preventDefault();
  canvas.addEventListener("touchstart", keepFromScrolling, { passive: false });
  canvas.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.buttons !== MAIN) return;
    pointer = event.pointerId;
    canvas.setPointerCapture(pointer);
    touched = event;
    if (event.pointerType !== "touch" || isHandle(event)) begin();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer || !(event.buttons & MAIN)) return;
    if (touched !== null && isSideways(touched, event)) begin();
    if (touched === null) onDrag(event, false);
  });
  canvas.addEventListener("pointerup", ({ pointerId }) => {
    if (pointerId === pointer && touched !== null) begin(); // it has only tapped
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"])
    canvas.addEventListener(end, (event) => {
      if (event.pointerId === pointer) pointer = touched = null;
    });
}

function isSideways(first, { clientX, clientY }) {
  const across = Math.abs(clientX - first.clientX);
  return across > SLACK && across > Math.abs(clientY - first.clientY);
}

/**
 * Call `onChange` whenever pictures would look otherwise though nothing in the figure has changed: as the page turns dark
 * or light, as it moves to a screen of another density, and, `isPrinting`, as it turns to paper. Returns what stops it.
 */
export function watchLook(onChange) {
  const theme = new MutationObserver(() => onChange());
  theme.observe(document.documentElement, { attributeFilter: ["data-theme", "class"] });
  theme.observe(document.body, { attributeFilter: ["data-jp-theme-light", "class"] });
  const end = new AbortController();
  const { signal } = end;
  const watchDensity = () => {
    const changed = () => {
      watchDensity();
      onChange();
    };
    const present = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    present.addEventListener("change", changed, { once: true, signal });
  };
  watchDensity();
  const onPaper = ({ matches }) => onChange({ isPrinting: matches });
  matchMedia("print").addEventListener("change", onPaper, { signal });
  return () => {
    theme.disconnect();
    end.abort();
  };
}

// ------------------------------------------------------------------------------------------ work

const SLICE = 8; // ms of work before the page may do something else
const PATIENCE = 1000; // ms of work before a page is printed
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

  /** Do as much as can be waited for at once, also out of sight. */
  hurry() {
    const until = performance.now() + PATIENCE;
    while (this.work !== null && performance.now() < until) this.#go();
  }

  #go() {
    if (this.work.next().done) this.work = null;
  }

  stop() {
    this.observer.disconnect();
    clearTimeout(this.timer);
    this.work = null;
  }

  #continue() {
    if (this.timer !== null || !this.inSight || this.work === null) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      const until = performance.now() + SLICE;
      while (this.work !== null && performance.now() < until) this.#go();
      if (this.work === null || performance.now() > this.reported + REPORT) {
        this.reported = performance.now();
        this.onProgress();
      }
      this.#continue();
    });
  }
}
