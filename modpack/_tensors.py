"""The tensors that a network consists of."""

from collections.abc import Mapping

from torch import Tensor

from modpack._checks import require
from modpack.modulation import Modulation, shapes

BASE = ("W", "W_in", "b", "W_out", "b_out")
"""Names of the tensors that every network has; some forms replace W."""


def check_tensors(tensors: Mapping[str, Tensor], form: Modulation) -> None:
    """Raise a ValueError unless the tensors are those of a network of its form."""
    t = tensors
    missing = [name for name in BASE if name not in t and not (name == "W" and form.recurrence)]
    require(not missing, "tensors", sorted(t), f"with {missing}, too")
    (outputs, n), channels, networks = t["W_out"].shape[-2:], t["W_in"].shape[-1], t["b"].shape[:-1]
    own = {"W_in": (n, channels), "b": (n,), "W_out": (outputs, n), "b_out": (outputs,)}
    own |= ({} if form.recurrence else {"W": (n, n)}) | shapes(form.sized(channels, outputs), n)
    expected = {name: (*networks, *shape) for name, shape in own.items()}
    found = {name: tuple(x.shape) for name, x in t.items()}
    wrong = {name: found.get(name) for name in expected | found if found.get(name) != expected.get(name)}
    require(not wrong, "tensors", f"of shapes {wrong}", f"of shapes { {k: expected.get(k) for k in wrong} }")
    types = {x.dtype for x in t.values()}
    require(len(types) == 1 and t["b"].is_floating_point(), "tensors", types, "of one floating-point type")
    broken = [name for name, x in t.items() if not x.isfinite().all()]
    require(not broken, "tensors", f"not finite in {broken}", "finite; did training diverge?")
