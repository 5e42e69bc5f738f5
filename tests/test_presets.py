"""Presets list their departures and reject what makes no sense."""

import math
from dataclasses import fields, replace

import pytest
from battery_tables import BOTH_PRESETS, NAMES, seeded

from modpack.tasks import COMPACT, YANG, Choice, Fixed, Stronger, Timing, Uniform, generate, get


def test_preset_departures_follow_the_fields():
    yang, compact = YANG.departures(), COMPACT.departures()
    assert yang[0].startswith("noise of the units")
    assert not any(line.startswith("time") for line in yang)
    assert yang[1:] == compact[-len(yang) + 1 :]
    assert "time step (ms): 10; published: 20." in replace(YANG, dt=10.0).departures()
    assert "readout: vector; published: ring." in compact
    assert sum(line.startswith("timing of") for line in compact) == len(COMPACT.timing)


def test_every_field_of_a_preset_is_compared_with_the_publication():
    changed = {
        "dt": 50.0,
        "tau": 60.0,
        "n_ring": 9,
        "readout": "vector",
        "sigma_rec": 0.5,
        "coherences": (0.5,),
        "delayed_coherences": (0.5,),
        "response_weight": 2.0,
        "fixation_weight": 2.0,
        "length": 9000.0,
        "timing": {**YANG.timing, "go": Timing(Fixed(1))},
        "test_timing": {},
    }
    assert set(changed) == {field.name for field in fields(YANG)} - {"name"}
    for name, value in changed.items():
        assert replace(YANG, **{name: value}).departures() != YANG.departures()


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"dt": 0.0}, "dt"),
        ({"dt": -20.0}, "dt"),
        ({"dt": 101.0}, "dt"),
        ({"tau": 10.0}, "dt"),
        ({"tau": -1.0}, "tau"),
        ({"n_ring": 7}, "n_ring"),
        ({"sigma_rec": -0.1}, "sigma_rec"),
        ({"readout": "vectr"}, "did you mean 'vector'"),
        ({"length": -1.0}, "length"),
        ({"coherences": ()}, "coherences"),
        ({"delayed_coherences": (0.0,)}, "delayed_coherences"),
    ],
)
def test_presets_reject_bad_values(change, argument):
    with pytest.raises(ValueError, match=argument):
        replace(COMPACT, **change)


@BOTH_PRESETS
@pytest.mark.parametrize("dt", [1.0, 10.0, 100.0])
def test_any_step_up_to_tau_works(preset, dt):
    trials = generate(NAMES, 2, replace(preset, dt=dt), seeded())
    assert (trials.onsets.diff(dim=0) >= 0).all()


def test_unknown_names_and_bad_requests():
    with pytest.raises(ValueError, match="did you mean 'fdgo'"):
        get("fgdo")
    with pytest.raises(ValueError, match="contextdm1"):
        generate(["contextdm"], 2, COMPACT, seeded())
    with pytest.raises(ValueError, match="n_trials=0"):
        generate(["fdgo"], 0, COMPACT, seeded())
    with pytest.raises(ValueError, match="tasks="):
        generate([], 2, COMPACT, seeded())
    with pytest.raises(ValueError, match="timing='og'"):
        generate([replace(get("fdgo"), timing="og")], 2, COMPACT, seeded())
    with pytest.raises(ValueError, match="shown='stimulus'"):
        replace(get("fdgo"), shown=(("stimulus",), ()))
    with pytest.raises(ValueError, match="modalities"):
        Stronger((3,))


def test_too_little_time_to_respond():
    with pytest.raises(ValueError, match=r"response=80\.0"):
        generate([replace(get("fdgo"), timing=Timing(Fixed(300), response=Fixed(80)))], 2, YANG, seeded())
    with pytest.raises(ValueError, match="length"):
        generate(["delaydm1"], 50, replace(COMPACT, length=1000.0), seeded())


@pytest.mark.parametrize(
    "build",
    [
        lambda: Uniform(5, 1),
        lambda: Uniform(-5, 1),
        lambda: Uniform(5, math.inf),
        lambda: Choice(()),
        lambda: Choice((5, -1)),
        lambda: Choice((5, math.nan)),
        lambda: Fixed(-1),
        lambda: Timing(300),
    ],
)
def test_durations_reject_bad_values(build):
    with pytest.raises(ValueError, match=r"(low|high|values?|fixation)=.* is not allowed"):
        build()


@BOTH_PRESETS
def test_a_stimulus_without_a_time_step_is_refused(preset):
    brief = replace(get("delaygo"), timing=Timing(Fixed(300), stimulus1=Fixed(preset.dt / 2)))
    with pytest.raises(ValueError, match="stimulus 1 of delaygo='without a time step in 3 trials'"):
        generate(["fdgo", brief], 3, preset, seeded())
    coarse = replace(COMPACT, dt=250.0, tau=250.0)
    with pytest.raises(ValueError, match=r"stimulus 1 of delaygo=.*lower dt"):
        generate(["delaygo"], 400, coarse, seeded())
    assert generate(["reactgo"], 400, coarse, seeded()).n_trials == 400  # shown from go on
