import { isInBook } from "./beside.js";

/** Entries of a page's history: going back to one is not the same as following a link. */

/** The identifier of the present entry; one that was not seen before gets its own. */
function presentEntry() {
  const { modpackEntry: known, ...rest } = history.state ?? {};
  const identifier = known ?? `${performance.timeOrigin + performance.now()}`;
  history.replaceState({ ...rest, modpackEntry: identifier }, "");
  return identifier;
}

/** Begin to watch, for all figures of the page and before they hear of a change. */
export function watchVisits() {
  if (globalThis.modpackVisits !== undefined || !isInBook()) return;
  const visits = { left: null, here: presentEntry() };
  globalThis.modpackVisits = visits;
  window.addEventListener("hashchange", () =>
    Object.assign(visits, { left: visits.here, here: presentEntry() }),
  );
}

/** The entry that was left last and the present one, by their identifiers; null where nobody watches. */
export const visits = () => globalThis.modpackVisits ?? { left: null, here: null };
