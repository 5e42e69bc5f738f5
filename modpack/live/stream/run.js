import { Generator } from "../engine/generator.js";
import { answered } from "../engine/streaming.js";
import { generate } from "../engine/tasks/training.js";
import { drawn, filtered, next, started, unknown } from "../engine/training/worlds.js";

/** What happens in a world, trial by trial, and what networks answer; as world.py. */

const SPAN = 10 ** 8; // seeds of a world: two for every trial, of uniform and of normal numbers

/** A world that goes on for as long as it is asked to; the random numbers of a trial depend on the seed alone. */
export class World {
  constructor(stream, { tasks, preset }, seed) {
    Object.assign(this, { stream, tasks, preset, first: 2 * seed * SPAN, happened: [] });
    const n = tasks.length;
    const hidden = Math.floor(n * new Generator(this.first).uniform());
    this.place = started(hidden, n);
    this.expected = unknown(n);
  }

  #generators(t) {
    const seed = this.first + 2 * (t + 1);
    return [new Generator(seed), new Generator(seed + 1)];
  }

  /** What happens in a trial, and what the ideal observer then believes. */
  at(t) {
    while (this.happened.length <= t) this.#goOn();
    return this.happened[t];
  }

  #goOn() {
    const { tasks, preset, stream, happened } = this;
    const [uniforms, normals] = this.#generators(happened.length);
    const draws = drawn(tasks.length, uniforms, normals);
    const { told, place } = next(stream, this.place, draws);
    const { belief, expected } = filtered(this.expected, told.fast, stream.hazard);
    const task = tasks[told.task];
    const trial = generate(task, task.draws, preset, uniforms);
    Object.assign(this, { place, expected });
    happened.push({ ...told, belief, trial });
  }

  /** the noise of a trial on the neurons of dynamics. */
  noise(t, dynamics) {
    const [, normals] = this.#generators(t);
    for (const _ of this.tasks) normals.normal(); // that of the cue
    return dynamics.noise(this.at(t).trial.end, normals);
  }
}

/** The trials of a world that have passed, n of them, with the answers of networks and the guesses of a reader. */
export class Run {
  constructor(stream, asked, seed, n) {
    this.world = new World(stream, asked, seed);
    Object.assign(this, { asked, n, answers: new Map(), guesses: [] });
  }

  /** The trial that comes next, of which the cue alone is known. */
  get pending() {
    return this.world.at(this.n);
  }

  /** The tasks whose answers a network has given, by the form of the network. */
  chosen(form) {
    return this.answers.get(form)?.chosen ?? [];
  }

  /** Let networks, by form, catch up with the trials that have passed; yields after every answer. */
  *catchUp(networks) {
    for (const form of Object.keys(networks)) {
      while (this.chosen(form).length < this.n) {
        this.#answer(form, networks[form]);
        yield;
      }
    }
  }

  #answer(form, network) {
    const before = this.answers.get(form) ?? { chosen: [], state: null };
    const t = before.chosen.length;
    const { fast, slow, trial } = this.world.at(t);
    const dynamics = network.under([...fast, ...slow]);
    const noise = this.world.noise(t, dynamics);
    const { chosen, state } = answered(dynamics, trial, noise, before.state, this.asked);
    before.chosen.push(chosen);
    this.answers.set(form, { chosen: before.chosen, state });
  }
}
