"""What the engine needs to know to train a network in a page."""

from dataclasses import asdict
from typing import Any

from modpack._checks import require
from modpack.live.engine.data import describe_modulation, describe_preset, is_known
from modpack.live.engine.tasks import describe_draws, describe_task
from modpack.modulation import Combined, Modulation
from modpack.tasks import PRESETS, PUBLISHED, get
from modpack.training import TrainingConfig
from modpack.training.contexts import Clean, Contexts, Noisy
from modpack.training.optimiser import peak_rates, trained_names
from modpack.training.starting import untrained

TRAINABLE = (
    "Unmodulated",
    "Bias",
    "Gain",
    "Excitability",
    "Row",
    "Release",
    "Multiplicative",
    "Scaling",
)
"""Forms whose gradient the engine knows, and all that combine them."""


def is_trainable(form: Modulation) -> bool:
    """Return whether the engine can train a form: low-rank masks only with one for every coordinate."""
    if isinstance(form, Combined):
        return all(map(is_trainable, form.parts))
    return (
        is_known(form) and type(form).__name__ in TRAINABLE and getattr(form, "rank", None) in (None, form.d)
    )


def describe_training(config: TrainingConfig) -> dict[str, Any]:
    """Return how a network is trained, as `Trainer` of the engine takes it.

    Raises
    ------
    ValueError
        If the engine does not know the form or the schedule of contexts, or if trials differ in length.
    """
    form, preset = config.modulation(), PRESETS[config.model.preset]
    require(is_trainable(form), "form", config.model.form, f"made of {TRAINABLE}")
    require(preset.length is not None, "preset", preset.name, "one whose trials have a fixed length")
    code, recipe, contexts = config.code(), config.recipe, config.protocol.contexts
    names = trained_names(untrained(config), recipe.trained)
    pathways = form.pathways()
    factors = {"excitability": recipe.excitability_scale, "synaptic": recipe.synaptic_scale}
    tasks = [get(name) for name in config.protocol.tasks]
    return {
        "modulation": describe_modulation(form),
        "d": form.d,
        "scales": {name: factors[pathway] for name, pathway in pathways.items() if pathway in factors},
        "rates": peak_rates(recipe, form, names),
        "preset": describe_preset(preset),
        "activation": config.model.activation,
        "criterion": asdict(PUBLISHED),
        "tasks": [describe_task(task, preset) | {"draws": describe_draws(task, preset)} for task in tasks],
        "contexts": [code[task.name].tolist() for task in tasks],
        "nNeurons": config.model.n_neurons,
        "trialsPerTask": config.protocol.trials_per_task,
        "contextsPerTask": contexts.per_task(0),
        "contextNoise": _noise_of(contexts),
        "recipe": {name: getattr(recipe, name) for name in ("steps", "warmup", "clip", "activity_penalty")},
        "seed": config.model.seed,
    }


def _noise_of(contexts: Contexts) -> float:
    """Return the standard deviation of the noise in line that a schedule adds to contexts."""
    if isinstance(contexts, Noisy):
        require(contexts.direction == "in-line", "contexts", contexts, "with noise in line")
        return contexts.sigma
    require(contexts == Clean(), "contexts", contexts, "clean, or noisy in line")
    return 0.0
