import { make, makeButton, makeSlider } from "../base/panel.js";
import { LABELS } from "./words.js";

/** What the phase plane is built of besides its pictures. */

/** A slider, and a button that chooses the knob; turning it does so as well. */
export function makeKnob(figure, name) {
  const onInput = (value) => figure.set({ knob: name, [name]: value });
  const slider = makeSlider({ label: LABELS[name][0], limits: figure.limits[name], onInput });
  const button = makeButton(name, () => figure.set({ knob: name }));
  const colour = figure.model.get("colours")[name];
  slider.input.style.setProperty("--modpack-accent", colour);
  button.style.setProperty("--modpack-knob", colour);
  return { ...slider, button };
}

/** What is what in the plane; `ownStroke` takes the colour of the chosen knob. */
export function makeLegend(figure, msPerDot) {
  const stroke = (className) => make("span", `modpack-stroke ${className}`);
  const dot = (className) => make("span", `modpack-dot ${className}`);
  const entry = (mark, text) => make("span", "", {}, mark, text);
  const [ownStroke, other] = [stroke(""), stroke("")];
  other.style.color = figure.model.get("colours")["neuron 2"];
  const entries = [
    entry(ownStroke, "nullcline of neuron 1"),
    entry(stroke("modpack-faint"), "the same, unmodulated"),
    entry(other, "nullcline of neuron 2"),
    entry(dot("modpack-filled"), "stable fixed point"),
    entry(dot(""), "unstable"),
    entry(dot("modpack-filled modpack-square"), "start of the path"),
    entry(stroke("modpack-thin"), `path, a dot every ${msPerDot} ms`),
  ];
  return { ownStroke, legend: make("p", "modpack-legend", {}, ...entries) };
}
