"""The colours of what networks do can be told apart by every reader, on light and on dark paper."""

from itertools import combinations, product

import numpy as np
import pytest

from modpack.colours import CHOICE_COLOURS

VISION = {
    "normal": np.eye(3),
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.01182, 0.04294, 0.968881],
    ],
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.3039],
    ],
}
"""What is seen of red, green and blue without one kind of cone (Machado, Oliveira and Fernandes 2009)."""

TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(colour: str) -> np.ndarray:
    """Linear red, green and blue of a colour like "#66ccee"."""
    values = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of linear red, green and blue."""
    x = TO_XYZ @ np.clip(rgb, 0, 1) / TO_XYZ.sum(1)
    f = np.where(x > 0.008856, np.cbrt(x), 7.787 * x + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(one: str, other: str) -> float:
    low, high = sorted(float(linear(colour) @ TO_XYZ[1]) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("vision", VISION)
def test_every_two_choices_look_different(vision):
    seen = {name: lab(np.array(VISION[vision]) @ linear(colour)) for name, colour in CHOICE_COLOURS.items()}
    distances = {(x, y): np.linalg.norm(seen[x] - seen[y]) for x, y in combinations(seen, 2)}
    assert min(distances.values()) > 15, min(distances, key=distances.get)


@pytest.mark.parametrize(("choice", "paper"), [*product(CHOICE_COLOURS, ["#ffffff", "#121212"])])
def test_areas_stand_out_from_the_paper(choice, paper):
    assert contrast(CHOICE_COLOURS[choice], paper) > 1.5
