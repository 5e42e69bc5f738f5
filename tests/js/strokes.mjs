import {
  BORDERS,
  BOUND,
  EVENTS,
  IN_ORDER,
  ONSET,
  UNSTABLE,
} from "../../modpack/live/base/strokes.js";
import { serve } from "./harness.mjs";

const whole = (outline) => outline.map((corner) => corner.map((x) => Math.round(x) + 0));

serve({
  strokes: () => ({
    inOrder: IN_ORDER.map((line) => BORDERS.get(line)),
    bound: BORDERS.get(BOUND),
    onset: BORDERS.get(ONSET),
    unstable: BORDERS.get(UNSTABLE),
    events: Object.keys(EVENTS),
    corners: Object.fromEntries(
      Object.entries(EVENTS).map(([kind, { outline }]) => [kind, whole(outline)]),
    ),
  }),
});
