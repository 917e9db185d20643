"""Weights into a module: all or nothing, no number lost in silence, and the report speaks of what can be loaded."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import archspec
from archspec.weights import report

State = dict[str, Any]


def made() -> nn.Module:
    return archspec.build("lenet")


def state() -> State:
    return {name: torch.rand(value.shape) for name, value in made().state_dict().items()}


def changed(model: nn.Module, before: State) -> list[str]:
    return [name for name, value in model.state_dict().items() if not torch.equal(value, before[name])]


def of_every_matrix(change: Callable[[torch.Tensor], Any]) -> State:
    return {name: change(value) if value.dim() == 2 else value for name, value in state().items()}


def uninitialized(_: torch.Tensor) -> Any:
    return nn.UninitializedParameter()


def fake(value: torch.Tensor) -> Any:
    from torch._subclasses.fake_tensor import FakeTensorMode

    return FakeTensorMode().from_tensor(value)


def quantized(value: torch.Tensor) -> Any:
    return torch._make_per_tensor_quantized_tensor(torch.zeros(value.shape, dtype=torch.int8), 0.1, 0)


UNFIT: dict[str, tuple[Callable[[torch.Tensor], Any], str]] = {
    "sparse": (lambda value: value.to_sparse(), "a tensor of layout sparse_coo"),
    "sparse rows": (lambda value: value.to_sparse_csr(), "a tensor of layout sparse_csr"),
    "quantized": (quantized, "stored as qint8, can be loaded from float32"),
    "on meta": (lambda value: value.to("meta"), "on the meta device, without numbers"),
    "int64": (lambda value: (value * 100).long(), "stored as int64, can be loaded from float32"),
    "int8": (lambda value: (value * 100).to(torch.int8), "stored as int8"),
    "bool": (lambda value: value > 0, "stored as bool"),
    "complex": (lambda value: value.to(torch.complex64), "stored as complex64"),
    "float8": (lambda value: value.to(torch.float8_e4m3fn), "stored as float8_e4m3fn"),
    "too large": (
        lambda value: value.double() * 1e300,
        "holds numbers of torch.float64 that are too large for float32",
    ),
    "uninitialized": (uninitialized, "without a shape"),
    "nested": (lambda value: torch.nested.nested_tensor([value[0], value[0, :3]]), "without a shape"),
    "fake": (fake, "no plain tensor but FakeTensor"),
    "numpy": (lambda value: value.numpy(), "no tensor of torch but ndarray"),
}


@pytest.mark.filterwarnings("ignore")  # torch's own, about what is in beta or deprecated
@pytest.mark.parametrize("kind", UNFIT)
def test_nothing_is_loaded_where_a_tensor_cannot_be(kind: str) -> None:
    change, why = UNFIT[kind]
    model = made()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    given = of_every_matrix(change)
    with pytest.raises(ValueError, match="the checkpoint does not fit") as caught:
        archspec.load_weights(model, given)
    assert why in str(caught.value)
    assert changed(model, before) == []
    found = archspec.load_weights(model, given, strict=False)
    assert {one.here.name for one in found.misshapen if one.here} == {
        name for name in before if before[name].dim() == 2
    }
    assert changed(model, before) == [name for name in before if before[name].dim() != 2]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", [kind for kind in UNFIT if kind not in ("uninitialized", "nested", "fake", "numpy")])
def test_the_report_says_of_a_file_what_loading_it_does(kind: str, tmp_path: Path) -> None:
    torch.save(of_every_matrix(UNFIT[kind][0]), tmp_path / "a.pt")
    if kind == "on meta":
        for read in (report, lambda spec, file: archspec.load_weights(archspec.build(spec), file)):
            with pytest.raises(ValueError, match=r"a\.pt: `c5\.weight` was saved on the meta device, without numbers"):
                read(archspec.load("lenet"), tmp_path / "a.pt")
        return
    found = report(archspec.load("lenet"), tmp_path / "a.pt")
    assert not found.ok
    assert UNFIT[kind][1] in str(found)


def test_other_types_of_floats_are_said() -> None:
    for dtype in (torch.float16, torch.bfloat16, torch.float64):
        model = made()
        given = {name: value.to(dtype) for name, value in state().items()}
        found = archspec.load_weights(model, given)
        name = str(dtype).removeprefix("torch.")
        assert f"10 tensors (the first `c1.weight`) stored as {name}, loaded as float32" in str(found)
        assert report(archspec.load("lenet"), given).notes == found.notes
        assert changed(model, {key: value.float() for key, value in given.items()}) == []
    half = archspec.build("lenet", dtype=torch.float16)
    assert "stored as float32, loaded as float16" in str(archspec.load_weights(half, state()))
    assert {value.dtype for value in half.state_dict().values()} == {torch.float16}
    with pytest.raises(ValueError, match=r"holds numbers of torch\.float32 that are too large for float16"):
        archspec.load_weights(half, of_every_matrix(lambda value: value * 1e9))


def test_values_that_are_no_numbers_are_said(tmp_path: Path) -> None:
    given = state()
    given["output.bias"][0] = float("nan")
    given["c1.weight"][0, 0, 0, 0] = float("inf")
    given["c1.bias"][0] = float("-inf")
    for found in (report(archspec.load("lenet"), given), archspec.load_weights(made(), given)):
        assert found.ok
        assert "note: 1 tensor (`output.bias`) with NaN in it\n" in found.render()
        assert "note: 2 tensors (the first `c1.weight`) with infinity in them\n" in found.render()
    save_file(given, tmp_path / "a.safetensors")
    assert "infinity in them" in str(archspec.load_weights(made(), tmp_path / "a.safetensors"))


def test_views_of_other_memory_are_loaded() -> None:
    given = of_every_matrix(lambda value: torch.stack([value, -value], -1)[..., 1])
    given["c1.bias"] = torch.tensor(2.0).expand(given["c1.bias"].shape)
    for model in (made(), archspec.build("lenet", device="meta")):
        archspec.load_weights(model, given)
        assert changed(model, given) == []
        with torch.no_grad():
            dict(model.named_parameters())["c1.bias"][0] += 1  # the memory is the module's own
        assert changed(model, given) == ["c1.bias"]


def test_a_module_takes_its_own_weights_in_another_order() -> None:
    def two() -> archspec.api.Spec:
        from archspec.document import parse
        from archspec.source import Source

        text = """
format = 1
name = "two"
input = "8x8x3"
[defaults]
conv = { bias = true, norm = "none", act = "none" }
[network]
layers = [
  { name = "a", type = "conv", patch = "3x3", pad = "same", out = 3 },
  { name = "b", type = "conv", patch = "3x3", pad = "same", out = 3 },
]
"""
        return archspec.api.from_document(parse(Source("two.toml", text)))

    model = archspec.build(two())
    before = {name: value.clone() for name, value in model.state_dict().items()}
    own = model.state_dict()
    other = {"a": "b", "b": "a"}
    archspec.load_weights(model, {f"{other[name[0]]}{name[1:]}": value for name, value in own.items()})
    assert changed(model, {f"{other[name[0]]}{name[1:]}": value for name, value in before.items()}) == []

    tied: Any = archspec.build(two())
    tied.b.weight = tied.a.weight
    before = {name: value.clone() for name, value in tied.state_dict().items()}
    with pytest.raises(ValueError, match="shares its memory with another, whose values are others"):
        archspec.load_weights(tied, own)
    assert changed(tied, before) == []
    archspec.load_weights(tied, {**own, "b.weight": own["a.weight"]})
    assert tied.b.weight is tied.a.weight


def test_a_module_that_cannot_be_written_stays_as_it_was() -> None:
    model: Any = made()
    last = [name for name in model.state_dict() if name.endswith("bias")][-1].rpartition(".")[0]
    layer = model.get_submodule(last)
    layer.bias = nn.Parameter(torch.zeros(1).expand(layer.bias.shape), requires_grad=False)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(ValueError, match=rf"`{last}\.bias` of the module cannot be written: \w"):
        archspec.load_weights(model, state())
    assert changed(model, before) == []


def test_a_module_on_the_meta_device_stays_there_where_it_cannot_be_written() -> None:
    model: Any = archspec.build("lenet", device="meta")
    model.c1.bias = nn.Parameter(torch.zeros(1).expand(model.c1.bias.shape), requires_grad=False)
    with pytest.raises(ValueError, match="cannot be written"):
        archspec.load_weights(model, state())
    assert {name for name, value in model.state_dict().items() if not value.is_meta} == {"c1.bias"}


def test_a_frozen_parameter_is_written_and_stays_frozen() -> None:
    for device in ("cpu", "meta"):
        model: Any = archspec.build("lenet", device=device)
        model.c1.weight.requires_grad_(False)
        given = state()
        given["c1.bias"] = nn.Parameter(given["c1.bias"])
        archspec.load_weights(model, given)
        assert not model.c1.weight.requires_grad
        assert model.c1.bias.requires_grad
        assert model.c1.bias is not given["c1.bias"]


def test_what_is_no_tensor_is_said() -> None:
    cases: dict[str, Any] = {"`epoch` is no tensor: an int": {"epoch": 3}, "3 is no name of a tensor": {3: (1,)}}
    for why, given in cases.items():
        for read in (report, lambda spec, given: archspec.load_weights(archspec.build(spec), given)):
            with pytest.raises(ValueError, match=why):
                read(archspec.load("lenet"), given)


# --- files -----------------------------------------------------------------------------------------------------------


def safetensors(path: Path, header: dict[str, Any] | bytes, data: bytes) -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path


def entry(shape: list[Any], start: int, end: int, dtype: str = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


BROKEN: dict[str, tuple[dict[str, Any] | bytes, int]] = {
    "overlapping": ({"a": entry([2], 0, 8), "b": entry([2], 4, 12)}, 12),
    "one place for two": ({"a": entry([2], 0, 8), "b": entry([2], 0, 8)}, 8),
    "a gap": ({"a": entry([1], 0, 4), "b": entry([1], 8, 12)}, 12),
    "not from the start": ({"a": entry([1], 4, 8)}, 8),
    "backwards": ({"a": entry([1], 4, 0), "b": entry([1], 0, 4)}, 4),
    "negative": ({"a": entry([-1], 0, 4)}, 4),
    "negative twice": ({"a": entry([-1, -1], 0, 4)}, 4),
    "2^124": ({"a": entry([2**62, 2**62], 0, 4)}, 4),
    "more than there is": ({"a": entry([3], 0, 8)}, 8),
    "an unknown type": ({"a": entry([1], 0, 4, "F31")}, 4),
    "a type that is no text": ({"a": {**entry([1], 0, 4), "dtype": [1]}}, 4),
    "a fraction": ({"a": entry([1.0], 0, 4)}, 4),
    "text": ({"a": entry(["1"], 0, 4)}, 4),
    "truth": ({"a": entry([True], 0, 4)}, 4),
    "three offsets": ({"a": {**entry([1], 0, 4), "data_offsets": [0, 4, 4]}}, 4),
    "not UTF-8": (b'{"\xff":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4),
    "UTF-16": (json.dumps({"a": entry([1], 0, 4)}).encode("utf-16"), 4),
    "metadata of numbers": ({"__metadata__": {"a": 1}, "a": entry([1], 0, 4)}, 4),
    "many names": ({f"x{i}": entry([1], 4 * i, 4 * i + 4) for i in range(100_001)}, 400_004),
    "a long header": (b'{"__metadata__":{"a":"' + b" " * 32_000_000 + b'"}}', 0),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_header_that_cannot_be_loaded_does_not_fit(kind: str, tmp_path: Path) -> None:
    header, size = BROKEN[kind]
    file = safetensors(tmp_path / "a.safetensors", header, bytes(size))
    for read in (report, lambda spec, file: archspec.load_weights(archspec.build(spec), file)):
        with pytest.raises(ValueError, match=r"a\.safetensors: (no|cut|`a` holds|100,001 tensors|\w+)") as caught:
            read(archspec.load("lenet"), file)
        assert "\n" not in str(caught.value)


def test_a_zip_that_is_more_than_it_is_is_refused(tmp_path: Path) -> None:
    torch.save(state(), tmp_path / "a.pt")
    with (
        zipfile.ZipFile(tmp_path / "a.pt") as whole,
        zipfile.ZipFile(tmp_path / "b.pt", "w", zipfile.ZIP_DEFLATED) as b,
    ):
        for part in whole.infolist():
            b.writestr(part.filename, whole.read(part))
    for read in (report, lambda spec, file: archspec.load_weights(archspec.build(spec), file)):
        with pytest.raises(ValueError, match=r"b\.pt: refused: the zip is compressed"):
            read(archspec.load("lenet"), tmp_path / "b.pt")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are of POSIX")
@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_a_pipe_is_not_waited_for(suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"a{suffix}"
    os.mkfifo(file)
    for read in (report, lambda spec, file: archspec.load_weights(archspec.build(spec), file)):
        with pytest.raises(ValueError, match="no regular file"):
            read(archspec.load("lenet"), file)
