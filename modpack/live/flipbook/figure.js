import { make } from "../base/panel.js";
import { LiveFigure, rendererOf } from "../base/figure.js";
import { addressOf, frameAt, stepBetween } from "./compute.js";

/** Shows the frame that the sliders choose. */

export class Figure extends LiveFigure {
  static title = "flipbook";

  constructor(model, el) {
    super(model, el);
    this.names = model.get("controls").map(({ name }) => name);
    this.schema = Object.fromEntries(
      this.names.map((name) => [name, stepBetween(...this.limits[name])]),
    );
    this.sliders = Object.fromEntries(model.get("controls").map((each) => this.#slider(each)));
    this.#build();
  }

  #slider({ name, label, colour }) {
    const slider = this.slider(name, label);
    if (colour) slider.input.style.setProperty("--modpack-accent", colour);
    return [name, slider];
  }

  #build() {
    const [width, height] = this.model.get("size");
    this.image = make("img", "modpack-picture", { width, height, decoding: "sync" });
    const elements = Object.values(this.sliders).map(({ element }) => element);
    const textContent =
      `Python drew these ${this.model.get("frames").length} pictures beforehand, one for every ` +
      `position of the slider${elements.length > 1 ? "s" : ""}; the page only chooses among them.`;
    this.assemble(
      make("div", "modpack-sliders", {}, ...elements, this.reset),
      this.image,
      make("p", "modpack-note", { textContent }),
    );
  }

  update() {
    const { state, names, limits } = this;
    names.forEach((name) => this.sliders[name].show(state[name]));
    this.shown = frameAt(
      names.map((name) => limits[name]),
      names.map((name) => state[name]),
    );
    this.show(() => this.model.get("sentences")[this.shown]);
  }

  draw() {
    const alt = this.model.get("alts")[this.shown];
    Object.assign(this.image, { src: addressOf(this.model.get("frames")[this.shown]), alt });
    return { frame: this.shown, alt };
  }
}

export default { render: rendererOf(Figure) };
