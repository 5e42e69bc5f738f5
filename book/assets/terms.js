/** Words of the glossary, and names of tasks, say what they mean to who points at them or reaches them by keyboard. */

const LEAVING = 200; // ms in which a pointer may move from the word to its meaning
const GAP = 6; // px

const make = (tag, className, ...children) => {
  const element = Object.assign(document.createElement(tag), { className });
  element.append(...children);
  return element;
};

/** What a task asks for and when: a strip of its epochs, as long as they last, those with a stimulus filled. */
function cardOf({ label, rule, epochs }) {
  const parts = epochs.map(([name, duration, hasStimulus]) => {
    const words = [name, make("small", "", ` ${duration}\u00a0ms`)];
    const part = make("span", hasStimulus ? "on" : "", ...words);
    part.style.flexGrow = duration;
    return part;
  });
  return [make("strong", "", label), `: ${rule}`, make("span", "epochs", ...parts)];
}

function explainTerms() {
  const cards = JSON.parse(document.getElementById("task-cards")?.textContent ?? "{}");
  const meaningOf = ({ dataset: { means, task } }) => (task ? cardOf(cards[task]) : [means]);
  const tip = document.createElement("span");
  Object.assign(tip, { id: "meaning", className: "meaning", hidden: true });
  tip.setAttribute("role", "tooltip");
  let shown = null;
  let leaving = 0;

  const hide = () => {
    clearTimeout(leaving);
    shown?.removeAttribute("aria-describedby");
    shown = null;
    tip.hidden = true;
  };
  const hideSoon = () => {
    leaving = setTimeout(hide, LEAVING);
  };
  const place = () => {
    const word = shown.getClientRects()[0];
    const { width, height } = tip.getBoundingClientRect();
    const right = document.documentElement.clientWidth - width - GAP;
    const below = word.bottom + GAP;
    const fits = below + height < document.documentElement.clientHeight;
    tip.style.left = `${Math.max(GAP, Math.min(word.left, right))}px`;
    tip.style.top = `${fits ? below : word.top - GAP - height}px`;
  };
  const show = (link) => {
    hide();
    shown = link;
    tip.replaceChildren(...meaningOf(link));
    tip.hidden = false;
    link.setAttribute("aria-describedby", tip.id);
    link.after(tip);
    place();
  };

  for (const link of document.querySelectorAll("a.term")) {
    link.addEventListener(
      "pointerenter",
      ({ pointerType }) => pointerType === "touch" || show(link),
    );
    link.addEventListener("pointerleave", hideSoon);
    link.addEventListener("focus", () => link.matches(":focus-visible") && show(link));
    link.addEventListener("blur", hide);
    link.addEventListener("click", (event) => {
      if (event.pointerType !== "touch" || shown === link) return;
      event.preventDefault(); // the first touch explains, the second follows the link
      show(link);
    });
  }
  tip.addEventListener("pointerenter", () => clearTimeout(leaving));
  tip.addEventListener("pointerleave", hideSoon);
  document.addEventListener("keydown", ({ key }) => key === "Escape" && hide());
  document.addEventListener("scroll", () => shown && place(), { passive: true });
  document.addEventListener(
    "pointerdown",
    ({ target }) => target.closest(".meaning, .term") ?? hide(),
  );
}

document.addEventListener("DOMContentLoaded", explainTerms);
