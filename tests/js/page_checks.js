/** What tests ask of a page in the browser: every check returns a list of what is wrong, or of what there is. */
globalThis.checks = (() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const start = (element) => element.outerHTML.slice(0, 120);
  const isSeen = (element) =>
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true });

  const words = new WeakMap(); // by canvas, [text, left, top, right, bottom] in CSS px
  const { setTransform } = CanvasRenderingContext2D.prototype;

  /** Remember where pictures have words; a new picture begins with a transform (`prepare` in panel.js). */
  function watchWords(name) {
    const write = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (text, x, y) {
      const size = this.measureText(text);
      const [left, right] = [x - size.actualBoundingBoxLeft, x + size.actualBoundingBoxRight];
      const [top, bottom] = [y - size.actualBoundingBoxAscent, y + size.actualBoundingBoxDescent];
      const transform = this.getTransform();
      const corners = [left, right].flatMap((a) => [top, bottom].map((b) => new DOMPoint(a, b)));
      const places = corners.map((corner) => transform.transformPoint(corner));
      const of = (axis, end) => end(...places.map((place) => place[axis])) / devicePixelRatio;
      const box = [of("x", Math.min), of("y", Math.min), of("x", Math.max), of("y", Math.max)];
      words.get(this.canvas)?.push([String(text), ...box]);
      write.call(this, text, x, y);
    };
  }

  CanvasRenderingContext2D.prototype.setTransform = function (...numbers) {
    words.set(this.canvas, []);
    setTransform.apply(this, numbers);
  };
  ["fillText", "strokeText"].forEach(watchWords);

  const pictures = (figure) => all("canvas", figure).filter((canvas) => canvas.clientWidth > 0);
  const wordsIn = (canvas) => (words.get(canvas) ?? []).filter(([text]) => text.trim());

  /** Words of a figure's pictures that are cut off. */
  const wordsOutside = (figure) =>
    pictures(figure).flatMap((canvas) =>
      wordsIn(canvas)
        .filter(([, ...box]) => {
          const [left, top, right, bottom] = box;
          const isWithin = Math.min(left, top) >= -1 && right <= canvas.clientWidth + 1;
          return !isWithin || bottom > canvas.clientHeight + 1;
        })
        .map(([text]) => text),
    );

  /** Pairs of different words in a picture of a figure of which one lies on the other. */
  const wordsTogether = (figure) =>
    pictures(figure).flatMap((canvas) =>
      wordsIn(canvas).flatMap(([first, left, top, right, bottom], k, every) =>
        every
          .slice(0, k)
          .filter(([text]) => text !== first)
          .filter(([, x, y, farX, farY]) => {
            const [across, down] = [
              Math.min(right, farX) - Math.max(left, x),
              Math.min(bottom, farY) - Math.max(top, y),
            ];
            return across > 1 && down > 1;
          })
          .map(([second]) => `${second} | ${first}`),
      ),
    );

  /** Pictures of a figure that have numbers along two sides and not two words that say of what. */
  const unnamedAxes = (figure) =>
    pictures(figure)
      .filter((canvas) => {
        const isNumber = ([text]) => /^[−-]?[\d.]+$/.test(text);
        const numbers = wordsIn(canvas).filter(isNumber);
        const named = new Set(
          wordsIn(canvas)
            .filter((each) => !isNumber(each))
            .map(([text]) => text),
        );
        const hasSides = [1, 2].every(
          (axis) => new Set(numbers.map((each) => each[axis])).size > 2,
        );
        return hasSides && named.size < 2;
      })
      .map((canvas) => canvas.className);

  /** What a figure offers at first: its controls that are not folded; buttons of one choice are one. */
  const offered = (figure) => {
    const open = all("input, select, button", figure).filter(
      (control) => control.getClientRects().length > 0 && !control.closest("details"),
    );
    return new Set(open.map((control) => control.closest(".modpack-choice") ?? control)).size;
  };

  /** Legends of a figure below which it has no picture. */
  const lateLegends = (figure) => {
    const shown = all("canvas, img", figure).filter((part) => part.clientWidth > 0);
    const lowest = Math.max(...shown.map((part) => part.getBoundingClientRect().top));
    return all(".modpack-legend, .modpack-key", figure)
      .filter((legend) => legend.clientHeight > 0 && legend.getBoundingClientRect().top > lowest)
      .map((legend) => legend.textContent);
  };

  /** Places along the sides of a figure, in sight, at which something else lies over it. */
  const covered = (figure) => {
    const { left, right, top, bottom } = figure.getBoundingClientRect();
    const levels = [0.2, 0.4, 0.6, 0.8].map((share) => top + share * (bottom - top));
    const points = levels.flatMap((y) =>
      [left + 2, (left + right) / 2, right - 2].map((x) => [x, y]),
    );
    return points.filter(([x, y]) => {
      const seen = document.elementFromPoint(x, y);
      return seen !== null && !figure.contains(seen) && !seen.contains(figure);
    });
  };

  /** Unfolds whatever the page holds folded. */
  function openAll() {
    for (const part of all("details")) part.open = true;
    for (const button of all(".toggle-hidden .toggle-button")) button.click();
    for (const skip of all("form.modpack-guess [type=button]")) skip.click();
    document.activeElement.blur();
  }

  const missingImages = () =>
    [...document.images]
      .filter((image) => image.hasAttribute("src")) // a figure out of sight has not drawn its own
      .filter((image) => image.loading !== "lazy" && !(image.complete && image.naturalWidth))
      .map((image) => image.src);

  const emptyWidgets = () =>
    all("script[type$='widget-view+json']")
      .filter((view) => {
        const shown = view.parentElement.querySelector(".widget-subarea > *");
        const box = shown?.getBoundingClientRect();
        return !(box?.width && box?.height);
      })
      .map((view) => view.textContent);

  const rawMaths = () =>
    all(".math")
      .filter((formula) => !formula.querySelector("mjx-container > *"))
      .map((formula) => formula.textContent);

  const known = new Map(); // red, green, blue and alpha from 0 to 255, by CSS colour
  const rgba = (colour) => {
    if (!known.has(colour)) {
      const context = document.createElement("canvas").getContext("2d");
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
      known.set(colour, context.getImageData(0, 0, 1, 1).data);
    }
    return known.get(colour);
  };
  const luminance = (colour) =>
    [0.2126, 0.7152, 0.0722].reduce((sum, weight, channel) => {
      const part = colour[channel] / 255;
      return sum + weight * (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    }, 0);
  const behind = (element) => {
    for (; element; element = element.parentElement) {
      const colour = rgba(getComputedStyle(element).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return [255, 255, 255];
  };

  /** Contrast of a colour to what lies behind an element, as WCAG 2 defines it. */
  const contrast = (colour, element) => {
    const pair = [rgba(colour), behind(element)].map(luminance);
    return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
  };

  /** Text that differs from what lies behind it by less than 4.5 : 1 (WCAG 2, level AA). */
  function faintText() {
    const written = (element) =>
      element.checkVisibility() &&
      !element.closest(".headerlink, mjx-assistive-mml, svg") &&
      [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    return all("article *, .bd-sidebar-primary *")
      .filter(written)
      .map((element) => [contrast(getComputedStyle(element).color, element), element])
      .filter(([ratio]) => ratio < 4.5)
      .map(([ratio, element]) => `${ratio.toFixed(2)}: ${start(element)}`);
  }

  /** Whether a line of text in `element` leaves the page, or a box that does not scroll to it. */
  function isCut(line, element) {
    for (let box = element; box; box = box.parentElement) {
      const { overflowX, overflowY } = getComputedStyle(box);
      const edge = box.getBoundingClientRect();
      const beyond = [
        line.left < edge.left - 1 || line.right > edge.right + 1 ? overflowX : "visible",
        line.top < edge.top - 1 || line.bottom > edge.bottom + 1 ? overflowY : "visible",
      ];
      if (beyond.some((overflow) => ["hidden", "clip"].includes(overflow))) return true;
      if (beyond.some((overflow) => ["auto", "scroll"].includes(overflow))) return false;
    }
    return line.left < -1 || line.right > document.documentElement.clientWidth + 1;
  }

  /** Text of which the reader cannot see all. */
  function cutText() {
    const forMachines =
      ".visually-hidden, .sr-only, .pst-skip-link, mjx-assistive-mml, script, style";
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    const cut = [];
    while (texts.nextNode()) {
      const element = texts.currentNode.parentElement;
      const text = texts.currentNode.textContent.trim();
      if (!text || !isSeen(element) || element.closest(forMachines)) continue;
      range.selectNodeContents(texts.currentNode);
      if ([...range.getClientRects()].some((line) => isCut(line, element))) cut.push(text);
    }
    return cut;
  }

  /** Code, print and tables of which the reader sees a part and has to scroll for the rest. */
  const partlySeen = () =>
    all("article pre, article .output, article .pst-scrollable-table-container")
      .filter((box) => isSeen(box) && box.scrollWidth > box.clientWidth + 1)
      .map((box) => `${box.scrollWidth} of ${box.clientWidth} px: ${box.textContent.slice(0, 80)}`);

  /** Addresses of the page and of all it has loaded. */
  const loaded = () => [
    location.href,
    ...performance.getEntriesByType("resource").map((entry) => entry.name),
    ...[...document.images].map((image) => image.src),
  ];

  const figures = () => all(".widget-subarea");

  /** What a reader can operate in a figure, in its order; of radio buttons, the one that Tab goes to. */
  function controls(figure) {
    const kinds =
      "a[href], button, input, select, textarea, summary, [tabindex], [contenteditable]";
    const roles = [
      "button",
      "checkbox",
      "combobox",
      "link",
      "listbox",
      "radio",
      "slider",
      "spinbutton",
    ];
    const operated = [kinds, ...roles.map((role) => `[role=${role}]`)].join();
    return all(operated, figure).filter(
      (control) =>
        isSeen(control) && !control.disabled && !(control.type === "radio" && !control.checked),
    );
  }

  const name = (control) =>
    control.labels?.[0]?.textContent ||
    control.getAttribute("aria-label") ||
    control.textContent.trim() ||
    start(control);

  /** The element that has the focus, and whether an outline shows it, by 3 : 1 (WCAG 2, level AA). */
  function focused() {
    const control = document.activeElement;
    const { outlineColor, outlineStyle, outlineWidth } = getComputedStyle(control);
    const isDrawn = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
    return [name(control), isDrawn && contrast(outlineColor, control.parentElement) >= 3];
  }

  /** Puts the keyboard before the first control of a figure. */
  function enter(figure) {
    figure.tabIndex = -1;
    figure.focus();
    figure.removeAttribute("tabindex");
  }

  /** What moves without having been asked to: animations, transitions, smooth scrolling. */
  const moving = () =>
    [document.documentElement, ...all("body *")]
      .filter((element) => {
        const style = getComputedStyle(element);
        const lasts = style.transitionDuration.split(", ").some((time) => parseFloat(time) > 0);
        return lasts || style.animationName !== "none" || style.scrollBehavior === "smooth";
      })
      .map(start);

  /** What a figure shows, as one text. */
  const picture = (figure) =>
    all("canvas, img, svg", figure)
      .map((part) => part.toDataURL?.() ?? part.src ?? part.outerHTML)
      .join();

  return {
    controls,
    covered,
    cutText,
    emptyWidgets,
    enter,
    faintText,
    figures,
    focused,
    lateLegends,
    loaded,
    missingImages,
    moving,
    name,
    offered,
    openAll,
    partlySeen,
    picture,
    rawMaths,
    unnamedAxes,
    wordsOutside,
    wordsTogether,
  };
})();
