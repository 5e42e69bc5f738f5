import { satisfies } from "../engine/tasks/scoring.js";
import { GO } from "../engine/tasks/generation.js";
import { LiveFigure, rendererOf } from "../base/figure.js";
import { networksOf } from "../base/networks.js";
import { clamp, listenToDrags, make, makeButton } from "../base/panel.js";
import { respond } from "../base/trial.js";
import { makeOutputLegend } from "../base/trial_controls.js";
import { bandAt, bandsOf, screenIn, stepAt, targetIn } from "./compute.js";
import { browsedTrial, schemaOf } from "./conditions.js";
import { ConditionControls, makeControls, makePanels } from "./controls.js";
import { drawAsked, drawScreen, drawTimeline } from "./picture.js";
import { Player } from "./player.js";
import { wordAsked, wordNetwork, wordRule, wordScreen } from "./words.js";

/** The figure: the screen and what is asked at one moment, above the whole trial over time. */
export class Figure extends LiveFigure {
  static title = "task browser";

  constructor(model, el, networks) {
    super(model, el, networks);
    this.form = networks.forms[0];
    this.player = new Player(this);
    this.controls = makeControls(this);
    this.conditions = new ConditionControls(this);
    this.panels = makePanels(this);
    this.conditions.dragOn(this.panels.screen);
    this.#build();
  }

  get schema() {
    return schemaOf(this.networks, this.limits);
  }

  /** The last moment of the trial (ms). */
  get lastTime() {
    return (this.trial.end - 1) * this.networks.preset.dt;
  }

  /** Show the time step that a time is in; with reduced motion the start of its epoch, unless it is the end. */
  showTime(time) {
    const { dt } = this.networks.preset;
    let step = stepAt(time, this.trial, this.networks.preset);
    if (this.player.isPlaying && matchMedia("(prefers-reduced-motion: reduce)").matches)
      step = bandAt(this.trial, step).start;
    if (step * dt !== this.state.time) this.set({ time: step * dt });
    else if (!this.player.isPlaying) this.update();
  }

  #build() {
    const element = (name) => this.controls[name].element;
    this.rule = make("p", "modpack-rule");
    this.moment = make("p", "modpack-moment");
    this.timeline = this.canvas("modpack-timeline");
    this.#scrubOn(this.timeline);
    this.play = makeButton("", () => this.#toggle());
    const earlier = makeButton("Previous epoch", () => this.#jump(-1));
    const later = makeButton("Next epoch", () => this.#jump(1));
    this.assemble(
      make("div", "modpack-menus", {}, element("task"), element("show_network"), this.reset),
      this.rule,
      this.panels.grid,
      make("div", "modpack-transport", {}, this.play, element("time")),
      this.moment,
      makeOutputLegend(this, "Below, inputs and outputs over time"),
      this.timeline,
      this.fold(
        "More controls",
        make("div", "modpack-transport", {}, earlier, later, element("speed")),
        this.conditions.element,
      ),
    );
  }

  /** Let the pointer move through the trial. */
  #scrubOn(canvas) {
    listenToDrags(canvas, ({ clientX }) => {
      const { x, width } = canvas.getBoundingClientRect();
      const time = ((clientX - x) / width) * this.trial.end * this.networks.preset.dt;
      this.player.stop();
      this.showTime(clamp(time, [0, this.lastTime]));
    });
  }

  #toggle() {
    if (this.player.isPlaying) this.player.stop();
    else this.player.start(this.state.time < this.lastTime ? this.state.time : 0);
    this.update();
  }

  /** Go to the start of another epoch. */
  #jump(by) {
    const bands = bandsOf(this.trial);
    const here = bands.findIndex(({ start }) => start === bandAt(this.trial, this.step).start);
    const there = bands[clamp(here + by, [0, bands.length - 1])];
    this.player.stop();
    this.showTime(there.start * this.networks.preset.dt);
  }

  // ------------------------------------------------------------------------------------ updating

  update() {
    const { state, networks } = this;
    this.task = networks.tasks.find(({ name }) => name === state.task);
    this.#prepareTrial(state);
    this.step = stepAt(state.time, this.trial, networks.preset);
    this.epoch = this.trial.epochIndex[this.step];
    this.screen = screenIn(this.task, this.trial, this.epoch);
    this.#showControls(state);
    this.#showWords();
    this.show(() => this.#words());
  }

  /** Build the trial, and run the network in it, when anything but the moment has changed. */
  #prepareTrial(state) {
    const { time, speed, ...conditions } = state;
    if (!this.isStale("trial", conditions)) return;
    const { networks, task } = this;
    this.trial = browsedTrial(task, networks.preset, state);
    this.response = null;
    if (!state.show_network) return;
    const dynamics = networks.members[this.form][0].under(networks.contexts[task.name]);
    this.response = respond(dynamics, this.trial, networks.preset);
  }

  #showControls(state) {
    const { task, speed, show_network: network, time } = this.controls;
    const { dt } = this.networks.preset;
    task.show(state.task);
    speed.show(state.speed);
    network.show(state.show_network);
    Object.assign(time.input, { step: dt, max: this.lastTime });
    time.show(this.step * dt);
    this.play.textContent = this.player.isPlaying ? "Pause" : "Play";
    this.conditions.show(state, this.task);
  }

  #showWords() {
    const { trial, step, panels } = this;
    const { dt } = this.networks.preset;
    const [screen, asked] = [wordScreen(this.screen), wordAsked(trial, step, { dt })];
    this.rule.textContent = wordRule(this.task);
    panels.screenWords.textContent = screen.join("\n");
    panels.askedWords.textContent = asked;
    panels.networkLegend.hidden = this.response === null;
    this.moment.textContent = `${bandAt(trial, step).name}, ${step * dt} of ${trial.end * dt} ms`;
    panels.screen.ariaLabel = `The screen: ${screen.join("; ")}; sliders set the directions too.`;
    panels.asked.ariaLabel = asked;
    const epochs = bandsOf(trial).map(({ name }) => name);
    const go = trial.onsets[GO] * dt;
    this.timeline.ariaLabel =
      `Inputs and asked outputs over time: ${epochs.join(", ")}; go at ${go} ms. ` +
      `The slider below moves through it.`;
  }

  #words() {
    const { task, trial, step, response, form } = this;
    const { preset } = this.networks;
    const criterion = { ...this.networks.criterion, tolerance: task.tolerance };
    const where = `${task.label} at ${step * preset.dt} ms, ${bandAt(trial, step).name}`;
    const asked = wordAsked(trial, step, preset);
    const isRight = response !== null && satisfies(response.decoded, trial.answer, criterion);
    const network = response === null ? "" : wordNetwork(response, form, isRight, criterion);
    return `${where}. On the screen: ${wordScreen(this.screen).join("; ")}. ${asked} ${network}`;
  }

  // ------------------------------------------------------------------------------------- drawing

  draw() {
    const { trial, step, epoch, networks, panels, colours } = this;
    const outputs = this.response?.outputs ?? null;
    const { cos, sin } = this.model.get("outputs");
    const network = networks.colours[this.form];
    const { tolerance } = this.task;
    drawScreen(panels.screen, this.screen, trial.conditions, colours);
    drawAsked(panels.asked, { trial, epoch, step, outputs, tolerance }, { ...colours, network });
    const moment = { trial, step, outputs, preset: networks.preset };
    drawTimeline(this.timeline, moment, { ...colours, cos, sin });
    return {
      step,
      epoch,
      onsets: trial.onsets,
      screen: this.screen,
      input: [...trial.patterns[epoch]],
      target: targetIn(trial, epoch),
      answer: trial.answer,
      outputs: outputs?.map((y) => [...y]) ?? null,
      isPlaying: this.player.isPlaying,
      speed: this.state.speed,
    };
  }
}

export default { render: rendererOf(Figure, networksOf) };
