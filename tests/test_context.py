"""Context codes and the operators that make a context ambiguous."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small_networks import seeded

from modpack.context import (
    ContextCode,
    compressed,
    correlated,
    drop,
    fade,
    in_line,
    mix,
    mix_preserving_norm,
    noise,
    one_hot,
    orthogonal,
)
from modpack.tasks import TASKS

NAMES = tuple(TASKS)
SEEDS = st.integers(0, 2**31)
UNIT = st.floats(0, 1)


def gram(code: ContextCode) -> torch.Tensor:
    return code.vectors @ code.vectors.T


def pair(seed: int, d: int = 5) -> tuple[torch.Tensor, torch.Tensor]:
    a, b = torch.randn(2, d, generator=seeded(seed), dtype=torch.float64)
    return a, b


@given(st.integers(1, 20), SEEDS)
def test_one_hot_and_orthogonal_are_orthonormal(k, seed):
    for code in (one_hot(NAMES[:k]), orthogonal(NAMES[:k], seeded(seed))):
        assert code.d == k
        torch.testing.assert_close(gram(code), torch.eye(k), atol=1e-5, rtol=0)
        torch.testing.assert_close(code.norms(), torch.ones(k))
        torch.testing.assert_close(code.distances(), math.sqrt(2) * (1 - torch.eye(k)), atol=2e-3, rtol=0)


def test_an_orthogonal_code_uses_every_coordinate_in_every_context():
    assert bool((orthogonal(NAMES[:6], seeded()).vectors != 0).all())
    assert torch.equal(one_hot(NAMES[:6]).vectors, torch.eye(6))


@given(st.integers(2, 12), UNIT, SEEDS)
def test_every_pair_of_a_correlated_code_has_the_cosine_rho(k, fraction, seed):
    lowest = -1 / (k - 1)
    rho = lowest + fraction * (0.99 - lowest)
    code = correlated(NAMES[:k], rho, seeded(seed))
    expected = (1 - rho) * torch.eye(k) + rho
    torch.testing.assert_close(gram(code), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("rho", [1.0, 1.5, -0.6, math.nan])
def test_impossible_correlations_are_named(rho):
    with pytest.raises(ValueError, match=r"rho=.*(\[-0\.500, 1\) for 3 tasks|a finite number)"):
        correlated(NAMES[:3], rho, seeded())


@given(st.integers(1, 9), SEEDS)
def test_a_compressed_code_has_unit_vectors_in_d_dimensions(d, seed):
    code = compressed(NAMES[:10], d, seeded(seed))
    assert code.vectors.shape == (10, d) and code.d == d
    torch.testing.assert_close(code.norms(), torch.ones(10))


@pytest.mark.parametrize("d", [0, 10, 11])
def test_a_compressed_code_has_fewer_dimensions_than_tasks(d):
    with pytest.raises(ValueError, match=rf"d={d} .*1 \.\.\. 9 for 10 tasks"):
        compressed(NAMES[:10], d, seeded())


@pytest.mark.parametrize(
    "make", [orthogonal, lambda n, g: correlated(n, 0.3, g), lambda n, g: compressed(n, 2, g)]
)
def test_the_generator_decides_the_code(make):
    assert torch.equal(make(NAMES[:5], seeded(3)).vectors, make(NAMES[:5], seeded(3)).vectors)
    assert not torch.equal(make(NAMES[:5], seeded(3)).vectors, make(NAMES[:5], seeded(4)).vectors)


def test_a_code_is_read_by_task_name():
    code = one_hot(("fdgo", "dm1"))
    assert torch.equal(code["dm1"], torch.tensor([0.0, 1.0]))
    with pytest.raises(ValueError, match="task='fdgoo' is not known; did you mean 'fdgo'"):
        code["fdgoo"]


@pytest.mark.parametrize("tasks", [(), ("fdgo", "fdgo")])
def test_a_code_needs_different_tasks(tasks):
    with pytest.raises(ValueError, match=r"tasks=.*one or more different names"):
        one_hot(tasks)


def test_a_code_needs_one_vector_per_task():
    with pytest.raises(ValueError, match=r"vectors=\(3, 2\)"):
        ContextCode("mine", ("fdgo", "dm1"), torch.zeros(3, 2))
    with pytest.raises(ValueError, match=r"stretches=\(1, 2\)"):
        ContextCode("mine", ("fdgo", "dm1"), torch.zeros(2, 2), (1, 2))


@given(SEEDS)
def test_the_ends_of_a_mix_are_its_parts(seed):
    a, b = pair(seed)
    for mixing in (mix, mix_preserving_norm):
        torch.testing.assert_close(mixing(a, b, 0.0), a)
        torch.testing.assert_close(mixing(a, b, 1.0), b)


@given(SEEDS, UNIT)
def test_a_mix_shrinks_the_norm_and_its_variant_does_not(seed, lam):
    a, b = pair(seed)
    expected = (1 - lam) * a.norm() + lam * b.norm()
    assert mix(a, b, lam).norm() <= expected + 1e-12
    kept = mix_preserving_norm(a, b, lam)
    torch.testing.assert_close(kept.norm(), expected)
    cosine = torch.cosine_similarity(kept, mix(a, b, lam), dim=0)
    torch.testing.assert_close(cosine, torch.ones_like(cosine))


@given(st.floats(0.05, 0.95))
def test_the_mix_of_orthogonal_contexts_has_the_pythagorean_norm(lam):
    a, b = one_hot(NAMES[:2]).vectors.double()
    assert mix(a, b, lam).norm().item() == pytest.approx(math.hypot(1 - lam, lam))
    assert mix(a, b, lam).norm() < 1


@given(SEEDS)
def test_the_part_in_line_is_a_projection(seed):
    a, b = pair(seed)
    z = torch.randn(3, 5, generator=seeded(seed), dtype=torch.float64)
    part = in_line(z, a, b)
    torch.testing.assert_close(part @ (b - a), z @ (b - a))
    torch.testing.assert_close(in_line(part, a, b), part)
    torch.testing.assert_close(in_line((b - a)[None], a, b), (b - a)[None])
    with pytest.raises(ValueError, match="b="):
        in_line(z, a, a)


@given(SEEDS, st.floats(-0.5, 1.5))
def test_mixing_is_symmetric(seed, lam):
    a, b = pair(seed)
    torch.testing.assert_close(mix(a, b, lam), mix(b, a, 1 - lam))


def test_a_mix_takes_one_weight_per_row():
    a, b = pair(0)
    lam = torch.tensor([0.0, 0.25, 1.0], dtype=torch.float64)
    for mixing in (mix, mix_preserving_norm):
        rows = mixing(a, b, lam)
        assert rows.shape == (3, 5)
        for row, weight in zip(rows, lam.tolist(), strict=True):
            torch.testing.assert_close(row, mixing(a, b, weight))


def test_opposite_contexts_have_no_middle_direction():
    a, _ = pair(0)
    with pytest.raises(ValueError, match=r"lam=0\.5"):
        mix_preserving_norm(a, -a, 0.5)


def test_no_norm_is_left_to_keep_far_outside_the_ends():
    """Extrapolated far enough the norm would be negative, which would turn the context around."""
    a, b = torch.tensor([2.0, 0.0]), torch.tensor([0.0, 1.0])
    with pytest.raises(ValueError, match="lam=3"):
        mix_preserving_norm(a, b, 3.0)


@given(SEEDS)
def test_noise_comes_from_the_generator_only(seed):
    c, _ = pair(0)
    assert torch.equal(noise(c, 0.3, seeded(seed)), noise(c, 0.3, seeded(seed)))
    assert torch.equal(noise(c, 0.0, seeded(seed)), c)


def test_noise_has_the_standard_deviation_sigma():
    c = torch.ones(20_000, 3)
    noisy = noise(c, 0.3, seeded())
    assert noisy.dtype == c.dtype
    torch.testing.assert_close((noisy - c).std(dim=0), torch.full((3,), 0.3), atol=0.01, rtol=0)
    torch.testing.assert_close((noisy - c).mean(dim=0), torch.zeros(3), atol=0.01, rtol=0)


@pytest.mark.parametrize("sigma", [-0.1, math.inf, math.nan])
def test_impossible_noise_is_named(sigma):
    with pytest.raises(ValueError, match="sigma="):
        noise(torch.ones(3), sigma, seeded())


@given(SEEDS, st.floats(-2, 2))
def test_fading_scales_the_context(seed, s):
    c, _ = pair(seed)
    torch.testing.assert_close(fade(c, s), s * c)


def test_fading_takes_one_factor_per_row():
    c, _ = pair(0)
    torch.testing.assert_close(fade(c, torch.tensor([0.0, 1.0])), torch.stack([0 * c, c]))


@given(SEEDS, UNIT)
def test_dropping_keeps_or_clears_every_coordinate(seed, p):
    c, _ = pair(seed)
    dropped = drop(c, p, seeded(seed))
    assert bool(((dropped == c) | (dropped == 0)).all())
    assert torch.equal(dropped, drop(c, p, seeded(seed)))


def test_the_ends_and_the_rate_of_dropping():
    c = torch.ones(20_000, 4)
    assert torch.equal(drop(c, 0.0, seeded()), c)
    assert torch.equal(drop(c, 1.0, seeded()), torch.zeros_like(c))
    assert drop(c, 0.25, seeded()).mean().item() == pytest.approx(0.75, abs=0.01)


def test_a_one_hot_context_cannot_be_dropped():
    with pytest.raises(ValueError, match="dense: use an orthogonal code"):
        drop(one_hot(NAMES[:4]).vectors, 0.2, seeded())


@pytest.mark.parametrize("p", [-0.1, 1.1, math.nan])
def test_impossible_probabilities_are_named(p):
    with pytest.raises(ValueError, match="p="):
        drop(torch.ones(3), p, seeded())


def test_operators_leave_their_arguments_alone():
    a, b = pair(1)
    kept = a.clone(), b.clone()
    mix(a, b, 0.3), mix_preserving_norm(a, b, 0.3), fade(a, 0.1)
    noise(a, 1.0, seeded()), drop(a, 0.5, seeded())
    assert torch.equal(a, kept[0]) and torch.equal(b, kept[1])


@pytest.mark.parametrize("dtype", [torch.int32, torch.int64, torch.uint8, torch.float16])
def test_contexts_of_whole_numbers_are_not_rounded(dtype):
    a, b = torch.tensor([1, 0], dtype=dtype), torch.tensor([0, 1], dtype=dtype)
    torch.testing.assert_close(mix(a, b, 0.3).float(), torch.tensor([0.7, 0.3]), atol=1e-3, rtol=0)
    torch.testing.assert_close(fade(a, 0.3).float(), torch.tensor([0.3, 0.0]), atol=1e-3, rtol=0)
    assert noise(a, 0.5, seeded()).is_floating_point() and drop(a + b, 0.5, seeded()).is_floating_point()


@pytest.mark.parametrize(
    "make",
    [
        lambda: one_hot("fdgo"),
        lambda: orthogonal(["fdgo", "fdanti"], None),
        lambda: compressed(["fdgo", "fdanti"], 1, None),
        lambda: compressed(["fdgo", "fdanti", "dm1"], 1.5, seeded()),
        lambda: correlated(["fdgo", "fdanti"], math.nan, seeded()),
        lambda: mix(torch.ones(2), torch.zeros(2), math.nan),
        lambda: fade(torch.ones(2), math.inf),
        lambda: noise(torch.tensor([math.nan, 0.0]), 0.1, seeded()),
        lambda: noise(torch.ones(2), 0.1, None),
        lambda: drop(torch.ones(2), math.nan, seeded()),
        lambda: one_hot(["fdgo"]).of([]),
    ],
)
def test_what_is_no_context_is_refused(make):
    with pytest.raises(ValueError, match="is not allowed"):
        make()


def test_numbers_in_a_row_are_a_mix_each():
    code, at = one_hot(["fdgo", "fdanti"]), [k / 20 for k in range(21)]
    a, b = (code[name].double() for name in ("fdgo", "fdanti"))
    assert torch.equal(mix(a, b, at), mix(a, b, torch.tensor(at, dtype=torch.float64)))
    assert torch.equal(fade(a, at), torch.stack([fade(a, each) for each in at]))
    with pytest.raises(ValueError, match="lam=nan"):
        mix(a, b, [0.5, math.nan])
