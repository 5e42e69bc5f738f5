"""The experiment on dynamics: its pairs of tasks, and controls that mean what they say."""

from dataclasses import replace

import pytest
import torch
from small_networks import diverging, seeded

from modpack import networks
from modpack.context import one_hot
from modpack.experiments.dynamics import PAIRS, PROFILES, Config, cells, measure
from modpack.fixedpoints import Diagram
from modpack.measures.choices import opposed
from modpack.measures.contrasts import Followed, diagrams_between, of_fixed_points
from modpack.measures.pairs import PairedRun, TaskPair, probe_trials, settle
from modpack.modulation import form as make_form
from modpack.network import initial
from modpack.tasks import COMPACT, EPOCHS, TASKS, get

PAIR = TaskPair("fdgo", "fdanti", "dmcgo", ("stimulus1",))
SMALL = replace(PROFILES["small"], pairs=(PAIR,))


@pytest.fixture(scope="module")
def network():
    return networks.load("combined", 0).network.to(torch.float64)


def rows_of(rows, **keys) -> dict[tuple[str, str], float]:
    """The values of some rows by task, epoch and measure."""
    return {
        (row["tasks"], row["epoch"], row["measure"]): row["value"]
        for row in rows
        if all(row[key] == value for key, value in keys.items())
    }


class TestProbes:
    @pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.label)
    def test_trials_ask_for_different_answers(self, pair):
        trials = probe_trials(pair.a, pair.b, COMPACT, 40, 0)
        a, b = (get(name).answer(trials.conditions) for name in (pair.a, pair.b))
        assert trials.n_trials >= 40 and bool(opposed(a, b).all())
        assert bool(
            (trials.epoch_index == trials.epoch_index[:, :, :1]).all()
        )  # as `within` takes for granted

    @pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.label)
    def test_the_unrelated_task_is_of_another_family(self, pair):
        assert TASKS[pair.unrelated].timing != TASKS[pair.a].timing
        assert pair.unrelated not in (pair.a, pair.b)

    def test_tasks_that_agree_cannot_be_probed(self):
        with pytest.raises(ValueError, match="different answers"):
            probe_trials("fdgo", "delaygo", COMPACT, 4, 0)

    def test_a_pair_knows_its_tasks_and_epochs(self):
        with pytest.raises(ValueError, match="did you mean 'fdanti'"):
            TaskPair("fdgo", "fdant", "dmcgo", ("stimulus1",))
        with pytest.raises(ValueError, match="epochs"):
            TaskPair("fdgo", "fdanti", "dmcgo", ("stimulus",))

    def test_an_epoch_without_a_stimulus_has_one_input(self, network):
        trials = probe_trials("delaygo", "delayanti", COMPACT, 8, 0)
        run = PairedRun.of(network, ("delaygo", "delayanti"), trials)
        inputs, input_of = run.held_inputs("delay1", 5)
        assert len(inputs) == 1 and input_of.tolist() == [0] * 5
        inputs, input_of = run.held_inputs("stimulus1", 5)
        shown = trials.patterns[EPOCHS.index("stimulus1"), 0, :5]
        torch.testing.assert_close(inputs[input_of], shown)
        assert len(inputs) == len({tuple(row) for row in shown.tolist()})

    def test_states_settle_where_the_network_rests(self, network):
        run = PairedRun.of(network, ("fdgo", "fdanti"), probe_trials("fdgo", "fdanti", COMPACT, 4, 0))
        u = run.held_inputs("stimulus1", 1)[0][0]
        for dynamics, end in zip(run.dynamics, run.settled("stimulus1", u, 3, seeded()), strict=True):
            assert dynamics.field(end[None], u[None, None]).abs().max() < 1e-3
            torch.testing.assert_close(settle(dynamics, u, end, 1), end, atol=1e-3, rtol=0)


class TestMeasure:
    def test_a_control_that_changes_nothing_measures_the_same(self, network):
        same = replace(SMALL, pairs=(TaskPair("fdgo", "fdanti", "fdanti", ("stimulus1",)),))
        rows = measure(same, network, network)
        none, shuffled, other = (rows_of(rows, control=c) for c in ("none", "shuffled", "other_seed"))
        assert shuffled and {key: pytest.approx(none[key], rel=1e-6) for key in shuffled} == shuffled
        assert other[PAIR.label, "stimulus1", "spectral change"] == pytest.approx(0, abs=1e-6)
        assert other[PAIR.label, "", "principal angle"] == pytest.approx(0, abs=1e-6)
        for key in ((PAIR.label, "", "potent effect"), (PAIR.label, "stimulus1", "potent displacement")):
            assert other[key] == pytest.approx(none[key])

    def test_a_network_that_no_context_reaches_changes_nothing(self):
        deaf = networks.load("none", 0).network
        none = rows_of(measure(SMALL, deaf, networks.load("none", 1).network), control="none")
        for epoch, name in (
            ("stimulus1", "separation"),
            ("", "principal angle"),
            ("stimulus1", "displacement"),
        ):
            assert none[PAIR.label, epoch, name] == pytest.approx(0, abs=1e-6)
        assert none[PAIR.label, "stimulus1", "bifurcations"] == 0
        assert none[PAIR.label, "stimulus1", "connected points"] == 1
        assert none["fdgo", "", "participation ratio"] == none["fdanti", "", "participation ratio"]
        assert (PAIR.label, "", "potent effect") not in none and (PAIR.label, "", "task switch") not in none

    def test_an_input_at_which_nothing_rests_leaves_the_others_as_they_are(self, network):
        run = PairedRun.of(network, ("fdgo", "fdanti"), probe_trials("fdgo", "fdanti", COMPACT, 4, 0))
        inputs, input_of, diagrams = diagrams_between(
            run, "stimulus1", 1, 4, SMALL.search, SMALL.following, seeded()
        )
        nothing = Diagram((), ())

        def measured(some):
            found = of_fixed_points(run, {"stimulus1": Followed(inputs, input_of, some)})
            return {name: values[values.isfinite()] for name, values, _ in found}

        alone, both, none = (measured(some) for some in (diagrams, [nothing, *diagrams], [nothing]))
        assert torch.equal(both["displacement"], alone["displacement"])
        assert both["bifurcations"].mean() == alone["bifurcations"].mean() / 2
        assert both["stable points"].mean() == alone["stable points"].mean() / 2
        assert not any(len(none[name]) for name in ("displacement", "spectral change", "connected points"))

    @pytest.mark.parametrize("form", ("readout", "synaptic-all", "gain+row"))
    def test_every_form_can_be_measured(self, form):
        code = one_hot(("fdgo", "fdanti", "dmcgo"))
        first, second = (initial(make_form(form, 3), code, COMPACT, 6, seeded(k)) for k in (0, 1))
        rows = rows_of(measure(replace(SMALL, forms=(form,)), first, second), control="none")
        changes_states = form != "readout"
        assert (rows[PAIR.label, "stimulus1", "separation"] > 1e-6) == changes_states
        assert rows[PAIR.label, "stimulus1", "stable points"] >= 1

    def test_a_network_that_diverged_is_refused(self, network):
        lost = diverging(network)
        for pair in ((lost, network), (network, lost)):
            with pytest.raises(ValueError, match="diverged"):
                measure(SMALL, *pair)


def test_every_network_is_measured_beside_the_next():
    config = Config(forms=("bias", "gain"), seeds=(3, 5, 4))
    found = [(cell.forms, cell.seeds) for cell in cells(config)]
    assert found[:3] == [(("bias",), (3, 5)), (("gain",), (3, 5)), (("bias",), (5, 4))]
    assert found[-1] == (("gain",), (4, 3))
    assert all(replace(cell, forms=config.forms, seeds=config.seeds) == config for cell in cells(config))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("pairs", ()), ("n_trials", 0), ("n_inputs", 0), ("n_mixes", 1)),
        *(("forms", ("gian",)), ("forms", ()), ("seeds", (1,)), ("seeds", (1, 1))),
    ],
)
def test_refuses_what_cannot_be_measured(name, value):
    with pytest.raises(ValueError, match=r"form=|" + name):
        Config(**{name: value})
