"""The figure of a stream: its worlds and its networks in Python and in Node, and a page that shows it."""

from dataclasses import replace

import pytest
import torch
from figure_agreement import same
from node_replay import replay
from small_networks import normal, seeded

from modpack.experiments.stream import ARMS, Cell, networks
from modpack.live.base.on_request import packed
from modpack.live.engine.data import describe_preset
from modpack.live.engine.tasks import describe_draws, describe_task
from modpack.live.stream.world import Draws, World, told_from, world
from modpack.measures.streaming import answered, happened, recovery, trials_since
from modpack.network import ModulatedNetwork
from modpack.tasks import COMPACT, PUBLISHED, Conditions, get, trials_of
from modpack.tasks.generation import assemble
from modpack.training import untrained
from modpack.training.worlds import Blocks

TASKS = ARMS["stream"].tasks
STREAMS = [ARMS["stream"].stream, Blocks(0.02, 1.0, 0.0, 1.0), Blocks(0.5, 0.3, 1.5, 20.0)]
ASKED = {
    "tasks": [describe_task(get(k), COMPACT) | {"draws": describe_draws(get(k), COMPACT)} for k in TASKS],
    "preset": describe_preset(COMPACT),
    "criterion": {"fixation_threshold": PUBLISHED.fixation_threshold},
}


def strong(form: str) -> ModulatedNetwork:
    """A network of the experiment with strong random weights, which answers now this and now that."""
    network = untrained(networks(Cell("stream", form, 500, 1.0, 10))[0])
    moved = {
        name: network.tensors[name] + normal(*network.tensors[name].shape, seed=k, scale=0.5).float()
        for k, name in enumerate(network.trained)
    }
    moved["W"] = 0.5 * network.tensors["W"]  # which diverges with none of the modulators
    moved["W_out"][0] = 0  # the fixation output says nothing by itself
    return replace(network, tensors=network.tensors | moved)


def drawn_by(stream: Blocks, n_trials: int, n_worlds: int, n: int, seed: int) -> tuple[torch.Tensor, Draws]:
    """The random numbers that a stream of the package draws from a generator of this seed."""
    generator = seeded(seed)
    hidden = stream.start(n_worlds, n, generator).hidden
    shape = (n_trials, n_worlds)
    jump = torch.randint(1, n, shape, generator=generator)
    switches = torch.rand(shape, generator=generator, dtype=torch.float64)
    other = torch.randint(1, n, shape, generator=generator)
    right = torch.rand(shape, generator=generator, dtype=torch.float64)
    z = torch.randn((*shape, n), generator=generator, dtype=torch.float64)
    return hidden, Draws(switches, jump, right, other, z)


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("n", [2, 4])
def test_what_is_told_is_what_the_package_tells_from_the_same_random_numbers(stream, n):
    generator = seeded(3)
    told = stream.run(40, stream.start(6, n, generator), n, generator)[0]
    hidden, draws = drawn_by(stream, 40, 6, n, 3)
    for ours, theirs in zip(told_from(stream, hidden, draws), told, strict=True):
        assert torch.equal(ours, theirs)
    pages = replay(
        "stream.mjs",
        "worlds",
        stream=vars(stream),
        hidden=hidden,
        draws=[
            [dict(zip(draws._fields, (x[t, k] for x in draws), strict=True)) for t in range(40)]
            for k in range(6)
        ],
    )
    belief = stream.ideal(told)
    for k, page in enumerate(pages):
        assert [each["task"] for each in page] == told.task[:, k].tolist()
        for name, values in (("fast", told.fast), ("slow", told.slow), ("belief", belief)):
            same(values[:, k], [each[name] for each in page], atol=1e-12)


def test_a_network_is_right_where_the_package_says_so():
    network = strong("gain+row").to(torch.float64)
    told = happened(STREAMS[0], len(TASKS), 1, seeded(5))
    right = answered(network, told, TASKS, seeded(6))[:, 0]
    generator, shown, z = seeded(6), [], []
    for rows in told.task:
        shown.append(trials_of(rows, TASKS, 1, COMPACT, generator))
        z.append(torch.randn(50 * network.n_neurons, generator=generator, dtype=torch.float64))
    conditions = [each.conditions for each in shown]
    joined = Conditions(*(torch.cat([getattr(x, name) for x in conditions]) for name in vars(conditions[0])))
    lengths = torch.cat([each.onsets.diff(dim=0) for each in shown], dim=1)
    tasks = tuple(get(TASKS[k]) for k in told.task[:, 0].tolist())
    trials = assemble(tasks, COMPACT, joined.to(dtype=torch.float64), lengths)
    chosen = World(TASKS, told, trials, torch.stack(z)).answered(network)
    assert ((chosen == told.task[:, 0]) == right).all()
    assert len(chosen.unique()) > 2 and 0.02 < right.double().mean() < 0.9  # so there is something to see


@pytest.mark.parametrize("form", ["bias", "row+release", "gain+row", "release+gain"])
@pytest.mark.parametrize("seed", [0, 9])
def test_a_run_of_the_page_is_a_run_of_python(form, seed):
    network, n = strong(form).to(torch.float64), 30
    page = replay(
        "stream.mjs", "run", stream=vars(STREAMS[0]), asked=ASKED, seed=seed, n=n, packed=packed(network)
    )
    ours = world(STREAMS[0], TASKS, seed, n, 50 * network.n_neurons)
    assert [each["task"] for each in page["happened"]] == ours.told.task[:, 0].tolist()
    assert [each["onsets"] for each in page["happened"]] == ours.trials.onsets[..., 0].T.tolist()
    same(ours.trials.conditions.angle[:, 0, 0], [each["angle"] for each in page["happened"]])
    for name in ("fast", "slow"):
        same(getattr(ours.told, name)[:, 0], [each[name] for each in page["happened"]])
    same(STREAMS[0].ideal(ours.told)[:, 0], [each["belief"] for each in page["happened"]])
    assert page["chosen"] == ours.answered(network).tolist()
    same(ours.states(network)[:, 0], page["states"])


def test_shares_by_trials_since_a_switch():
    tasks, right = torch.tensor([2, 2, 0, 0, 0, 1, 3, 3]), torch.tensor([1, 1, 0, 1, 1, 0, 1, 1]).bool()
    page = replay("stream.mjs", "recovery", tasks=tasks, right=right.tolist(), lags=2)
    since = trials_since(tasks.unsqueeze(1))
    assert page["since"] == since[:, 0].tolist() == [-1, -1, 0, 1, 2, 0, 0, 1]
    assert page["lags"] == [{"right": 1, "n": 3}, {"right": 2, "n": 2}, {"right": 1, "n": 1}]
    shares = [each["right"] / each["n"] for each in page["lags"]]
    same(recovery(right.unsqueeze(1), since, 2), shares)
