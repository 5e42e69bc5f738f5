import { LiveFigure, rendererOf } from "../base/figure.js";
import { Requests } from "../base/on_request.js";
import { make } from "../base/panel.js";
import {
  IDEAL,
  NOTHING,
  YOU,
  answersOf,
  formsOf,
  isPossible,
  schemaOf,
  scoresOf,
  streamOf,
} from "./compute.js";
import {
  makeAct,
  makeControls,
  makeGuesses,
  makeNotes,
  makeRecovery,
  makeScores,
  makeStrip,
  strokesOf,
} from "./controls.js";
import { drawRecovery, drawStrip, partsOf } from "./picture.js";
import { Player } from "./player.js";
import { Run } from "./run.js";
import { wordHeads, wordMissing, wordScores, words } from "./words.js";

const MANY = 100; // trials of a button

/** The figure: a stream that goes on when asked, networks in it, and who finds the task how soon after a switch. */
export class Figure extends LiveFigure {
  static title = "stream of trials";

  constructor(model, el) {
    super(model, el);
    this.description = model.get("description");
    this.schema = schemaOf(this.description, this.limits);
    this.requests = new Requests(model, this.description.preset, () => this.update());
    this.player = new Player(this);
    this.reset.addEventListener("click", () => this.#restart());
    this.#build();
  }

  isAllowed(state) {
    return isPossible(state);
  }

  // ------------------------------------------------------------------------------------ building

  #build() {
    this.controls = makeControls(this);
    this.guesses = makeGuesses(this.description, (k) => this.#guess(k));
    this.strip = makeStrip(this, (event) => this.#press(event));
    this.scores = makeScores();
    this.axes = makeRecovery(this, this.description);
    this.play = makeAct("Play", () => this.#toggle());
    const one = makeAct("One trial", () => this.#go(1));
    const many = makeAct(`${MANY} trials`, () => this.#go(MANY));
    const again = makeAct("From the start", () => this.#restart());
    const element = (name) => this.controls[name].element;
    const [menus, world] = [
      ["first", "second", "third"],
      ["hazard", "right", "sigma", "tau", "seed"],
    ].map((names) => names.map(element));
    const [strip, recovery] = makeNotes(this.description);
    this.assemble(
      make("div", "modpack-transport", {}, this.play, one, many, this.reset),
      this.group("Your turn", element("hidden"), this.guesses.element),
      strip,
      this.strip.element,
      recovery,
      make("div", "modpack-results", {}, this.axes.canvas, this.scores.element),
      this.fold(
        "More controls",
        make("div", "modpack-transport", {}, again, element("speed")),
        this.group("Networks", ...menus),
        this.group("World", ...world),
      ),
    );
  }

  // ------------------------------------------------------------------------------------- playing

  #toggle() {
    if (this.player.isPlaying) this.player.stop();
    else this.player.start();
    this.update();
  }

  #go(trials) {
    this.player.stop();
    this.pass(trials);
    this.update();
  }

  /** Let some trials pass. */
  pass(trials) {
    this.run.n += trials;
    this.#work();
  }

  /** Guess the task of the present trial, which then passes unless it does so by itself. */
  #guess(task) {
    this.#hide(true);
    this.set({ hidden: true });
    this.run.guesses[this.run.n] = task;
    if (this.player.isPlaying) this.redraw();
    else this.#go(1);
  }

  /** Keep the tasks of trials from now on to itself, or of none. */
  #hide(isHidden) {
    if (isHidden !== Number.isFinite(this.known)) this.known = isHidden ? this.run.n : Infinity;
  }

  #press(event) {
    const isHeld = event.repeat && event.key !== "ArrowRight";
    if (isHeld || event.ctrlKey || event.metaKey || event.altKey) return;
    const task = Number(event.key) - 1;
    if (task in this.description.tasks) this.#guess(task);
    else if (event.key === " ") this.#toggle();
    else if (event.key === "ArrowRight") this.#go(1);
    else return;
    event.preventDefault();
  }

  #restart() {
    this.player.stop();
    this.made.run = undefined;
    this.update();
  }

  // ------------------------------------------------------------------------------------ updating

  update() {
    const { state, controls } = this;
    const stream = streamOf(state);
    if (this.isStale("run", stream, state.seed)) this.#begin(stream, state);
    this.#hide(state.hidden);
    const others = (name) => formsOf({ ...state, [name]: NOTHING });
    for (const name of ["first", "second", "third"])
      controls[name].show(state[name], (form) => !others(name).includes(form));
    for (const name of ["hazard", "right", "sigma", "tau", "seed", "speed", "hidden"])
      controls[name].show(state[name]);
    this.play.textContent = this.player.isPlaying ? "Pause" : "Play";
    this.forms = formsOf(state);
    this.#work();
    this.show(() => this.#words());
  }

  #begin(stream, { seed }) {
    this.run = new Run(stream, this.description, seed, this.description.trials);
    this.known = Infinity;
  }

  /** Let the networks answer, in slices. */
  #work() {
    const { places } = this.description;
    const entries = this.forms.map((form) => [form, this.requests.get(places[form])]);
    this.networks = Object.fromEntries(entries);
    const here = entries.filter(([, found]) => found).map(([form, { network }]) => [form, network]);
    this.worker.begin(this.run.catchUp(Object.fromEntries(here)));
  }

  stop() {
    super.stop();
    this.player.stop();
  }

  // ------------------------------------------------------------------------------------- drawing

  /** What is known of the trials that have passed. */
  get seen() {
    const { run, forms, description } = this;
    const counted = Math.min(run.n, this.known);
    const tasks = Array.from({ length: counted }, (_, t) => run.world.at(t).task);
    const answers = answersOf(run, forms, counted);
    const scores = scoresOf(answers, tasks, description.lags);
    const answering = forms.filter((form) => this.#hasAnswered(form));
    return { n: run.n, counted, tasks, answers, scores, answering };
  }

  #words() {
    return words(this.description, this.state, this.seen);
  }

  draw() {
    const { run, forms, networks, state, seen } = this;
    const { scores, answering, ...rest } = seen;
    this.#drawStrip(seen);
    this.#showScores(scores);
    if (!this.player.isPlaying) this.say(() => this.#words());
    return {
      ...{ ...rest, stream: run.world.stream },
      ...{ fast: run.pending.fast, slow: run.pending.slow, belief: run.pending.belief },
      recovery: Object.fromEntries(Object.entries(scores).map(([name, { lags }]) => [name, lags])),
      ...{ speed: state.speed, hidden: state.hidden, isPlaying: this.player.isPlaying },
      isWaiting: forms.some((form) => networks[form] !== null && !answering.includes(form)),
    };
  }

  #drawStrip({ n, counted }) {
    const { run, forms, description, strip } = this;
    const { colours, tasks } = description;
    const parts = partsOf(run, forms, colours);
    const inPages = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const about = { run, parts, nTasks: tasks.length, counted, inPages };
    drawStrip(strip.canvas, about, { ...this.colours, known: colours.known });
    const titles = parts.map(({ title }) => title).join("; ");
    strip.canvas.ariaLabel = `The last of ${n} trials: ${titles}.`;
  }

  /** Whether a network is there and has answered in all trials. */
  #hasAnswered(form) {
    return Boolean(this.networks[form]) && this.run.chosen(form).length === this.run.n;
  }

  #showScores(scores) {
    const strokes = strokesOf(this.forms, this.description.colours, this.colours.ink);
    const names = [IDEAL, ...this.forms, ...(scores[YOU].guessed.n ? [YOU] : [])];
    const isHere = (name) => !(name in this.networks) || this.#hasAnswered(name);
    const rows = names.map((name) => ({
      ...{ name, ...strokes[name] },
      cells: isHere(name) ? wordScores(scores, name) : [wordMissing(this.networks[name])],
    }));
    this.scores.show(wordHeads(scores), rows);
    const lines = names.filter(isHere).map((name) => ({
      ...strokes[name],
      lags: scores[name].lags.slice(0, -1),
    }));
    drawRecovery(this.axes, lines, 1 / this.description.tasks.length, this.colours);
    this.axes.canvas.ariaLabel = `Shares of right trials by trials since a switch.`;
  }
}

export default { render: rendererOf(Figure) };
