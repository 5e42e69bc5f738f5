"""The shipped networks for live figures."""

from collections.abc import Sequence

from modpack.live.engine.network import LiveNetworks
from modpack.networks import SHIPPED_SEEDS, shipped

MAIN_FORMS = ("excitability", "synaptic", "combined")


def shipped_networks(forms: Sequence[str] = MAIN_FORMS, seeds: Sequence[int] = SHIPPED_SEEDS) -> LiveNetworks:
    """Return shipped networks of some forms, in the order of the seeds."""
    loaded = {form: [each.network for each in members] for form, members in shipped(forms, seeds).items()}
    parts = [(tuple(forms), MAIN_FORMS, "forms"), (tuple(seeds), SHIPPED_SEEDS, "seeds")]
    arguments = [f"{name}={list(chosen)}" for chosen, default, name in parts if chosen != default]
    return LiveNetworks(loaded, source=f"shipped_networks({', '.join(arguments)})")
