"""Where training starts."""

from pathlib import Path

from torch import Generator, equal

from modpack import stored
from modpack._checks import require
from modpack.network import ModulatedNetwork, initial
from modpack.tasks import PRESETS
from modpack.training.records import TrainingConfig


def untrained(config: TrainingConfig) -> ModulatedNetwork:
    """Return the network from which the training of a configuration starts.

    Raises
    ------
    ValueError
        If ``config.recipe.start`` names no network of the configuration's form, code and size.
    """
    if config.recipe.start is not None:
        return _kept(config)
    model, modulation = config.model, config.modulation()
    generator = Generator().manual_seed(model.seed)
    network = initial(
        modulation,
        config.code(),
        PRESETS[model.preset],
        model.n_neurons,
        generator,
        model.activation,
        model.noise_enters,
    )
    scales = {"excitability": config.recipe.excitability_scale, "synaptic": config.recipe.synaptic_scale}
    for name, pathway in modulation.pathways().items():
        network.tensors[name] *= scales.get(pathway, 1.0)
    return network


def _kept(config: TrainingConfig) -> ModulatedNetwork:
    """Return the network that ``config.recipe.start`` names."""
    network = stored.read(Path(str(config.recipe.start))).network
    model, code = config.model, config.code()
    same = {
        "form": network.modulation == config.modulation(),
        "code": network.code.tasks == code.tasks and equal(network.code.vectors, code.vectors),
        "preset": network.preset == PRESETS[model.preset],
        "activation": network.activation == model.activation,
        "noise_enters": network.noise_enters == model.noise_enters,
        "n_neurons": network.n_neurons == model.n_neurons,
    }
    differing = [name for name, equal_ in same.items() if not equal_]
    require(not differing, "start", config.recipe.start, f"a network that does not differ in {differing}")
    return network
