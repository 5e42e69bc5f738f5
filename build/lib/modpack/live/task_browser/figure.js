import { satisfies } from "../engine/scoring.js";
import { GO } from "../engine/trials.js";
import { degrees, listenToDrags, make, makeButton, makeCheckbox, makeMenu } from "../base/panel.js";
import { clamp, respond } from "../base/trial.js";
import { LiveFigure, rendererOf } from "../base/figure.js";
import { bandsOf, screenIn, stepAt, targetIn } from "./compute.js";
import { wordAsked, wordRule, wordScreen } from "./words.js";
import { drawAsked, drawScreen, drawTimeline } from "./picture.js";
import { SPEEDS, browsedTrial, schemaOf } from "./conditions.js";
import { Player } from "./player.js";
import { ConditionControls } from "./controls.js";

/** The figure: the screen and what is asked at one moment, above the whole trial over time. */
export class Figure extends LiveFigure {
  static title = "task browser";

  constructor(model, page, el) {
    super(model, page, el);
    this.form = page.forms[0];
    this.player = new Player(this);
    this.controls = this.#makeControls();
    this.conditions = new ConditionControls(this);
    this.#build();
  }

  get schema() {
    return schemaOf(this.page, this.limits);
  }

  /** The last moment of the trial (ms). */
  get lastTime() {
    return (this.trial.end - 1) * this.page.preset.dt;
  }

  /** Show the time step that a time is in; with reduced motion the start of its epoch, unless it is the end. */
  showTime(time) {
    const { dt } = this.page.preset;
    let step = stepAt(time, this.trial, this.page.preset);
    if (this.player.isPlaying && matchMedia("(prefers-reduced-motion: reduce)").matches)
      step = this.#bandAt(step).start;
    if (step * dt !== this.state.time) this.set({ time: step * dt });
    else if (!this.player.isPlaying) this.update();
  }

  // ------------------------------------------------------------------------------------ building

  #makeControls() {
    const tasks = this.page.tasks.map(({ name, label }, k) => [name, `${k + 1}. ${label}`]);
    const speeds = SPEEDS.map((speed) => [speed, `${speed} ×`]);
    return {
      task: makeMenu({ label: "Task", options: tasks, onInput: (task) => this.set({ task }) }),
      speed: makeMenu({
        label: "Speed",
        options: speeds,
        onInput: (speed) => this.set({ speed: Number(speed) }),
      }),
      network: makeCheckbox({
        label: "show a trained network",
        onInput: (show_network) => this.set({ show_network }),
      }),
      time: this.#timeSlider(),
    };
  }

  #timeSlider() {
    const slider = this.slider("time", "time in the trial");
    slider.input.addEventListener("input", () => this.player.stop());
    slider.element.classList.add("modpack-wide");
    return slider;
  }

  #build() {
    const { task, speed, network, time } = this.controls;
    this.rule = make("p", "modpack-rule");
    this.moment = make("p", "modpack-moment");
    this.timeline = this.canvas("modpack-timeline");
    this.#scrubOn(this.timeline);
    this.play = makeButton("", () => this.#toggle());
    const earlier = makeButton("Previous epoch", () => this.#jump(-1));
    const later = makeButton("Next epoch", () => this.#jump(1));
    this.assemble(
      make("div", "modpack-menus", {}, task.element, network.element, this.reset),
      this.rule,
      this.#buildPanels(),
      this.moment,
      this.timeline,
      time.element,
      make("div", "modpack-transport", {}, this.play, earlier, later, speed.element),
      this.outputLegend("Outputs over time"),
      this.readout,
      this.conditions.element,
    );
  }

  #buildPanels() {
    const section = (title, canvas, caption) =>
      make("section", "", {}, make("p", "modpack-title", { textContent: title }), canvas, caption);
    this.screen = this.canvas("modpack-ring");
    this.conditions.dragOn(this.screen);
    this.seen = make("p", "modpack-caption");
    this.asked = this.canvas("modpack-ring");
    this.wanted = make("p", "modpack-caption");
    this.given = this.#networkLegend();
    const caption = make("div", "", {}, this.wanted, this.given);
    const screen = section("On the screen", this.screen, this.seen);
    const asked = section("Asked", this.asked, caption);
    const textContent =
      "Outside ring 1, inside ring 2. Dashed: not on the screen now. Drag a stimulus to turn it.";
    const hint = make("p", "modpack-hint", { textContent });
    return make("div", "modpack-panels", {}, screen, asked, hint);
  }

  #networkLegend() {
    const stroke = make("span", "modpack-stroke");
    stroke.style.color = this.page.colours[this.form];
    const words = make("span", "", {}, stroke, `the ${this.form} network so far`);
    return make("p", "modpack-legend", {}, words);
  }

  /** Let the pointer move through the trial. */
  #scrubOn(canvas) {
    listenToDrags(canvas, ({ clientX }) => {
      const { x, width } = canvas.getBoundingClientRect();
      const time = ((clientX - x) / width) * this.trial.end * this.page.preset.dt;
      this.player.stop();
      this.showTime(clamp(time, [0, this.lastTime]));
    });
  }

  // ------------------------------------------------------------------------------------- playing

  #toggle() {
    if (this.player.isPlaying) this.player.stop();
    else this.player.start(this.state.time < this.lastTime ? this.state.time : 0);
    this.update();
  }

  #bandAt(step) {
    return bandsOf(this.trial).find(({ start, stop }) => step >= start && step < stop);
  }

  /** Go to the start of another epoch. */
  #jump(by) {
    const bands = bandsOf(this.trial);
    const here = bands.findIndex(({ start }) => start === this.#bandAt(this.step).start);
    const there = bands[clamp(here + by, [0, bands.length - 1])];
    this.player.stop();
    this.showTime(there.start * this.page.preset.dt);
  }

  // ------------------------------------------------------------------------------------ updating

  update() {
    const { state, page } = this;
    this.task = page.tasks.find(({ name }) => name === state.task);
    this.#prepareTrial(state);
    this.step = stepAt(state.time, this.trial, page.preset);
    this.epoch = this.trial.epochIndex[this.step];
    this.shown = screenIn(this.task, this.trial, this.epoch);
    this.#showControls(state);
    this.#showWords();
    this.show(() => this.#words());
  }

  /** Build the trial, and run the network in it, when anything but the moment has changed. */
  #prepareTrial(state) {
    const { time, speed, ...conditions } = state;
    const wanted = JSON.stringify(conditions);
    if (this.prepared === wanted) return;
    this.prepared = wanted;
    const { page, task } = this;
    this.trial = browsedTrial(task, page.preset, state);
    this.response = null;
    if (!state.show_network) return;
    const [network] = page.networks[this.form];
    this.response = respond(network.under(page.contexts[task.name]), this.trial, page.preset);
  }

  #showControls(state) {
    const { task, speed, network, time } = this.controls;
    task.show(state.task);
    speed.show(String(state.speed));
    network.show(state.show_network);
    Object.assign(time.input, { step: this.page.preset.dt, max: this.lastTime });
    time.show(this.step * this.page.preset.dt);
    this.play.textContent = this.player.isPlaying ? "Pause" : "Play";
    this.conditions.show(state, this.task);
  }

  #showWords() {
    const { trial, step, page } = this;
    const time = step * page.preset.dt;
    this.rule.textContent = wordRule(this.task);
    this.seen.textContent = wordScreen(this.shown).join("\n");
    this.given.hidden = this.response === null;
    this.wanted.textContent = wordAsked(trial, step, page.preset);
    const length = trial.end * page.preset.dt;
    this.moment.textContent = `${this.#bandAt(step).name}, ${time} of ${length} ms`;
  }

  #words() {
    const { task, trial, step, page } = this;
    const time = step * page.preset.dt;
    const where = `${task.label} at ${time} ms, ${this.#bandAt(step).name}`;
    const asked = wordAsked(trial, step, page.preset);
    return `${where}. On the screen: ${wordScreen(this.shown).join("; ")}. ${asked} ${this.#networkWords()}`;
  }

  #networkWords() {
    if (this.response === null) return "";
    const { said } = this.response;
    const { criterion } = this.page;
    const what = said.fixation > criterion.fixation_threshold ? "fixating" : degrees(said.angle);
    const verdict = satisfies(said, this.trial.answer, criterion) ? "right" : "wrong";
    return `The ${this.form} network ends ${what}: ${verdict}.`;
  }

  draw() {
    const { trial, step, epoch, page, colours } = this;
    const outputs = this.response?.outputs ?? null;
    const { cos, sin } = this.model.get("outputs");
    const network = page.colours[this.form];
    const { tolerance } = page.criterion;
    drawScreen(this.screen, this.shown, trial.conditions, colours);
    drawAsked(this.asked, { trial, epoch, step, outputs, tolerance }, { ...colours, network });
    const moment = { trial, step, outputs, preset: page.preset };
    drawTimeline(this.timeline, moment, { ...colours, cos, sin });
    this.#label();
    return this.#drawn(outputs);
  }

  #label() {
    const label = (canvas, text) => canvas.setAttribute("aria-label", text);
    label(
      this.screen,
      `The screen: ${wordScreen(this.shown).join("; ")}; sliders set the directions too.`,
    );
    label(this.asked, wordAsked(this.trial, this.step, this.page.preset));
    const epochs = bandsOf(this.trial).map(({ name }) => name);
    const go = this.trial.onsets[GO] * this.page.preset.dt;
    label(
      this.timeline,
      `Inputs and asked outputs over time: ${epochs.join(", ")}; go at ${go} ms. The slider below moves through it.`,
    );
  }

  #drawn(outputs) {
    const { trial, step, epoch } = this;
    return {
      step,
      epoch,
      onsets: trial.onsets,
      screen: this.shown,
      input: [...trial.patterns[epoch]],
      target: targetIn(trial, epoch),
      answer: trial.answer,
      outputs: outputs?.map((y) => [...y]) ?? null,
      isPlaying: this.player.isPlaying,
      speed: this.state.speed,
    };
  }
}

export default { render: rendererOf(Figure) };
