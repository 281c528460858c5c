import numpy as np
import pytest

from ml.anatomy import along_arm, arm_shape
from ml.groups import sleeves_worn
from ml.sleevelength import sleeves_of_picture


def picture(sleeve, other=None):
    """A trunk 60 columns wide, and beside it sleeves that are so many rows long."""
    mask = np.zeros((160, 200), bool)
    mask[10:130, 70:130] = True
    mask[10 : 10 + sleeve, 44:70] = sleeve > 0
    mask[10 : 10 + (sleeve if other is None else other), 130:156] = True
    return mask


@pytest.mark.parametrize(("rows", "kind"), [(0, "sleeveless"), (40, "short"), (100, "long")])
def test_sleeves_in_a_picture(rows, kind):
    assert sleeves_of_picture(picture(rows)) == kind


def test_a_folded_sleeve_does_not_shorten_the_other():
    assert sleeves_of_picture(picture(40, 100)) == "long"


@pytest.mark.parametrize(("end", "kind"), [(0.1, "sleeveless"), (0.8, "short"), (1.8, "long")])
def test_sleeves_on_somebody(pose, end, kind):
    worn = np.zeros(pose.segmentation.shape, bool)
    for side in range(2):
        points = np.argwhere(arm_shape(pose, side))[:, ::-1]
        columns, rows = points[along_arm(pose, side, points) < end].T
        worn[rows, columns] = True
    assert sleeves_worn(pose, worn) == kind
