"""Counts and receptive fields against torch: its modules' outputs, its parameters, and the support of its gradients."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

import archspec
from archspec import bundled, ops
from archspec.api import Spec, from_document
from archspec.backends.torch_module import to_module
from archspec.cost import graph_cost, receptive_fields
from archspec.document import parse
from archspec.graph import Graph, Node
from archspec.shape import Pair
from archspec.source import Source


def spec_of(text: str) -> Spec:
    return from_document(parse(Source("test.toml", text)))


def network(input_: str, *layers: str) -> Spec:
    """Convolutions and average pools without an activation: every input pixel that reaches an output has a gradient."""
    listed = ",\n  ".join(layers)
    return spec_of(f"""
format = 1
name = "Windows"
input = "{input_}"
[defaults]
conv = {{ pad = "same", bias = false, norm = "none", act = "none" }}
avg-pool = {{ pad = 0, rounding = "ceil", count-pad = false }}
[network]
layers = [
  {listed},
]
""")


# --- counts


@pytest.mark.parametrize("name", bundled.names())
def test_counts_are_those_of_the_torch_module(name: str) -> None:
    """Activations and multiply-adds from the outputs that hooks see, parameters and buffers from the module."""
    spec = archspec.load(name)
    graph = spec.graph()
    model = archspec.build(spec, outputs="all", device="meta").eval()
    seen = {"activations": 0, "macs": 0}

    def count(module: nn.Module, inputs: object, output: Tensor) -> None:
        positions = output[0].numel() // output.shape[1]
        seen["activations"] += output[0].numel()
        seen["macs"] += positions * sum(weight.numel() for weight in module.parameters() if weight.dim() > 1)

    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            module.register_forward_hook(count)
    height, width, channels = graph.nodes[0].shape
    model(torch.zeros(1, channels, height, width, device="meta"))
    cost = graph_cost(graph)
    assert (cost.activations, cost.macs) == (seen["activations"], seen["macs"])
    assert cost.params == sum(parameter.numel() for parameter in model.parameters())
    assert cost.buffers == sum(buffer.numel() for buffer in model.buffers())


# --- receptive fields


def support(graph: Graph, *features: str) -> dict[str, Pair]:
    """For each row, the patch of the input that reaches the middle of its output, found from gradients.

    Weights and pixels are positive, so that no activation is off and nothing cancels.
    """
    torch.manual_seed(0)
    model = to_module(graph, outputs="probabilities", features=features, dtype=torch.float64).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.uniform_(0.5, 1.0)
    height, width, channels = graph.nodes[0].shape
    image = torch.rand(1, channels, height, width, dtype=torch.float64, requires_grad=True)
    outputs = model(image)._asdict()
    return {row.name: extent(outputs[row.attribute], image) for row in graph.trunk if row.name in features}


def without_choices(graph: Graph) -> Graph:
    """The same windows in ops that pass a gradient to all they see: max pools average, what divides by a sum or levels
    off goes."""

    def op(node: Node) -> ops.AnyOp:
        match node.op:
            case ops.MaxPool2d(kernel, stride, padding, rounding):
                return ops.AvgPool2d(kernel, stride, padding, rounding, count_pad=True)
            case ops.Pad2d(padding):
                return ops.Pad2d(padding)
            case ops.LocalResponseNorm() | ops.Softmax() | ops.Sigmoid() | ops.Tanh():
                return ops.Dropout(0.0)
            case other:
                return other

    return replace(graph, nodes=tuple(replace(node, op=op(node)) for node in graph.nodes))


def extent(output: Tensor, image: Tensor) -> Pair:
    if output.dim() == 2:
        output = output[:, :, None, None]
    middle = output[0, :, output.shape[2] // 2, output.shape[3] // 2]
    (gradient,) = torch.autograd.grad(middle.sum(), image, retain_graph=True)
    reached = gradient[0].abs().sum(0) > 0
    return span(reached.any(1)), span(reached.any(0))


def span(reached: Tensor) -> int:
    where = reached.nonzero()
    return int(where.max() - where.min()) + 1


def derived(graph: Graph) -> dict[str, Pair]:
    fields = receptive_fields(graph)
    return {row.name: fields[row.output] for row in graph.trunk}


CHAINS = {
    "strides": network(
        "97x97x1",
        '{ name = "a", type = "conv", patch = "7x7/2", out = 2 }',
        '{ name = "b", type = "avg pool", patch = "3x3/2" }',
        '{ name = "c", type = "conv", patch = "3x3/1", out = 2 }',
        '{ name = "d", type = "conv", patch = "3x3/2", out = 2 }',
        '{ name = "e", type = "conv", patch = "1x1/1", out = 2 }',
        '{ name = "f", type = "avg pool", patch = "2x2/2" }',
    ),
    "odd sides, one each way": network(
        "61x43x2",
        '{ name = "a", type = "conv", patch = "3x5/2", out = 2 }',
        '{ name = "b", type = "conv", patch = "1x7/1", out = 2 }',
        '{ name = "c", type = "conv", patch = "7x1", stride = "2x1", out = 2 }',
        '{ name = "d", type = "avg pool", patch = "3x3/2" }',
    ),
    "padding that differs by side": network(
        "62x51x1",
        '{ name = "a", type = "conv", patch = "3x3/2", out = 2, pad = "tf-same" }',
        '{ name = "b", type = "avg pool", patch = "3x3/2", pad = "tf-same" }',
        '{ name = "c", type = "conv", patch = "4x4/1", out = 2, pad = "tf-same" }',
        '{ name = "d", type = "conv", patch = "2x2/2", out = 2, pad = { top = 0, bottom = 1, left = 1, right = 0 } }',
        '{ name = "e", type = "conv", patch = "3x3/1", out = 2, pad = "tf-same" }',
    ),
    "dilation": network(
        "71x71x1",
        '{ name = "a", type = "conv", patch = "3x3", dilation = 2, out = 2, pad = 2 }',
        '{ name = "b", type = "conv", patch = "3x3/2", dilation = 4, out = 2, pad = 4 }',
        '{ name = "c", type = "conv", patch = "3x3/1 V", out = 2 }',
    ),
    "branches of different reach": network(
        "64x64x1",
        '{ name = "a", type = "conv", patch = "3x3/2", out = 2 }',
        """{ name = "b", join = "concat", branches = [
             { name = "small", type = "conv", patch = "1x1", out = 1 },
             { name = "odd", type = "conv", patch = "4x4", out = 1,
               pad = { top = 2, bottom = 1, left = 0, right = 3 } },
             { name = "deep", layers = [ { type = "conv", patch = "3x3", out = 1 },
                                         { type = "conv", patch = "5x5", out = 1 } ] } ] }""",
        '{ name = "c", type = "conv", patch = "3x3/2", out = 2 }',
        """{ name = "d", shortcut = "identity", layers = [ { type = "conv", patch = "3x3", out = 2 } ] }""",
    ),
    "pools to a size": network(
        "60x60x1",
        '{ name = "a", type = "conv", patch = "3x3/2", out = 2 }',
        '{ name = "b", type = "avg pool", patch = "to 6x5" }',
        '{ name = "c", type = "avg pool", patch = "global" }',
    ),
    "a classifier": network(
        "20x30x1",
        '{ name = "a", type = "conv", patch = "3x3/2", out = 2 }',
        '{ name = "b", type = "linear", out = 4 }',
    ),
}


@pytest.mark.parametrize("case", CHAINS)
def test_receptive_field_is_the_support_of_the_gradient(case: str) -> None:
    graph = CHAINS[case].graph()
    assert derived(graph) == support(graph, *derived(graph))


@pytest.mark.parametrize("size", [5, 7, 12, 14])
@pytest.mark.parametrize("bins", [2, 3, 4, 5])
def test_adaptive_pools_see_their_largest_window(size: int, bins: int) -> None:
    spec = network(f"{size}x{size}x1", f'{{ name = "a", type = "avg pool", patch = "to {bins}x{bins}" }}')
    image = torch.rand(1, 1, size, size, requires_grad=True)
    output = archspec.build(spec)(image)
    windows = [torch.autograd.grad(output[0, 0, at, 0], image, retain_graph=True)[0][0, 0] for at in range(bins)]
    assert derived(spec.graph())["a"][0] == max(span((window > 0).any(1)) for window in windows)


LARGE = {"vgg16", *(name for name in bundled.names() if name.startswith("inception_"))}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in LARGE else []) for name in bundled.names()]
)
def test_receptive_fields_of_networks(name: str) -> None:
    """As far as the middle position sees no edge: beyond, a field says what would be seen on a larger map."""
    graph = archspec.load(name).graph()
    inside = {row: field for row, field in derived(graph).items() if max(field) < 0.75 * min(graph.nodes[0].shape.grid)}
    assert len(inside) > 3
    assert support(without_choices(graph), *inside) == inside
