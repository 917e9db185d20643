"""What each operation is called in torch: an op and the text of its arguments in, a constructor or a function call out.

Also the statement of each initialisation scheme, and the two batch normalizations that torch has no class for.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import assert_never

from archspec import ops
from archspec.backends.python_text import Call, Code, call, literal
from archspec.initialisation import Init
from archspec.shape import Shape

Text = Callable[[str], str]  # an op's field -> the literal, or the parameter that stands for it


def layer(op: ops.AnyOp, channels: str, text: Text, *, flat: bool = False) -> Call | None:
    """The torch.nn module of an operation whose input has `channels`, or None where torch has only a function."""
    match op:
        case ops.Conv2d():
            options = _unless({"stride": "1", "padding": "0", "dilation": "1", "groups": "1", "bias": "True"}, text)
            return call("nn.Conv2d", channels, text("out_channels"), text("kernel_size"), **options)
        case ops.Linear():
            return call("nn.Linear", channels, text("out_features"), **_unless({"bias": "True"}, text))
        case ops.MaxPool2d():
            return call("nn.MaxPool2d", text("kernel_size"), **_window(op, text))
        case ops.AvgPool2d():
            padded = text("padding") != "0"
            options = {"count_include_pad": "False"} if padded and not op.count_pad else {}
            return call("nn.AvgPool2d", text("kernel_size"), **_window(op, text), **options)
        case ops.AdaptiveAvgPool2d():
            return call("nn.AdaptiveAvgPool2d", text("output_size"))
        case ops.AdaptiveMaxPool2d():
            return call("nn.AdaptiveMaxPool2d", text("output_size"))
        case ops.Pad2d(value=0.0):
            return call("nn.ZeroPad2d", text("padding"))
        case ops.Pad2d():
            return call("nn.ConstantPad2d", text("padding"), text("value"))
        case ops.BatchNorm2d():
            return _batch_norm(op, channels, text, flat)
        case ops.LocalResponseNorm():
            return call("nn.LocalResponseNorm", text("size"), alpha=text("alpha"), beta=text("beta"), k=text("k"))
        case ops.Dropout():
            return call("nn.Dropout", text("rate"))
        case ops.Relu():
            return call("nn.ReLU")
        case ops.Relu6():
            return call("nn.ReLU6")
        case ops.Sigmoid():
            return call("nn.Sigmoid")
        case ops.Tanh():
            return call("nn.Tanh")
        case ops.Softmax():
            return call("nn.Softmax", dim="1")
        case ops.Flatten():
            return call("nn.Flatten")
        case ops.Input() | ops.Concat() | ops.Add() | ops.Scale():
            return None
        case _:
            assert_never(op)


def function(op: ops.AnyOp, inputs: tuple[Code, ...], factor: str) -> Code | None:
    """The expression of an operation that holds nothing, or None where it is a module. `factor` is that of a Scale."""
    match op:
        case ops.Relu():
            return call("F.relu", *inputs)
        case ops.Relu6():
            return call("F.relu6", *inputs)
        case ops.Sigmoid():
            return call("torch.sigmoid", *inputs)
        case ops.Tanh():
            return call("torch.tanh", *inputs)
        case ops.Softmax():
            return call("F.softmax", *inputs, dim="1")
        case ops.Flatten(grid=None):
            return call("torch.flatten", *inputs, "1")
        case ops.Flatten(grid=(height, width)):
            return call(FLATTEN, *inputs, str(height), str(width))
        case ops.Concat():
            return call("torch.cat", Call("[", tuple(("", source) for source in inputs), "]"), dim="1")
        case ops.Add():
            return " + ".join(map(str, inputs))
        case ops.Scale():
            (source,) = inputs
            is_sum = isinstance(source, str) and " + " in source
            return f"{factor} * ({source})" if is_sum else f"{factor} * {source}"
        case _:
            return None


def is_function(op: ops.AnyOp) -> bool:
    return function(op, ("x",), "1") is not None


def _unless(defaults: dict[str, str], text: Text) -> dict[str, Code]:
    """The options that differ from torch's own."""
    return {name: value for name, default in defaults.items() if (value := text(name)) != default}


def _window(op: ops.Pool2d, text: Text) -> dict[str, Code]:
    options = _unless({"padding": "0"}, text)
    ceil: dict[str, Code] = {"ceil_mode": "True"} if op.rounding == "ceil" else {}
    return {"stride": text("stride"), **options, **ceil}


def _batch_norm(op: ops.BatchNorm2d, channels: str, text: Text, flat: bool) -> Call:
    momentum = literal(float(1 - Decimal(str(op.decay))))  # 0.1, where 1 - 0.9 in floats is 0.09999999999999998
    options = _unless({"eps": "1e-05"}, text) | ({"momentum": momentum} if momentum != "0.1" else {})
    dimensions = "1d" if flat else "2d"
    match op.scale, op.shift:
        case True, True:
            return call(f"nn.BatchNorm{dimensions}", channels, **options)
        case False, False:
            return call(f"nn.BatchNorm{dimensions}", channels, **options, affine="False")
        case False, True:
            return call(SHIFT_ONLY, channels, **options)
        case _:
            return call(SCALE_ONLY, channels, **options)


SHIFT_ONLY, SCALE_ONLY = "ShiftBatchNorm", "ScaleBatchNorm"


def half_batch_norm(name: str) -> str:
    """The class that learns only the shift, or only the scale: torch's `affine=False` drops both."""
    learned, fixed, value = ("bias", "weight", "zeros_") if name == SHIFT_ONLY else ("weight", "bias", "ones_")
    words = "a learned shift and no scale" if name == SHIFT_ONLY else "a learned scale and no shift"
    weight, bias = ("None", "self.bias") if name == SHIFT_ONLY else ("self.weight", "None")
    return f'''class {name}(nn.BatchNorm2d):
    """Batch normalization of maps or vectors with {words}."""

    def __init__(self, num_features: int, eps: float = 1e-05, momentum: float = 0.1) -> None:
        super().__init__(num_features, eps, momentum)
        self.{fixed} = None

    def reset_parameters(self) -> None:
        self.reset_running_stats()
        nn.init.{value}(self.{learned})

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            self.num_batches_tracked.add_(1)
        mean, var = self.running_mean, self.running_var
        return F.batch_norm(x, mean, var, {weight}, {bias}, self.training, self.momentum, self.eps)'''


FLATTEN = "flatten"


def flatten(image: Shape) -> str:
    """The function that makes vectors of maps of one size. It is no part of a traced graph, where nothing can be
    compared; TorchScript can read it."""
    return f'''@torch.fx.wrap
def {FLATTEN}(x: Tensor, height: int, width: int) -> Tensor:
    """Maps of this size as vectors; images of another size than the network is made for may give others."""
    if x.shape[2] != height or x.shape[3] != width:
        raise RuntimeError(
            f"the network is made for {image.height}×{image.width} images and needs maps of {{height}}×{{width}} here, "
            f"not {{x.shape[2]}}×{{x.shape[3]}}: build it for this size (`--input HxW`, `with_input`) or pool `global`"
        )
    return torch.flatten(x, 1)'''


def init_statements(init: Init) -> tuple[str, ...]:
    """What gives `module` (a convolution or linear layer) its first weights."""
    std = literal(init.std)
    cut = f"a={literal(-2 * init.std)}, b={literal(2 * init.std)}"
    draws = {
        "he-normal": 'kaiming_normal_(module.weight, nonlinearity="relu")',
        "he-uniform": 'kaiming_uniform_(module.weight, nonlinearity="relu")',
        "he-normal-fan-out": 'kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")',
        "xavier-normal": "xavier_normal_(module.weight)",
        "xavier-uniform": "xavier_uniform_(module.weight)",
        "normal": f"normal_(module.weight, std={std})",
        "truncated-normal": f"trunc_normal_(module.weight, std={std}, {cut})",
    }
    if init.scheme == "torch":
        return ("module.reset_parameters()",)
    return (f"nn.init.{draws[init.scheme]}", "if module.bias is not None:", "    nn.init.zeros_(module.bias)")
