"""The lesion and noise bench: silence units, raise the noise, and see which tasks break."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import torch
import traitlets
from torch import Tensor

from modpack._checks import require
from modpack.live.base.figure import Limits, bundle, index_below, slider, styles
from modpack.live.base.networks import NetworkFigure, require_known_forms
from modpack.live.engine.generator import normals
from modpack.live.engine.network import LiveNetworks
from modpack.measures.choices import cancelled
from modpack.measures.lesions import activity, damaged, damaged_outputs, most_active_first
from modpack.network import ModulatedNetwork
from modpack.tasks import Trials, final, performance

LIMITS = {"noise": Limits(0, 1, 0.05)}
"""The sliders of the bench that a link holds."""

N_DRAWS = 64
"""How often the noise can be drawn again."""

RANKED_BY = 8
"""Number of trials of every task in which the units are ranked by their activity."""


class Bench(NetworkFigure):
    """Networks side by side, with silent units and noise, and their performance in every task.

    Units are called by their rank: the most active unit of each network has rank 0. With a kernel, every
    trait follows its control and setting it moves the control.

    Parameters
    ----------
    networks : LiveNetworks
    silenced : list of int
        Ranks of the silent units, increasing; their output gate is closed in the networks of all forms.
    noise : float
        Noise amplitude sigma_rec of the units, see :class:`modpack.dynamics.Dynamics`.
    draw : int
        Which noise is drawn.
    seed : int
        Which of the networks of every form is on show.
    chapter, question, name
        As in :class:`LiveFigure`.

    Raises
    ------
    ValueError
        For ranks that the networks do not have, or networks that the page has in a few contexts only.
    """

    _esm = bundle("bench/figure.js")
    _css = styles("base/figure.css", "bench/figure.css")

    NAME = "bench"
    LIMITS = LIMITS
    READ = ".performance"
    STATE = ("silenced", "noise", "draw", "seed")

    question = traitlets.Unicode(
        "Which tasks break when neurons fall silent or the noise grows? And does it matter where the context "
        "acts?"
    ).tag(sync=True)
    silenced = traitlets.List(traitlets.Int(), [0, 1]).tag(sync=True)
    noise = slider(LIMITS["noise"], 0.0)
    draw = traitlets.Int(0, min=0, max=N_DRAWS - 1).tag(sync=True)
    seed = traitlets.Int(0, min=0).tag(sync=True)
    n_units = traitlets.Int().tag(sync=True)
    n_draws = traitlets.Int(N_DRAWS).tag(sync=True)
    ranked_by = traitlets.Int(RANKED_BY).tag(sync=True)

    def __init__(self, networks: LiveNetworks, **state: Any) -> None:
        require_known_forms(networks)
        n_units = min(x.n_neurons for members in networks.networks.values() for x in members)
        super().__init__(networks, n_units=n_units, **state)

    @property
    def units(self) -> dict[str, list[int]]:
        """The neurons of the network of every form in the order of their rank."""
        return {form: most_active_first(network, _first(self.networks)) for form, network in self._members()}

    @property
    def activity(self) -> dict[str, Tensor]:
        """Mean rates by form, shape (task, neuron), in the trials in which the units are ranked."""
        return {form: activity(network, _first(self.networks)) for form, network in self._members()}

    @property
    def performance(self) -> dict[str, Tensor]:
        """Fractions of correct trials by form, shape (task,), as the networks are on the bench."""
        trials = self.networks.trials
        return {form: performance(outputs, trials) for form, outputs in self._outputs().items()}

    @property
    def cancelled(self) -> dict[str, Tensor]:
        """Fractions of trials with a response too short to be an answer, by form, shape (task,)."""
        said = {form: final(outputs, self.networks.trials) for form, outputs in self._outputs().items()}
        return {form: cancelled(each).double().mean(-1) for form, each in said.items()}

    @property
    def intact(self) -> dict[str, Tensor]:
        """The same before anything was done to the networks."""
        return {form: damaged(network, self.networks.trials) for form, network in self._members()}

    def _outputs(self) -> dict[str, Tensor]:
        units = self.units
        return {
            form: damaged_outputs(
                network,
                self.networks.trials,
                [units[form][rank] for rank in self.silenced],
                self.noise,
                self._deviates(network) if self.noise > 0 else None,
            )
            for form, network in self._members()
        }

    def _members(self) -> list[tuple[str, ModulatedNetwork]]:
        return [(form, members[self.seed]) for form, members in self.networks.networks.items()]

    def _deviates(self, network: ModulatedNetwork) -> Tensor:
        return _deviates(self.networks.trials, network.n_neurons, self.draw)

    @traitlets.validate("silenced")
    def _validate_silenced(self, proposal: Mapping[str, Any]) -> list[int]:
        ranks = proposal["value"]
        known = all(0 <= rank < self.n_units for rank in ranks) and len(set(ranks)) == len(ranks)
        require(known, "silenced", ranks, f"different ranks in 0 ... {self.n_units - 1}")
        return sorted(ranks)

    _validate_seed = traitlets.validate("seed")(index_below(lambda self: self.networks.n_seeds))

    def __repr__(self) -> str:
        """Say what is on show, for places that cannot show it."""
        return f"Bench({len(self.silenced)} of {self.n_units} neurons silent, noise {self.noise:g})"


def _first(networks: LiveNetworks) -> Trials:
    return networks.trials.select(slice(RANKED_BY))


@lru_cache(maxsize=1)
def _deviates(trials: Trials, n_neurons: int, draw: int) -> Tensor:
    """Return the page's standard normal deviates, shape (time, task, trial, neuron)."""
    n_tasks, n_trials = len(trials.tasks), trials.n_trials
    seeds = range(draw * n_tasks * n_trials, (draw + 1) * n_tasks * n_trials)
    drawn = torch.from_numpy(normals(seeds, trials.n_steps * n_neurons))
    return drawn.reshape(trials.n_steps, n_neurons, n_tasks, n_trials).permute(0, 2, 3, 1)
