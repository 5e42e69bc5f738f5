/** What tests ask of a page in the browser: every check returns a list of what is wrong, or of what there is. */
globalThis.checks = (() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const start = (element) => element.outerHTML.slice(0, 120);
  const isSeen = (element) =>
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true });

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
    cutText,
    emptyWidgets,
    enter,
    faintText,
    figures,
    focused,
    loaded,
    missingImages,
    moving,
    name,
    openAll,
    picture,
    rawMaths,
  };
})();
