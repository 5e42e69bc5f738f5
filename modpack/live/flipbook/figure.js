/** The page's half of flipbook.py: shows the frame that the sliders choose. */

/** Frame at the given positions of the sliders; the last slider runs fastest. */
function frameAt(controls, positions) {
  return controls.reduce((index, control, k) => index * control.values.length + positions[k], 0);
}

function make(tag, className, properties = {}) {
  return Object.assign(document.createElement(tag), {
    className,
    ...properties,
  });
}

/** A labelled slider with its value beside it. */
function makeSlider(control) {
  const label = make("label", "modpack-label");
  const input = make("input", "", {
    type: "range",
    min: 0,
    max: control.values.length - 1,
    step: 1,
  });
  const value = make("span", "modpack-value");
  input.style.accentColor = control.colour;
  input.dataset.lmSuppressShortcuts = "true"; // or JupyterLab takes the arrow keys
  label.append(make("span", "", { textContent: control.label }), input);
  const show = (position) => {
    input.value = position;
    input.setAttribute("aria-valuetext", control.texts[position]);
    value.textContent = control.texts[position];
  };
  return { elements: [label, value], input, show };
}

function render({ model, el }) {
  const controls = model.get("controls");
  const urls = model
    .get("frames")
    .map((frame) => URL.createObjectURL(new Blob([frame], { type: "image/png" })));
  const [width, height] = model.get("size");

  const image = make("img", "modpack-figure", {
    width,
    height,
    decoding: "sync",
  });
  const readout = make("p", "modpack-readout");
  const reset = make("button", "modpack-reset", {
    type: "button",
    textContent: "Reset",
  });
  const note = make("p", "modpack-note", {
    textContent:
      `Python drew these ${urls.length} pictures beforehand, one for every position of the ` +
      `slider${controls.length > 1 ? "s" : ""}; the page only chooses among them.`,
  });
  readout.setAttribute("aria-live", "polite");
  const sliders = controls.map(makeSlider);
  const panel = make("div", "modpack-controls");
  panel.append(...sliders.flatMap((slider) => slider.elements), reset);
  const figure = make("div", "modpack-flipbook");
  figure.append(panel, image, readout, note);
  el.append(figure);

  const show = () => {
    const values = model.get("values");
    const positions = controls.map((c) => c.values.indexOf(values[c.name]));
    const index = frameAt(controls, positions);
    sliders.forEach((slider, k) => slider.show(positions[k]));
    image.src = urls[index];
    image.alt = model.get("alts")[index];
    readout.textContent = model.get("readouts")[index];
  };
  const set = (chosen) => {
    const entries = controls.map((c, k) => [c.name, chosen(c, k)]);
    model.set("values", Object.fromEntries(entries));
    model.save_changes();
  };
  sliders.forEach(({ input }) =>
    input.addEventListener("input", () =>
      set((control, k) => control.values[sliders[k].input.valueAsNumber]),
    ),
  );
  reset.addEventListener("click", () => set((control) => control.initial));
  model.on("change:values", show);
  show();

  return () => {
    model.off("change:values", show);
    urls.forEach((url) => URL.revokeObjectURL(url));
  };
}

export default { render };
