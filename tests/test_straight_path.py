"""The fast form of the way between two contexts is the way between two contexts."""

import pytest
import torch
from small_networks import ALL_FORMS, D, normal, small_network

from modpack.fixedpoints import mix_path, straight_path

STRAIGHT = (
    "none",
    "combined-matched",
    "synaptic-doubled",
    "bias",
    "gain",
    "multiplicative",
    "additive",
    "full",
    "row",
    "release",
    "release+release+gain",
    "readout",
    "excitability",
    "synaptic",
    "combined",
)


@pytest.mark.parametrize("form_name", ALL_FORMS)
@pytest.mark.parametrize("lam", [0.0, 0.3, 1.0])
def test_is_the_same_family_whatever_the_form(form_name, lam):
    network = small_network(form_name)
    a, b = network.code.tasks[0], network.code.tasks[D - 1]
    path, reference = straight_path(network, a, b, normal(2)), mix_path(network, a, b, normal(2))
    r, position = normal(4, seed=3).abs(), torch.tensor(lam, dtype=torch.float64)
    for ours, theirs in zip(path.linearise(r, position), reference.linearise(r, position), strict=True):
        torch.testing.assert_close(torch.as_tensor(ours), torch.as_tensor(theirs), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("form_name", ALL_FORMS)
def test_is_fast_where_the_path_is_straight(form_name):
    network = small_network(form_name)
    path = straight_path(network, *network.code.tasks[:2], normal(2))
    assert (path.push is not None) == (form_name in STRAIGHT)
