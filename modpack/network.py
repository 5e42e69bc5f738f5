"""ModulatedNetwork: weights, a modulation and a readout; a context compiles it into Dynamics."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace

import torch
from torch import Generator, Tensor

from modpack._checks import choose, floating, require, require_generator, whole
from modpack._linear import read_out
from modpack._memory import require_memory
from modpack._tensors import check_tensors
from modpack.activations import ACTIVATIONS
from modpack.context import ContextCode
from modpack.dynamics import NOISE, Dynamics
from modpack.modulation import Contexts, Modulated, Modulation, PartContexts
from modpack.spans import simulate_spans, stretches
from modpack.tasks import Preset, Trials

ContextLike = str | Sequence[str] | Tensor | PartContexts


@dataclass(frozen=True, eq=False)
class ModulatedNetwork:
    """A recurrent network and how contexts modulate it; or an ensemble of such networks.

    Parameters
    ----------
    modulation : Modulation
        The form.
    code : ContextCode
        Context of every task the network knows.
    preset : Preset
        Time step, time constant, noise, input and readout that the network was made for.
    tensors : dict of str to Tensor
        ``W`` (neuron, neuron), ``W_in`` (neuron, channel), ``b`` (neuron,), ``W_out`` (output, neuron),
        ``b_out`` (output,) and the tensors of the modulation; in an ensemble each with a leading network
        axis.
    activation : str
        Name of the nonlinearity phi.
    noise_enters : str
        Whether noise enters ``"before"`` or ``"after"`` the slope.

    Raises
    ------
    ValueError
        If the form does not know the code, or if the tensors are not those of such a network: by name, by
        shape, all of one floating-point type, and finite.
    """

    modulation: Modulation
    code: ContextCode
    preset: Preset
    tensors: dict[str, Tensor]
    activation: str = "softplus"
    noise_enters: str = "after"

    def __post_init__(self) -> None:
        self.modulation.check_code(self.code)
        choose("activation", self.activation, ACTIVATIONS)
        choose("noise_enters", self.noise_enters, NOISE)
        check_tensors(self.tensors, self.modulation)

    @property
    def n_neurons(self) -> int:
        """Number of neurons N."""
        return self.tensors["b"].shape[-1]

    @property
    def is_ensemble(self) -> bool:
        """Whether the tensors carry a network axis."""
        return self.tensors["b"].ndim == 2

    @property
    def trained(self) -> tuple[str, ...]:
        """Names of the tensors that training changes."""
        return tuple(name for name in self.tensors if name not in self.modulation.fixed)

    def n_parameters(self) -> int:
        """Return the number of trained parameters that act (of one network)."""
        total = sum(self.tensors[name].numel() for name in self.trained)
        networks = self.tensors["b"].shape[:-1].numel()
        return total // networks - self.modulation.idle(self.n_neurons)

    def contexts(self, contexts: ContextLike) -> Contexts:
        """Return contexts as tensors of shape ([network], context, d).

        Parameters
        ----------
        contexts : str, sequence of str, Tensor of shape (d,) or ([network], context, d), or PartContexts
            Task names stand for what the code gives them; `PartContexts` hold one of these for each part.

        Raises
        ------
        ValueError
            For an unknown task name (with the nearest known), and contexts of another shape or not finite.
        """
        code, form = self.code, self.modulation
        if not isinstance(contexts, PartContexts):
            return self._vectors(code.of(contexts), code.d)
        given = f"{type(contexts).__name__} of {len(contexts)} for {len(form.lengths)} part(s)"
        one_each, allowed = len(contexts) == len(form.lengths) > 1, "plain, or one for each part of a form"
        require(one_each, "contexts", given, allowed)
        own = [c if isinstance(c, Tensor) else form.split(code.of(c))[k] for k, c in enumerate(contexts)]
        return PartContexts(*map(self._vectors, own, form.lengths))

    def _vectors(self, contexts: Tensor, d: int) -> Tensor:
        """Return contexts of length `d` with a context axis, in the precision of the network."""
        contexts = floating("contexts", contexts).to(self.tensors["b"])
        if contexts.ndim == 1:
            contexts = contexts[None]
        shape, networks = tuple(contexts.shape), tuple(self.tensors["b"].shape[:-1])
        fits = len(shape) > 1 and shape[-1] == d and shape[:-2] in ((), networks) and shape[-2] > 0
        require(fits, "contexts", shape, f"of shape ([network], context, {d})")
        return contexts

    def under(self, contexts: ContextLike) -> Dynamics:
        """Compile the network under contexts into ordinary dynamics, one per context.

        Parameters
        ----------
        contexts : as in :meth:`contexts`, which raises a ValueError for others

        Examples
        --------
        >>> from modpack.context import one_hot
        >>> from modpack.modulation import form
        >>> from modpack.tasks import COMPACT
        >>> code = one_hot(["fdgo", "fdanti"])
        >>> network = initial(form("bias", code.d), code, COMPACT, 8, Generator().manual_seed(0))
        >>> dynamics = network.under(["fdgo", "fdanti"])
        >>> dynamics.b.shape, dynamics.W.shape  # (context, neuron); what no context changes is there once
        (torch.Size([2, 8]), torch.Size([1, 8, 8]))
        """
        c, base = self.contexts(contexts), Modulated.plain(self.tensors)
        made = self.modulation.modulate(self.tensors, c, base)  # type: ignore[arg-type]
        assert made.W_in is not None and made.W_out is not None and made.b_out is not None
        return Dynamics(
            W=made.W,
            W_in=made.W_in.squeeze(-3),  # only where all contexts share it
            b=made.b,
            slope=made.slope,
            gate=made.gate,
            W_out=made.W_out.squeeze(-3),
            b_out=made.b_out.squeeze(-2),
            activation=self.activation,
            output=self.preset.output,
            dt=self.preset.dt,
            tau=self.preset.tau,
            sigma_rec=self.preset.sigma_rec,
            noise_enters=self.noise_enters,
        )

    def run(
        self,
        trials: Trials,
        contexts: ContextLike | Sequence[ContextLike] | None = None,
        generator: Generator | None = None,
        span_index: Sequence[int] | None = None,
        state: Tensor | None = None,
    ) -> Tensor:
        """Simulate trials and return the states.

        Parameters
        ----------
        trials : Trials
        contexts : optional
            One context per entry of the trials' task axis, or a single one for all, or several for trials of
            a single task; by default the contexts of the trials' own tasks. With `span_index`, a sequence of
            such contexts.
        generator : Generator, optional
            Draws the noise; without it the network runs free of noise.
        span_index : sequence of int, length time, optional
            Which of the contexts holds at every time step.
        state : Tensor, shape ([network], task, trial, neuron), optional
            State before the first step, e.g. the last of an earlier run.

        Returns
        -------
        Tensor, shape (time, [network], task, trial, neuron)
        """
        return self._simulated(trials, contexts, generator, span_index, state)[-1]

    def _simulated(
        self,
        trials: Trials,
        contexts: ContextLike | Sequence[ContextLike] | None,
        generator: Generator | None,
        span_index: Sequence[int] | None,
        state: Tensor | None,
    ) -> tuple[list[Dynamics], Sequence[int], Tensor]:
        """Return what was simulated, which of it at every time step, and the states."""
        if span_index is None:
            spans = [self.under([task.name for task in trials.tasks] if contexts is None else contexts)]  # type: ignore[arg-type]
            span_index = [0] * trials.n_steps
        else:
            several = contexts is not None and not isinstance(contexts, str | PartContexts)
            require(several, "contexts", contexts, "a sequence of contexts, one for each span")
            spans = [self.under(part) for part in contexts]  # type: ignore[union-attr]
        noise = None
        if generator is not None:
            n_contexts = max(len(trials.tasks), *(span.n_contexts for span in spans))
            shape = (*self.tensors["b"].shape[:-1], n_contexts, trials.n_trials, self.n_neurons)
            noise = spans[0].noise((trials.n_steps, *shape), generator)
        states = simulate_spans(spans, span_index, trials.patterns, trials.epoch_index, noise, state)
        return spans, span_index, states

    def readout(self, states: Tensor, contexts: ContextLike | None = None) -> Tensor:
        """Return the outputs (time, [network], task, trial, output) of states (..., neuron).

        Parameters
        ----------
        states : Tensor
        contexts : optional
            As in :meth:`contexts`; only forms that change the readout need them.

        Raises
        ------
        ValueError
            If the form changes the readout and there are no contexts.
        """
        if contexts is not None:
            return self.under(contexts).readout(states)
        needed = self.modulation.changes_readout
        require(not needed, "contexts", contexts, "given, as the form changes the readout with them")
        return read_out(states, self.tensors["W_out"], self.tensors["b_out"], self.preset.output)

    def outputs(
        self,
        trials: Trials,
        contexts: ContextLike | Sequence[ContextLike] | None = None,
        generator: Generator | None = None,
        span_index: Sequence[int] | None = None,
        state: Tensor | None = None,
    ) -> Tensor:
        """Simulate trials and return the outputs, shape (time, [network], task, trial, output).

        Parameters
        ----------
        trials, contexts, generator, span_index, state
            As in :meth:`run`.
        """
        spans, index, states = self._simulated(trials, contexts, generator, span_index, state)
        return torch.cat([spans[span].readout(states[part]) for span, part in stretches(index)])

    def with_values(self, tensors: Mapping[str, Tensor]) -> "ModulatedNetwork":
        """Return the network with other values of some tensors, unchecked, as training does in every step."""
        other = copy(self)
        object.__setattr__(other, "tensors", self.tensors | dict(tensors))
        return other

    def require_single(self) -> None:
        """Raise a ValueError if this is an ensemble, of which the members are measured one by one."""
        require(not self.is_ensemble, "network", "an ensemble", "a single network; take one with member(k)")

    def to(self, *args: object) -> "ModulatedNetwork":
        """Return a copy whose tensors are converted as by ``Tensor.to``."""
        return replace(self, tensors={name: x.to(*args) for name, x in self.tensors.items()})  # type: ignore

    def member(self, index: int) -> "ModulatedNetwork":
        """Return one network of an ensemble."""
        require(self.is_ensemble, "network", "a single network", "an ensemble")
        index = whole("index", index, most=len(self.tensors["b"]) - 1)
        return replace(self, tensors={name: x[index] for name, x in self.tensors.items()})


def initial(
    modulation: Modulation,
    code: ContextCode,
    preset: Preset,
    n_neurons: int,
    generator: Generator,
    activation: str = "softplus",
    noise_enters: str = "after",
) -> ModulatedNetwork:
    """Return an untrained network: W = 0.5 I + 0.1 N(0, 1/N), W_in and W_out scaled Gaussians, biases zero.

    Parameters
    ----------
    modulation, code, preset, activation, noise_enters
        See :class:`ModulatedNetwork`.
    n_neurons : int
        N, at least 1.
    generator : Generator
        Draws all initial values.
    """
    n_neurons = whole("n_neurons", n_neurons, 1)
    require_memory("n_neurons", n_neurons, 12 * n_neurons**2)
    require_generator(generator)
    n, channels, outputs = n_neurons, preset.n_inputs, preset.n_outputs
    tensors = {
        "W": 0.5 * torch.eye(n) + 0.1 * torch.randn(n, n, generator=generator) / n**0.5,
        "W_in": torch.randn(n, channels, generator=generator) / channels**0.5,
        "b": torch.zeros(n),
        "W_out": torch.randn(outputs, n, generator=generator) / n**0.5,
        "b_out": torch.zeros(outputs),
    }
    if modulation.recurrence:
        del tensors["W"]
    modulation = modulation.sized(channels, outputs)
    tensors |= modulation.initial(n, generator)
    return ModulatedNetwork(modulation, code, preset, tensors, activation, noise_enters)
