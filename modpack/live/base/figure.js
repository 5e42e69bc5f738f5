import {
  changes,
  isFirstIn,
  papermillLine,
  pythonLine,
  stateFrom,
  writeFragment,
} from "./links.js";
import {
  Worker,
  make,
  makeButton,
  makeCheckbox,
  makeMenu,
  makeSlider,
  watchLook,
} from "./panel.js";
import { Visits } from "./visits.js";

/** What every live figure shares, as LiveFigure in figure.py: its state, words, links, and when it is drawn. */

const PAUSE = 350; // ms without a change after which the readout speaks

/**
 * A figure in a page. A subclass builds its parts in its constructor and gives them to `assemble`, and has
 * - `static title`: what it is, for a screen reader,
 * - `schema`: for every part of the state the reader of its text in a link (links.js),
 * - `update()`: computes what the state asks for; ends with `show(words)`,
 * - `draw()`: draws it, and returns it as plain data,
 * - and, if not every state is allowed, `isAllowed(state)`.
 *
 * `networks` is what the renderer has read beside the model: the trained networks of the page (networks.js).
 */
export class LiveFigure {
  constructor(model, el, networks) {
    Object.assign(this, { model, networks, made: {}, visits: new Visits() });
    this.name = model.get("name");
    this.limits = model.get("limits");
    const triples = model.get("initial");
    this.initial = Object.fromEntries(triples.map(([name, value]) => [name, value]));
    this.standard = Object.fromEntries(triples.map(([name, , value]) => [name, value]));
    const [, kind, number] = /^(\D+)(\d?)$/.exec(this.name);
    this.root = make("div", `modpack-live modpack-${kind}`);
    this.root.setAttribute("role", "group");
    const title = `Interactive figure: ${this.constructor.title} ${number}`;
    this.root.setAttribute("aria-label", title.trim());
    el.append(this.root);
    this.notice = make("p", "modpack-notice", { hidden: true });
    this.notice.setAttribute("role", "status");
    this.readout = make("p", "modpack-readout");
    this.readout.setAttribute("aria-live", "polite");
    this.reset = makeButton("Reset", () => {
      this.notice.hidden = true;
      this.set(this.initial);
    });
    this.worker = new Worker(this.root, () => this.redraw());
  }

  get state() {
    const names = Object.keys(this.initial);
    return Object.fromEntries(names.map((name) => [name, this.model.get(name)]));
  }

  set(values) {
    Object.entries(values).forEach(([name, value]) => this.model.set(name, value));
    this.model.save_changes();
  }

  isAllowed() {
    return true;
  }

  /** Leave off all work: the figure is no longer on show. */
  stop() {
    this.worker.stop();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.speaking);
  }

  // ------------------------------------------------------------------------------------ building

  slider(name, label) {
    const onInput = (value) => this.set({ [name]: value });
    return makeSlider({ label, limits: this.limits[name], onInput });
  }

  /** Controls with a title. */
  group(title, ...parts) {
    const legend = make("legend", "", { textContent: title });
    return make("fieldset", "modpack-group", {}, legend, ...parts);
  }

  /** Parts that are folded away until a reader wants them. */
  fold(title, ...parts) {
    const summary = make("summary", "", { textContent: title });
    return make("details", "modpack-fold", {}, summary, ...parts);
  }

  /** A menu of one part of the state; `read` turns the chosen text into its value. */
  menu(name, label, options, read = (text) => text) {
    return makeMenu({ label, options, onInput: (text) => this.set({ [name]: read(text) }) });
  }

  checkbox(name, label) {
    return makeCheckbox({ label, onInput: (value) => this.set({ [name]: value }) });
  }

  /** A canvas that a screen reader takes for a picture and calls by its label. */
  canvas(className, label = "") {
    return make("canvas", className, { role: "img", ariaLabel: label });
  }

  assemble(...parts) {
    const question = make("p", "modpack-question", { textContent: this.model.get("question") });
    const foot = [this.readout, this.#buildLinks()]; // below all controls, as the length of words changes
    this.root.append(question, this.notice, ...parts, ...foot);
  }

  #buildLinks() {
    this.link = make("a", "modpack-link", { textContent: "Link to this state" });
    this.python = make("code", "", {});
    this.papermill = make("code", "", {});
    const line = (label, code, className) =>
      make("p", `modpack-line ${className}`, {}, make("span", "", { textContent: label }), code);
    this.chapterLine = line("The chapter with it: ", this.papermill, "modpack-papermill");
    this.chapterLine.hidden = this.model.get("chapter") === "";
    const python = line("The same in Python: ", this.python, "modpack-python");
    const links = make(
      "details",
      "modpack-links",
      {},
      make("summary", "", { textContent: "Reproduce" }),
    );
    links.append(python, this.chapterLine);
    return make("div", "modpack-foot", {}, this.link, links);
  }

  // ------------------------------------------------------------------------------------ updating

  /** Show the links of the present state, say the words after a pause, and draw before the next frame. */
  show(words) {
    this.#showLinks();
    this.say(words);
    this.frame ??= requestAnimationFrame(() => this.redraw());
  }

  #showLinks() {
    const { state, model, name } = this;
    const changed = changes(state, this.initial);
    const first = Object.keys(state)[0];
    const beside = model.get("beside") ?? location.hash; // states of other figures, which the link keeps
    this.link.href = writeFragment(beside, name, { [first]: state[first], ...changed });
    this.python.textContent = pythonLine(model.get("python"), state, this.standard);
    const differing = changes(state, this.standard);
    this.papermill.textContent = papermillLine(model.get("chapter"), name, differing);
  }

  /** Speak after a pause, so that a screen reader is not flooded; `words` is called then. */
  say(words) {
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => (this.readout.textContent = words()), PAUSE);
  }

  /** Whether a part of the figure is to be made anew: whether what it is made from has changed. */
  isStale(part, ...from) {
    const text = JSON.stringify(from);
    const isStale = this.made[part] !== text;
    this.made[part] = text;
    return isStale;
  }

  redraw() {
    cancelAnimationFrame(this.frame);
    this.frame = null;
    if (this.root.clientWidth === 0) return; // it is not on show
    this.root.drawn = this.draw();
    this.root.classList.add("modpack-drawn"); // a still of the page gives way
  }

  /** Colours of the page. */
  get colours() {
    const style = getComputedStyle(this.root);
    return { ink: style.color, paper: style.getPropertyValue("--modpack-paper") || "#fff" };
  }

  // --------------------------------------------------------------------------------------- links

  /** Follow a change of the fragment: back to what the reader has left there, or on to what it holds. */
  visit() {
    const state = this.visits.change(this.state);
    if (state === undefined) return this.follow();
    this.notice.hidden = true;
    this.set(state);
    this.#showLinks();
  }

  /** Take the state from the fragment, if it holds one; say so if it is not allowed. */
  follow({ scroll = false } = {}) {
    this.#showLinks(); // which hold the states of other figures in the fragment, too
    this.notice.hidden = true;
    try {
      const { schema, initial } = this;
      const isAllowed = (state) => this.isAllowed(state);
      const state = stateFrom(location.hash, this.name, { schema, initial, isAllowed });
      if (state === null) return;
      this.set(state);
      if (scroll && isFirstIn(location.hash, this.name)) keepInSight(this.root);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.notice.textContent =
        "This link holds no state that the figure knows; nothing was changed.";
      this.notice.hidden = false;
    }
  }
}

const ACTS = ["wheel", "touchstart", "pointerdown", "keydown"];

/** Keep an element at the top of the window while the page above it still grows, until the reader acts. */
function keepInSight(element) {
  const resizing = new ResizeObserver(() => element.scrollIntoView({ behavior: "instant" }));
  resizing.observe(document.body); // and at once
  const letGo = () => resizing.disconnect();
  for (const act of ACTS) window.addEventListener(act, letGo, { once: true, passive: true });
}

/** The `render` of a widget whose figure is of a class; `read` may fetch what else the figure needs. */
export function rendererOf(Figure, read = () => null) {
  return async ({ model, el }) => {
    const figure = new Figure(model, el, await read(model));
    const names = Object.keys(figure.initial).map((name) => `change:${name}`);
    let isDue = false; // several traits may change at once
    const update = () => {
      if (isDue) return;
      isDue = true;
      queueMicrotask(() => {
        isDue = false;
        figure.update();
      });
    };
    const visit = () => figure.visit();
    const look = ({ isPrinting = false } = {}) => {
      figure.update();
      if (isPrinting) figure.worker.hurry();
      figure.redraw(); // at once, as paper does not wait for a frame
    };
    const resizing = new ResizeObserver(update);
    const forget = watchLook(look);
    names.forEach((name) => model.on(name, update));
    window.addEventListener("hashchange", visit);
    resizing.observe(figure.root);
    figure.follow({ scroll: true });
    figure.update();
    return () => {
      names.forEach((name) => model.off(name, update));
      window.removeEventListener("hashchange", visit);
      resizing.disconnect();
      forget();
      figure.stop();
    };
  };
}
