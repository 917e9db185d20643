"""Every operation against torch itself: shapes, parameters and buffers, multiply-adds, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, get_args

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from archspec import ops
from archspec.backends import torch_calls
from archspec.backends.python_text import literal
from archspec.ops import AnyOp, ShapeError
from archspec.shape import Padding, Shape, same_padding

Case = tuple[AnyOp, tuple[Shape, ...]]

small = st.integers(1, 4)
side = st.integers(1, 12)
pair = st.tuples(small, small)
pad = st.tuples(st.integers(0, 3), st.integers(0, 3))
rounding: st.SearchStrategy[Any] = st.sampled_from(["floor", "ceil"])
flag = st.booleans()
shape = st.builds(Shape, side, side, st.integers(1, 6))
alike = st.tuples(shape, st.integers(2, 3)).map(lambda drawn: (drawn[0],) * drawn[1])


def one(op: st.SearchStrategy[Any]) -> st.SearchStrategy[Case]:
    return st.tuples(op, shape.map(lambda s: (s,)))


def several(op: AnyOp) -> st.SearchStrategy[Case]:
    return st.tuples(st.just(op), alike | st.lists(shape, min_size=2, max_size=3).map(tuple))


def norms() -> st.SearchStrategy[ops.BatchNorm2d]:
    return st.builds(ops.BatchNorm2d, st.sampled_from([1e-5, 1e-3]), st.sampled_from([0.9, 0.997]), flag, flag)


CASES: dict[type[Any], st.SearchStrategy[Case]] = {
    ops.Conv2d: one(st.builds(ops.Conv2d, st.integers(1, 12), pair, pair, pad, pair, small, flag)),
    ops.MaxPool2d: one(st.builds(ops.MaxPool2d, pair, pair, pad, rounding)),
    ops.AvgPool2d: one(st.builds(ops.AvgPool2d, pair, pair, pad, rounding, flag)),
    ops.AdaptiveAvgPool2d: one(st.builds(ops.AdaptiveAvgPool2d, pair)),
    ops.AdaptiveMaxPool2d: one(st.builds(ops.AdaptiveMaxPool2d, pair)),
    ops.Pad2d: one(st.builds(ops.Pad2d, st.builds(Padding, small, small, small, small), st.sampled_from([0.0, -1.5]))),
    ops.BatchNorm2d: one(norms()),
    ops.LocalResponseNorm: one(st.just(ops.LocalResponseNorm(5, 1e-4, 0.75, 1.0))),
    ops.Relu: one(st.just(ops.Relu())),
    ops.Relu6: one(st.just(ops.Relu6())),
    ops.Sigmoid: one(st.just(ops.Sigmoid())),
    ops.Tanh: one(st.just(ops.Tanh())),
    ops.Softmax: one(st.just(ops.Softmax())),
    ops.Dropout: one(st.just(ops.Dropout(0.4))),
    ops.Flatten: one(st.just(ops.Flatten())),
    ops.Linear: st.tuples(
        st.builds(ops.Linear, st.integers(1, 9), flag), st.integers(1, 9).map(lambda n: (Shape(1, 1, n),))
    ),
    ops.Concat: several(ops.Concat()),
    ops.Add: several(ops.Add()),
    ops.Scale: one(st.just(ops.Scale(0.17))),
}

every_case = st.one_of(*CASES.values())


def peer(op: AnyOp, channels: int) -> Callable[..., Tensor]:
    """What torch does for an operation: the call the backend writes, run."""
    names: dict[str, Any] = {"nn": nn, "F": F, "torch": torch, "Tensor": Tensor}
    for half in (torch_calls.SHIFT_ONLY, torch_calls.SCALE_ONLY):
        exec(torch_calls.half_batch_norm(half), names)
    texts = {field.name: literal(torch_value(op, field.name)) for field in fields(op)}
    layer = torch_calls.layer(op, str(channels), texts.__getitem__)
    if layer is not None:
        module: nn.Module = eval(str(layer), names)
        return module
    inputs = ("a", "b", "c") if isinstance(op, ops.Concat | ops.Add) else ("a",)

    def function(*values: Tensor) -> Tensor:
        call = torch_calls.function(op, inputs[: len(values)], texts.get("factor", ""))
        result: Tensor = eval(str(call), {**names, **dict(zip(inputs, values, strict=False))})
        return result

    return function


def torch_value(op: AnyOp, name: str) -> Any:
    if isinstance(op, ops.Pad2d) and name == "padding":
        top, bottom, left, right = op.padding
        return (left, right, top, bottom)
    return getattr(op, name)


def run(op: AnyOp, shapes: tuple[Shape, ...]) -> tuple[Tensor, Callable[..., Tensor]]:
    """The output for a batch of two images and what gave it. Raises as torch does."""
    flat = isinstance(op, ops.Linear)
    inputs = [torch.ones(2, s.channels) if flat else torch.ones(2, s.channels, s.height, s.width) for s in shapes]
    does = peer(op, shapes[0].channels)
    if isinstance(does, nn.Module):
        does.eval()
    return does(*inputs), does


def test_every_operation_has_a_case() -> None:
    assert {*CASES, ops.Input} == set(get_args(AnyOp))


@settings(max_examples=600, deadline=None)
@given(every_case)
def test_shapes_and_refusals_are_torchs(case: Case) -> None:
    op, shapes = case
    try:
        expected = op.infer(shapes)
    except ShapeError:
        if isinstance(op, ops.Add):
            assert len(set(shapes)) > 1  # torch would broadcast a map of size 1; the papers' sums do not
        else:
            with pytest.raises((RuntimeError, ValueError)):
                run(op, shapes)
        return
    result, _ = run(op, shapes)
    flat = result.dim() == 2
    found = Shape(1, 1, result.shape[1]) if flat else Shape(result.shape[2], result.shape[3], result.shape[1])
    assert found == expected


@settings(max_examples=300, deadline=None)
@given(every_case)
def test_counts_are_torchs(case: Case) -> None:
    op, shapes = case
    try:
        op.infer(shapes)
    except ShapeError:
        return
    _, does = run(op, shapes)
    if isinstance(does, nn.Module):
        parameters = dict(does.named_parameters())
        biases = sum(p.numel() for name, p in parameters.items() if name == "bias")
        assert op.biases(shapes) == biases
        assert op.weights(shapes) == sum(p.numel() for p in parameters.values()) - biases
        assert op.buffers(shapes) == sum(b.numel() for b in does.buffers())
    else:
        assert op.weights(shapes) == op.biases(shapes) == op.buffers(shapes) == 0


@settings(max_examples=200, deadline=None)
@given(CASES[ops.Conv2d] | CASES[ops.Linear] | CASES[ops.MaxPool2d])
def test_multiply_adds_are_torchs(case: Case) -> None:
    op, shapes = case
    try:
        op.infer(shapes)
    except ShapeError:
        return
    with FlopCounterMode(display=False) as counter:
        run(op, shapes)
    assert 2 * 2 * op.macs(shapes) == counter.get_total_flops()  # two images, and torch counts two for a multiply-add


@settings(max_examples=300, deadline=None)
@given(side, small, small, small)
def test_same_padding_gives_the_ceiling(size: int, kernel: int, stride: int, dilation: int) -> None:
    before, after = same_padding(size, kernel, stride, dilation)
    assert after - before in (0, 1)
    padded = F.pad(torch.ones(1, 1, size, 1), (0, 0, before, after))
    result = F.conv2d(padded, torch.ones(1, 1, kernel, 1), stride=(stride, 1), dilation=(dilation, 1))
    assert result.shape[2] == -(-size // stride)


@pytest.mark.parametrize("learned", ["scale", "shift"])
@pytest.mark.parametrize("sizes", [(4, 3, 5, 5), (4, 3)])
def test_half_a_batch_norm_is_the_whole_one_with_the_other_half_fixed(learned: str, sizes: tuple[int, ...]) -> None:
    half = peer(ops.BatchNorm2d(1e-3, 0.9, scale=learned == "scale", shift=learned == "shift"), 3)
    whole = nn.BatchNorm2d(3, eps=1e-3) if len(sizes) == 4 else nn.BatchNorm1d(3, eps=1e-3)
    assert isinstance(half, nn.Module)
    name = {"scale": "weight", "shift": "bias"}[learned]
    assert set(half.state_dict()) == {name, "running_mean", "running_var", "num_batches_tracked"}
    values = torch.randn(3)
    for module in (half, whole):
        module.get_parameter(name).data.copy_(values)
    images = torch.randn(sizes)
    assert torch.equal(half(images), whole(images))  # in training: statistics of the batch
    for key, value in half.state_dict().items():
        assert torch.equal(value, whole.state_dict()[key])
    assert torch.equal(half.eval()(images), whole.eval()(images))
