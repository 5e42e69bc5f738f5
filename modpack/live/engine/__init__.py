"""The core's twin for pages: scripts that simulate and score networks, and what they need to know."""

ENGINE = (
    "engine/tensors.js",
    "engine/generator.js",
    "engine/context.js",
    "engine/modulation.js",
    "engine/dynamics.js",
    "engine/network.js",
    "engine/rules.js",
    "engine/trials.js",
    "engine/scoring.js",
    "engine/choices.js",
    "engine/data.js",
)
"""Its scripts, each after those that it imports from."""
