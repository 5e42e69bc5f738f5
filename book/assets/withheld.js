// What answers a question "Predict first" comes after the reader's own guess. Without this script, and on paper,
// all of it is there; a figure that the reader runs keeps its answer by itself.
(() => {
  const TITLE = "Predict first";
  const HIDDEN = "modpack-withheld";
  const LIVE = 'script[type="application/vnd.jupyter.widget-view+json"]';

  const asks = (element) =>
    element.querySelector(":scope > .admonition-title")?.textContent === TITLE;
  const isAnotherMatter = (element) =>
    element.matches("section, h2, h3") || asks(element) || element.querySelector(LIVE) !== null;

  /** From the first result after a question on, up to what is another matter. */
  function answersTo(question) {
    const parts = [];
    let next = question.nextElementSibling;
    while (next !== null && !isAnotherMatter(next)) {
      if (parts.length > 0 || next.querySelector(".cell_output") !== null) parts.push(next);
      next = next.nextElementSibling;
    }
    return parts;
  }

  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  /** A question whose answers are hidden behind a form. */
  class Withheld {
    constructor(question, parts) {
      this.parts = parts;
      const input = make("input", {
        type: "text",
        maxLength: 200,
        required: true,
        autocomplete: "off",
      });
      const look = make("button", { type: "submit", textContent: "Commit and look" });
      const skip = make("button", { type: "button", textContent: "Look without a guess" });
      const label = make("label", {}, "My guess: ", input);
      this.form = make("form", { className: "modpack-guess" }, label, look, skip);
      this.form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.reveal(`Your guess: ${input.value}`);
      });
      skip.addEventListener("click", () => this.reveal("You looked without a guess."));
      for (const part of parts) part.classList.add(HIDDEN);
      question.append(this.form);
    }

    reveal(words) {
      for (const part of this.parts) part.classList.remove(HIDDEN);
      const said = make("p", { className: "modpack-guessed", tabIndex: -1, textContent: words });
      this.form.replaceWith(said);
      said.focus({ preventScroll: true });
    }

    hides(element) {
      return this.form.isConnected && this.parts.some((part) => part.contains(element));
    }
  }

  /** Show what a link leads to. */
  function follow(withheld) {
    const target = document.getElementById(location.hash.slice(1));
    const hiding = withheld.find((each) => target !== null && each.hides(target));
    if (hiding === undefined) return;
    hiding.reveal("A link led here.");
    target.scrollIntoView();
  }

  document.addEventListener("DOMContentLoaded", () => {
    const questions = [...document.querySelectorAll(".admonition")].filter(asks);
    const withheld = questions
      .map((question) => [question, answersTo(question)])
      .filter(([, parts]) => parts.length > 0)
      .map((both) => new Withheld(...both));
    follow(withheld);
    window.addEventListener("hashchange", () => follow(withheld));
  });
})();
