import { writeFileSync } from "node:fs";

import * as choices from "../../modpack/live/engine/choices.js";
import * as contexts from "../../modpack/live/engine/context.js";
import * as dynamics from "../../modpack/live/engine/dynamics.js";
import * as generator from "../../modpack/live/engine/generator.js";
import * as network from "../../modpack/live/engine/network.js";
import * as rules from "../../modpack/live/engine/tasks/rules.js";
import * as scoring from "../../modpack/live/engine/tasks/scoring.js";
import * as trials from "../../modpack/live/engine/tasks/generation.js";

const engine = {
  ...choices,
  ...contexts,
  ...dynamics,
  ...generator,
  ...network,
  ...rules,
  ...scoring,
  ...trials,
};
import { pageOf, serve } from "./harness.mjs";

const vector = (values) => Float64Array.from(values);
const tensor = ({ shape, data }) => ({ shape, data: vector(data) });
const context = (c) => (Array.isArray(c[0]) ? c.map(vector) : vector(c));

function networkOf({ tensors, ...rest }) {
  const read = Object.entries(tensors).map(([name, value]) => [name, tensor(value)]);
  return new engine.ModulatedNetwork({ ...rest, tensors: Object.fromEntries(read) });
}

/** The first trial of every task, three times over: 150 steps. */
function* sweep({ trials, contexts, tasks, preset }, mixes) {
  for (const [k, { name }] of tasks.entries()) {
    const next = tasks[(k + 1) % tasks.length].name;
    const [trial] = trials[name];
    for (const lam of mixes) {
      const c = engine.mix(contexts[name], contexts[next], lam);
      yield { trial, c, index: [1, 2, 3].flatMap(() => trial.epochIndex), preset };
    }
  }
}

serve({
  /** Every task, every mix: all states to a file of float64. */
  states({ mixes, form, seed, output, ...source }) {
    const networks = pageOf(source);
    const network = networks.members[form][seed];
    const runs = [...sweep(networks, mixes)].map(({ trial, c, index }) =>
      network.under(c).simulate(trial.patterns, index),
    );
    writeFileSync(output, Buffer.concat(runs.map((states) => Buffer.from(states.buffer))));
    return runs.length;
  },

  /** Choices in all trials of every task between its context and those of its opponents. */
  choices({ mixes, form, seed, ...source }) {
    const networks = pageOf(source);
    const network = networks.members[form][seed];
    const task = Object.fromEntries(networks.tasks.map((each) => [each.name, each]));
    return networks.tasks.flatMap(({ name }) =>
      networks.opponents[name].slice(0, 1).map((other) =>
        mixes.map((lam) => {
          const dynamics = network.under(
            engine.mix(networks.contexts[name], networks.contexts[other], lam),
          );
          return networks.trials[name].map((trial) => {
            const states = dynamics.simulate(trial.patterns, trial.epochIndex);
            const outputs = engine.readout(dynamics, states);
            const said = engine.final(outputs, trial, networks.preset);
            const b = engine.taskAnswer(task[other], trial.conditions);
            return engine.CHOICES.indexOf(engine.choice(said, trial.answer, b, networks.criterion));
          });
        }),
      ),
    );
  },

  /** One trial with given noise and start, and everything that Dynamics offers. */
  dynamics({ network, contexts, patterns, epochIndex, noise, state }) {
    const dynamics = networkOf(network).under(context(contexts));
    const u = patterns.map(vector);
    const r = vector(state);
    const states = dynamics.simulate(u, epochIndex, vector(noise), r);
    return {
      states: [...states],
      outputs: engine.readout(dynamics, states).map((y) => [...y]),
      field: [...dynamics.field(r, u[0])],
      step: [...dynamics.step(r, u[0])],
      noiseStd: dynamics.noiseStd,
    };
  },

  spans({ network, contexts, spanIndex, patterns, epochIndex, noise, state }) {
    const spans = contexts.map((c) => networkOf(network).under(context(c)));
    const rest = [epochIndex, vector(noise), vector(state)];
    return [...engine.simulateSpans(spans, spanIndex, patterns.map(vector), ...rest)];
  },

  trials(source) {
    const { trials, tasks } = pageOf(source);
    const all = Object.values(trials).flat();
    return {
      patterns: all.map(({ patterns }) => patterns.map((u) => [...u])),
      epochIndex: all.map(({ epochIndex }) => epochIndex),
      onsets: all.map(({ onsets }) => onsets),
      end: all.map(({ end }) => end),
      answers: all.map(({ conditions }) =>
        tasks.map((task) => Object.values(engine.taskAnswer(task, conditions))),
      ),
    };
  },

  durations({ periods, dt, length }) {
    return periods.map((each) => engine.durations(each, dt, length));
  },

  /** Scores of given outputs (trial, time, output). */
  scores({ outputs, trials, preset, criterion }) {
    return outputs.map((each, k) => {
      const y = each.map(vector);
      const trial = trials[k];
      return [
        ...Object.values(engine.final(y, trial, preset)),
        engine.premature(y, trial, criterion.fixation_threshold),
        engine.correct(y, trial, preset, criterion),
      ];
    });
  },

  choose({ said, a, b, criterion }) {
    const read = ([kind, angle]) => ({ kind, angle: angle ?? NaN });
    return said.map((decoded, k) => {
      const rules = [read(a[k]), read(b[k])];
      const made = engine.choice(decoded, ...rules, criterion);
      return [engine.opposed(...rules), engine.CHOICES.indexOf(made)];
    });
  },

  contexts({ a, b, lam, s, sigma, p, seed }) {
    const [first, second] = [vector(a), vector(b)];
    return {
      mix: [...engine.mix(first, second, lam)],
      kept: [...engine.mixPreservingNorm(first, second, lam)],
      fade: [...engine.fade(first, s)],
      noise: [...engine.noise(first, sigma, new engine.Generator(seed))],
      inLine: [...engine.noiseInLine(first, first, second, sigma, new engine.Generator(seed))],
      drop: [...engine.drop(first, p, new engine.Generator(seed))],
    };
  },

  random({ seed, count }) {
    const draw = (method) => {
      const generator = new engine.Generator(seed);
      return Array.from({ length: count }, () => generator[method]());
    };
    return { bits: draw("bits"), uniform: draw("uniform"), normal: draw("normal") };
  },

  refusals() {
    const one = vector([1, 0]);
    const opposite = vector([-1, 0]);
    const attempts = [
      () => engine.mixPreservingNorm(one, opposite, 0.5),
      () => engine.drop(one, 0.5, new engine.Generator(0)),
      () => engine.noiseInLine(one, one, one, 0.5, new engine.Generator(0)),
      () => engine.durations([2000, 0, 0, 0, 0, 500], 40, 2000),
    ];
    return attempts.map((attempt) => {
      try {
        attempt();
        return "accepted";
      } catch (error) {
        return error.name;
      }
    });
  },
});
