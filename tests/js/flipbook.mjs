import { addressOf, frameAt } from "../../modpack/live/flipbook/compute.js";
import { serve } from "./harness.mjs";

serve({
  frames: ({ limits, settings }) => settings.map((values) => frameAt(limits, values)),
  address: ({ bytes }) => addressOf(new DataView(Uint8Array.from(bytes).buffer)),
});
