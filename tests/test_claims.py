"""Sentences that stop a chapter where its numbers do not bear them out, and the record that they leave."""

import math

import numpy as np
import pytest
import torch

from modpack import claims
from modpack.claims import MIME, FalseClaim, claim


@pytest.fixture
def shown(monkeypatch):
    outputs = []
    monkeypatch.setattr(claims, "display", lambda data, raw: outputs.append(data))
    return outputs


@pytest.mark.parametrize("true", [True, np.bool_(True), torch.tensor(True), torch.tensor([0.7]) > 0.5])
def test_what_holds_is_said_with_its_number(shown, true):
    claim("most answers cancel", true, torch.tensor(0.7125))
    (output,) = shown
    assert output["text/plain"] == output["text/markdown"] == "Most answers cancel (0.712)."
    assert output[MIME]["statement"] == "most answers cancel"
    assert output[MIME]["values"] == {"": pytest.approx(0.7125)}


def test_several_numbers_have_names(shown):
    claim("no form is better", True, {"excitability": 0.5, "n": 12})
    assert shown[0]["text/plain"] == "No form is better (excitability 0.5, n 12)."
    assert shown[0][MIME]["values"] == {"excitability": 0.5, "n": 12}


@pytest.mark.parametrize("false", [False, np.bool_(False), torch.tensor([0.3]) > 0.5])
def test_what_does_not_hold_stops_the_chapter(shown, false):
    with pytest.raises(FalseClaim, match=r"most answers cancel, but: share 0\.3\..*its own parameters"):
        claim("most answers cancel", false, {"share": 0.3})
    assert not shown


@pytest.mark.parametrize("unclear", [1, 0.7, None, "yes", [True, True], torch.tensor([True, False]), []])
def test_no_truth_value_is_no_proof(shown, unclear):
    with pytest.raises(ValueError, match="holds="):
        claim("most answers cancel", unclear, 0.7)
    assert not shown


@pytest.mark.parametrize("values", [math.nan, math.inf, {}, {"share": math.nan}])
def test_numbers_that_are_not_finite_prove_nothing(shown, values):
    with pytest.raises(ValueError, match="values="):
        claim("few answers cancel", True, values)
    assert not shown
