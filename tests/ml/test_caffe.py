"""Networks in Caffe's files: what torch computes from them, and what is refused."""

import struct

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from ml.caffe import CaffeNetwork

STRUCTURE = """
name: "small"  # a comment: { "not" parsed
input: "image"
input_dim: 1
layer { name: "conv" type: "Convolution" bottom: "image" top: "conv" param { lr_mult: 4.0 }
  convolution_param { num_output: 4 pad: 1 kernel_size: 3 weight_filler { type: "gaussian" std: 0.01 } } }
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "pool" type: "Pooling" bottom: "conv" top: "pool"
  pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
layer { name: "wide" type: "Convolution" bottom: "pool" top: "wide"
  convolution_param { num_output: 2 pad: 0 kernel_size: 1 } }
layer { name: "prelu" type: "PReLU" bottom: "wide" top: "wide" }
layer { name: "net_output" type: "Concat" bottom: "wide" bottom: "pool" top: "net_output"
  concat_param { axis: 1 } }
"""


def varint(number):
    low, rest = number & 127, number >> 7
    return bytes([low | 128]) + varint(rest) if rest else bytes([low])


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def blob(values, old):
    """A blob whose shape is packed, as Caffe writes it, or in the four numbers of old files."""
    if old:
        shape = (1,) * (4 - values.ndim) + values.shape
        sizes = b"".join(varint(index << 3) + varint(size) for index, size in enumerate(shape, start=1))
    else:
        sizes = field(7, field(1, b"".join(varint(size) for size in values.shape)))
    return sizes + field(5, values.astype("<f4").tobytes())


def model(weights, old=False):
    layers = [
        field(1, name.encode()) + field(2, b"Any") + b"".join(field(7, blob(one, old)) for one in blobs)
        for name, blobs in weights.items()
    ]
    fixed = varint(9 << 3 | 5) + struct.pack("<f", 1) + varint(10 << 3 | 1) + struct.pack("<d", 1)
    return field(1, b"small") + fixed + b"".join(field(100, layer) for layer in layers)


@pytest.fixture
def weights():
    generator = np.random.default_rng(0)
    shapes = {"conv": [(4, 3, 3, 3), (4,)], "wide": [(2, 4, 1, 1), (2,)], "prelu": [(2,)]}
    return {
        name: [generator.normal(size=size).astype("f4") for size in sizes] for name, sizes in shapes.items()
    }


@pytest.fixture
def write(tmp_path):
    def write(structure, content):
        paths = tmp_path / "net.prototxt", tmp_path / "net.caffemodel"
        paths[0].write_text(structure)
        paths[1].write_bytes(content)
        return paths

    return write


@pytest.mark.parametrize("old", [False, True])
def test_a_network_computes_what_its_layers_say(write, weights, old):
    values = np.random.default_rng(1).normal(size=(3, 9, 8)).astype("f4")
    found = CaffeNetwork(*write(STRUCTURE, model(weights, old))).run(values)
    tensors = {name: [torch.from_numpy(one) for one in blobs] for name, blobs in weights.items()}
    conv = F.relu(F.conv2d(torch.from_numpy(values)[None], *tensors["conv"], padding=1))
    pool = F.max_pool2d(conv, 2, ceil_mode=True)
    wide = F.prelu(F.conv2d(pool, *tensors["wide"]), *tensors["prelu"])
    assert found.shape == (6, 5, 4)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, torch.cat([wide, pool], dim=1)[0].numpy())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"ReLU"', '"Sigmoid"', "layer relu: Sigmoid is not understood"),
        ("pool: MAX", "pool: AVE", "layer pool: only maximum pooling is understood"),
        ("pad: 1", "dilation: 2", "layer conv: dilation is not understood"),
        ("num_output: 4", "num_output: 5", "layer conv: the weights are not those of this network"),
        ('name: "prelu"', 'name: "other"', "layer other: the weights are not those of this network"),
        ("axis: 1 } }", "axis: 1 }", "Caffe structure: it ends too early"),
        ("axis: 1 } }", "axis: 1 } } }", "Caffe structure: unexpected '}'"),
        ('type: "Pooling"', "", "Caffe structure: type is missing"),
        (
            'bottom: "pool" top: "wide"',
            'bottom: "pod" top: "wide"',
            "layer wide: its input comes from nowhere",
        ),
        ('input: "image"', "", "Caffe structure: input is missing"),
        (STRUCTURE, 'input: "image"', r".*net\.prototxt has no layers"),
    ],
)
def test_structures_that_are_refused(write, weights, old, new, message):
    assert old in STRUCTURE
    with pytest.raises(ValueError, match=f"^{message}$"):
        CaffeNetwork(*write(STRUCTURE.replace(old, new), model(weights)))


@pytest.mark.parametrize("kept", [3, 40, 200, -1])
def test_weights_cut_short_are_refused(write, weights, kept):
    with pytest.raises(ValueError, match=r"net\.caffemodel is not a Caffe model$"):
        CaffeNetwork(*write(STRUCTURE, model(weights)[:kept]))


def test_files_in_the_wrong_order_are_told(write, weights):
    structure, content = write(STRUCTURE, model(weights))
    with pytest.raises(ValueError, match=r"net\.caffemodel is not the text of a Caffe structure$"):
        CaffeNetwork(content, structure)


def test_other_files_are_no_weights(write):
    with pytest.raises(ValueError, match=r"net\.caffemodel is not a Caffe model$"):
        CaffeNetwork(*write(STRUCTURE, b"\xff" * 64))
