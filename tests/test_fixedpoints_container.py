"""The container of fixed points: slices, joins, tables and files."""

import pytest
import torch
from hand_networks import hand_built, random_network, random_states, silence

from modpack._files import read_tensors, write_tensors
from modpack.fixedpoints import FixedPoints, Status, concatenate, find


@pytest.fixture(scope="module")
def points():
    """Three fixed points of a tanh network and those starts that led to them, with one far away."""
    dynamics = hand_built([[2.0, 0.0], [0.0, 0.5]], activation="tanh")
    starts = torch.cat([random_states(20, 2, 0), torch.tensor([[1e9, 0.0]], dtype=torch.float64)])
    found = find(dynamics, silence(dynamics), starts)
    assert len(found) == 3
    return found


def same(one, two):
    assert torch.equal(one.states, two.states)
    assert torch.equal(one.eigenvalues, two.eigenvalues)
    assert torch.equal(one.spectra.eigenvectors, two.spectra.eigenvectors)
    for name, x in vars(one.outcomes).items():
        torch.testing.assert_close(getattr(two.outcomes, name), x, rtol=0, atol=0)
    assert one.table() == two.table()
    assert (one.scale, one.tau, one.spectra.alpha) == (two.scale, two.tau, two.spectra.alpha)


class TestIndexing:
    @pytest.mark.parametrize(
        ("index", "kept"),
        [
            (slice(1, 3), [1, 2]),
            (torch.tensor([True, False, True]), [0, 2]),
            ([2, 0], [2, 0]),
            (slice(0, 0), []),
        ],
    )
    def test_keeps_rows_of_everything(self, points, index, kept):
        part = points[index]
        assert torch.equal(part.states, points.states[kept])
        assert torch.equal(part.eigenvalues, points.eigenvalues[kept])
        assert [row["n_starts"] for row in part.table()] == [points.table()[i]["n_starts"] for i in kept]

    def test_renumbers_the_points_of_the_starts(self, points):
        part = points[[2, 0]]
        for before, after in zip(points.outcomes.point.tolist(), part.outcomes.point.tolist(), strict=True):
            assert after == {2: 0, 0: 1}.get(before, -1)
        assert torch.equal(part.outcomes.status, points.outcomes.status)

    def test_refuses_a_single_number(self, points):
        with pytest.raises(ValueError, match="index"):
            points[1]

    def test_roots_and_slow_points_make_up_the_whole(self):
        dynamics = random_network(8, 3, "softplus", scale=2.0)
        found = find(dynamics, silence(dynamics), random_states(60, 8, 1, scale=3.0))
        assert len(found.roots) + len(found.slow) == len(found)
        assert (found.slow.status == Status.SLOW).all()


class TestConcatenation:
    def test_of_parts_is_the_whole(self, points):
        joined = concatenate([points[:2], points[2:]])
        assert torch.equal(joined.states, points.states)
        assert len(joined.outcomes) == 2 * len(points.outcomes)
        starts = [row["n_starts"] for row in points.table()]
        assert [row["n_starts"] for row in joined.table()] == starts

    def test_of_one_is_itself(self, points):
        same(points, concatenate([points]))

    def test_refuses_what_does_not_fit(self, points):
        other = find(hand_built([[0.5]]), torch.zeros(1), torch.zeros(1, 1))
        with pytest.raises(ValueError, match="neurons"):
            concatenate([points, other])
        with pytest.raises(ValueError, match="at least one"):
            concatenate([])


class TestFiles:
    def test_round_trip(self, points, tmp_path):
        points.save(tmp_path / "points.safetensors")
        same(points, FixedPoints.load(tmp_path / "points.safetensors"))
        assert [x.name for x in tmp_path.iterdir()] == ["points.safetensors"]

    def test_round_trip_without_points(self, points, tmp_path):
        points[:0].save(tmp_path / "none.safetensors")
        same(points[:0], FixedPoints.load(tmp_path / "none.safetensors"))

    def test_refuses_other_files(self, tmp_path):
        write_tensors(tmp_path / "other.safetensors", {"x": torch.zeros(1)}, {})
        with pytest.raises(ValueError, match=r"modpack\.fixedpoints"):
            FixedPoints.load(tmp_path / "other.safetensors")

    @pytest.mark.parametrize("missing", ["points.states", "points.eigenvalues", "outcomes.status"])
    def test_names_a_file_that_lacks_a_part(self, points, tmp_path, missing):
        path = tmp_path / "points.safetensors"
        points.save(path)
        tensors, text = read_tensors(path)
        write_tensors(path, {name: x for name, x in tensors.items() if name != missing}, text)
        with pytest.raises(ValueError, match=r"points\.safetensors' is damaged .* save it again"):
            FixedPoints.load(path)


class TestWords:
    def test_summary_counts_every_start(self, points):
        text = points.summary()
        assert "3 fixed points (2 stable) and 0 slow points" in text
        assert "1 diverged" in text
        counts = [int(x.split()[0]) for x in text.split("starts: ")[2].split(", ")]
        assert sum(counts) == len(points.outcomes)

    def test_rows_are_tidy(self, points):
        rows = points.table()
        assert len({tuple(row) for row in rows}) == 1
        assert {row["kind"] for row in rows} == {"stable node", "saddle"}
        assert all(row["residual"] < 1e-12 for row in rows)

    def test_every_status_has_advice(self):
        assert len({status.advice for status in Status}) == len(Status)
