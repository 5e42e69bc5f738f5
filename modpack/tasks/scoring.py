"""Whether the outputs of a network are the right answer."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor

from modpack._checks import number, require, require_finite, set_fields
from modpack.tasks.conditions import RESPOND, TOLERANCE, WITHHOLD, Answer, circular_distance, wrap
from modpack.tasks.presets import Preset
from modpack.tasks.readout import READOUTS
from modpack.tasks.timing import EPOCHS, GO
from modpack.tasks.trials import Trials


@dataclass(frozen=True)
class Criterion:
    """When an answer counts as correct.

    Parameters
    ----------
    tolerance : float or Tensor, shape (task, 1)
        Largest error of a response in rad (exclusive), for all tasks or for each.
    fixation_threshold : float
        The network fixates while its fixation output is above this.
    premature_is_error : bool
        Whether a trial in which fixation is broken before go is wrong whatever the final answer.
    """

    tolerance: float | Tensor
    fixation_threshold: float = 0.5
    premature_is_error: bool = False

    def __post_init__(self) -> None:
        """Check the numbers."""
        if isinstance(self.tolerance, Tensor):
            require(bool((self.tolerance >= 0).all()), "tolerance", self.tolerance, "zero or positive (rad)")
        else:
            set_fields(self, tolerance=number("tolerance", self.tolerance, 0))
        set_fields(self, fixation_threshold=number("fixation_threshold", self.fixation_threshold))


PUBLISHED = Criterion(TOLERANCE)
"""Yang et al. (2019): only the last step counts."""

STRICT = Criterion(tolerance=TOLERANCE / 2, premature_is_error=True)
"""Half the tolerance, and fixation must be held from 100 ms after the start until go."""


def own_criterion(trials: Trials) -> Criterion:
    """Return the published criterion with every task's own tolerance, which mappings alone have."""
    tolerance = trials.answer.angle.new_tensor([task.tolerance for task in trials.tasks])
    return replace(PUBLISHED, tolerance=tolerance.unsqueeze(-1))


class Decoded(NamedTuple):
    """What outputs say.

    Attributes
    ----------
    angle : Tensor
        Direction of the response in [0, 2 pi) rad.
    length : Tensor
        Length of the response: 1 for the target of a response, 0 for none.
    fixation : Tensor
        The fixation output.
    """

    angle: Tensor
    length: Tensor
    fixation: Tensor


def decode(outputs: Tensor, preset: Preset) -> Decoded:
    """Read direction and length of the response and fixation from outputs.

    Parameters
    ----------
    outputs : Tensor, shape (..., output)
    preset : Preset
        Tells the readout: direction and length are those of the vector (cos, sin), or of the population
        vector of the ring in units of a target's.

    Returns
    -------
    Decoded
        Three tensors of shape `(...)`.
    """
    allowed = f"(..., {preset.n_outputs}), as the readout of the preset"
    require(outputs.shape[-1] == preset.n_outputs, "outputs.shape", tuple(outputs.shape), allowed)
    vector = READOUTS[preset.readout].vector(outputs[..., 1:])
    angle = torch.atan2(vector[..., 1], vector[..., 0])
    return Decoded(wrap(angle), vector.norm(dim=-1), outputs[..., 0])


def satisfies(decoded: Decoded, answer: Answer, criterion: Criterion = PUBLISHED) -> Tensor:
    """Return whether decoded outputs give the answer; never where the answer is undefined.

    As published (Yang et al. 2019), a response counts by its direction, whatever its length.

    Parameters
    ----------
    decoded : Decoded, shape (..., task, trial)
    answer : Answer, shape (task, trial)
        The answer of the trials' own task or of any other.
    criterion : Criterion
        Its tolerance and fixation threshold are used.

    Returns
    -------
    Tensor of bool, shape (..., task, trial)
    """
    fixating = decoded.fixation > criterion.fixation_threshold
    near = circular_distance(decoded.angle, answer.angle) < criterion.tolerance
    return torch.where(answer.kind == RESPOND, ~fixating & near, fixating & (answer.kind == WITHHOLD))


def final(outputs: Tensor, trials: Trials) -> Decoded:
    """Decode the last step of each response window.

    Parameters
    ----------
    outputs : Tensor, shape (time, ..., task, trial, output)
    trials : Trials

    Returns
    -------
    Decoded, shape (..., task, trial)
    """
    _check(outputs, trials)
    last = (trials.end - 1).unsqueeze(-1).expand(outputs.shape[1:])
    return decode(outputs.gather(0, last.unsqueeze(0)).squeeze(0), trials.preset)


def premature(outputs: Tensor, trials: Trials, fixation_threshold: float = 0.5) -> Tensor:
    """Return whether fixation is broken at any step from 100 ms after the start until go.

    Parameters
    ----------
    outputs : Tensor, shape (time, ..., task, trial, output)
    trials : Trials
    fixation_threshold : float
        Fixation is broken where the fixation output is below this.

    Returns
    -------
    Tensor of bool, shape (..., task, trial)
    """
    _check(outputs, trials)
    fixation = outputs[..., 0]
    index = trials.epoch_index
    waiting = (index > EPOCHS.index("settle")) & (index < GO)
    axes = [len(waiting)] + [1] * (fixation.dim() - 3) + list(waiting.shape[1:])
    return ((fixation < fixation_threshold) & waiting.reshape(axes)).any(0)


def correct(outputs: Tensor, trials: Trials, criterion: Criterion | None = None) -> Tensor:
    """Return whether each trial is answered correctly.

    Parameters
    ----------
    outputs : Tensor, shape (time, ..., task, trial, output)
        Outputs of a network, or of several along an axis after time.
    trials : Trials
    criterion : Criterion, optional
        By default `own_criterion`.

    Returns
    -------
    Tensor of bool, shape (..., task, trial)

    Raises
    ------
    ValueError
        If the outputs do not have the shape of the trials, or are not finite.
    """
    criterion = own_criterion(trials) if criterion is None else criterion
    right = satisfies(final(outputs, trials), trials.answer, criterion)
    if criterion.premature_is_error:
        right &= ~premature(outputs, trials, criterion.fixation_threshold)
    return right


def performance(outputs: Tensor, trials: Trials, criterion: Criterion | None = None) -> Tensor:
    """Return the fraction of correct trials of each task, shape `(..., task)`; see `correct`."""
    return correct(outputs, trials, criterion).double().mean(-1)


def premature_rate(outputs: Tensor, trials: Trials, fixation_threshold: float = 0.5) -> Tensor:
    """Return the fraction of trials of each task with fixation broken before go; see `premature`."""
    return premature(outputs, trials, fixation_threshold).double().mean(-1)


def _check(outputs: Tensor, trials: Trials) -> None:
    index = trials.epoch_index
    shape = (*index.shape, trials.preset.n_outputs)
    fits = outputs.dim() >= 4 and (outputs.shape[0], *outputs.shape[-3:]) == shape
    allowed = f"(time, ..., task, trial, output) with sizes {shape}"
    require(fits, "outputs.shape", tuple(outputs.shape), allowed)
    require(outputs.is_floating_point(), "outputs.dtype", outputs.dtype, "a floating-point type")
    require_finite("outputs", outputs)
