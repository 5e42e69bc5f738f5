import { ACTIVATIONS, OUTPUTS, SOFTPLUS_THRESHOLD } from "../../modpack/live/engine/activations.js";
import { CHOICES, ROUNDING, SHORTEST } from "../../modpack/live/engine/choices.js";
import { NOISE } from "../../modpack/live/engine/dynamics.js";
import { TOLERANCE } from "../../modpack/live/engine/fixedpoints.js";
import { MODULATIONS } from "../../modpack/live/engine/modulation.js";
import { EPOCHS, GO, GRACE, SETTLE } from "../../modpack/live/engine/tasks/generation.js";
import * as rules from "../../modpack/live/engine/tasks/rules.js";
import { READOUTS } from "../../modpack/live/engine/tasks/scoring.js";
import { STACK } from "../../modpack/live/base/choice_areas.js";
import { FIGURES } from "../../modpack/live/base/links.js";
import * as plane from "../../modpack/live/phase_plane/compute.js";
import { STEP } from "../../modpack/live/prediction/compute.js";
import { COORDINATES } from "../../modpack/live/state_space/compute.js";
import { SAME } from "../../modpack/live/state_space/branches.js";
import { SPEEDS } from "../../modpack/live/task_browser/conditions.js";
import { serve } from "./harness.mjs";

serve({
  constants: () => ({
    activations: Object.keys(ACTIVATIONS),
    outputs: Object.keys(OUTPUTS),
    noise: Object.keys(NOISE),
    softplusThreshold: SOFTPLUS_THRESHOLD,
    choices: CHOICES,
    rounding: ROUNDING,
    shortest: SHORTEST,
    stack: STACK,
    tolerance: TOLERANCE,
    modulations: Object.keys(MODULATIONS),
    epochs: EPOCHS,
    go: GO,
    grace: GRACE,
    settle: SETTLE,
    rules: Object.keys(rules.RULES),
    kinds: [rules.RESPOND, rules.WITHHOLD, rules.UNDEFINED],
    sameAngle: rules.SAME_ANGLE,
    tie: rules.TIE,
    onDirection: rules.ON_DIRECTION,
    readouts: Object.keys(READOUTS).sort(),
    figures: FIGURES.toSorted(),
    knobs: plane.KNOBS,
    plane: [plane.SAME, plane.STARTS, plane.BRANCH, plane.HALVINGS],
    predictionStep: STEP,
    coordinates: COORDINATES,
    unique: SAME,
    speeds: SPEEDS,
  }),
});
