"""Weights of published checkpoints: a spec and a checkpoint in; what fits, and a module with the weights, out.

A section [weights.NAME] of a spec maps the names of one source to ours. torch is not imported here: a module brings its
own, and files are opened by `torch_checkpoint`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archspec import edit, renaming
from archspec.backends import torch_checkpoint
from archspec.backends.torch_checkpoint import Stored
from archspec.diagnostic import Faults, did_you_mean
from archspec.elaborate import elaborate
from archspec.extras import needs_torch
from archspec.file import Preprocessing, Weights
from archspec.graph import Graph
from archspec.parameters import BATCHES, Parameter, parameters
from archspec.spec import Spec
from archspec.weights_report import Preprocess, Report, Rule, Weight

if TYPE_CHECKING:
    from torch import Tensor, nn

_WRAPPED = re.compile(r"(?:(?:module|_orig_mod)\.)+")  # torch's DataParallel and torch.compile put it before every name
# What a parameter, and what a count of batches, is loaded from: other types would lose a part of their numbers.
_FLOATS = ("float32", "float16", "bfloat16", "float64")
_WHOLE = ("int64", "int32", "int16", "int8", "uint8")
_HEAD_THERE, _HEAD_HERE = "the checkpoint has no such head", "the model has no such head"


def report(spec: Spec, checkpoint: str | Path | Mapping[str, Any], source: str | None = None) -> Report:
    """What of a checkpoint fits a spec; nothing is loaded.

    `checkpoint` is a file, a state_dict, or shapes by name. A state_dict may stand under `state_dict`,
    `model_state_dict` or `model`, and its names may all begin with what DataParallel and torch.compile add.

    `source` names the section [weights.NAME] whose names it has, and `""` says that it has ours; with None, whichever
    fits most. Where the spec has no variant (or reading) chosen, that of the section is. A head of which the checkpoint
    has nothing is left out. Numbers are looked at where they are there: NaN and infinities are noted, which a
    safetensors file, of which only the header is read, leaves to `load_weights`.

    Raises `ValueError` for an unknown source, a file that is no checkpoint, or a spec whose reading must be chosen;
    `OSError` for a file that cannot be opened, `ImportError` where torch is needed and not installed; `Faults` for a
    spec with any.
    """
    stored, values = _opened(checkpoint)
    found = _best(spec, stored, source, None, follow=True)
    return _with_numbers(found, values, {}) if values else found


def load_weights(
    model: nn.Module,
    weights: str | Path | Mapping[str, Tensor],
    source: str | None = None,
    *,
    spec: Spec | None = None,
    strict: bool = True,
) -> Report:
    """Copy the weights of a checkpoint, a file or a state_dict, into a built module, and say what was loaded.

    `source` is that of `report`. `model.spec` says what the module is; a module that was not made by `archspec.build`
    needs `spec`. Weights of heads that the model does not have are left out. What the weights expect of images becomes
    `model.preprocess`. A model on the meta device takes the tensors themselves.

    Raises as `report` does, and `ValueError` where anything is missing, left over, of another shape, or held in a way
    that numbers would be lost (sparse, quantized, integers, on the meta device, too large for the module's type), and
    where the module cannot be written; nothing is loaded then. With `strict=False` what fits is loaded, all or nothing.
    """
    chosen = spec if spec is not None else getattr(model, "spec", None)
    if not isinstance(chosen, Spec):
        raise ValueError("this module does not know its spec: pass spec=")
    stored, tensors = _opened(weights, all_of_it=True)
    with needs_torch():
        from archspec.backends import torch_loading
    own = {name: str(one.dtype).removeprefix("torch.") for name, one in model.state_dict().items()}
    empty = all(one.is_meta for one in model.state_dict().values())  # then it may take tensors without numbers
    stored = {
        name: one._replace(odd=one.odd or torch_loading.odd(tensors[name], empty)) for name, one in stored.items()
    }
    found = _with_numbers(_best(chosen, stored, source, own, follow=False), tensors, own)
    if strict and not found.ok:
        raise ValueError(f"the checkpoint does not fit; strict=False loads what does\n{found}")
    torch_loading.write(model, {one.here.name: tensors[one.there] for one in found.loaded if one.here})
    described(model, chosen, found.preprocess)
    return found


def described(model: nn.Module, spec: Spec, expected: Preprocess | None = None) -> nn.Module:
    """The module with what it is beside its layers: `spec`, and `preprocess`, by default that of the spec."""
    known: Any = model
    known.spec, known.preprocess = spec, expected or preprocess(spec)
    return model


def preprocess(spec: Spec) -> Preprocess | None:
    """What the checkpoints of a spec as it is chosen expect of images. None where none is known, or two disagree."""
    found = {
        _preprocess(one.preprocess) for one in spec.file.weights.values() if one.preprocess and edit.belongs(one, spec)
    }
    return found.pop() if len(found) == 1 else None


def _preprocess(said: Preprocessing) -> Preprocess:
    low, high = said.range
    (m1, m2, m3), (s1, s2, s3) = said.mean, said.std
    return Preprocess((low, high), said.order, (m1, m2, m3), (s1, s2, s3), said.resize, said.crop)


def _opened(
    checkpoint: str | Path | Mapping[str, Any], *, all_of_it: bool = False
) -> tuple[dict[str, Stored], Mapping[str, Any]]:
    """What a checkpoint holds, and its tensors where they were read."""
    if not isinstance(checkpoint, str | Path):
        found = torch_checkpoint.unwrapped(checkpoint)
        stored = torch_checkpoint.described(found)
        return stored, found if all_of_it else {name: value for name, value in found.items() if stored[name].dtype}
    with needs_torch():
        if not all_of_it and Path(checkpoint).suffix == ".safetensors":
            return torch_checkpoint.header(Path(checkpoint)), {}
        tensors = torch_checkpoint.tensors(checkpoint)
    return torch_checkpoint.described(tensors), tensors


# --- the source ------------------------------------------------------------------------------------------------------


def _best(
    spec: Spec, stored: Mapping[str, Stored], source: str | None, own: Mapping[str, str] | None, *, follow: bool
) -> Report:
    """The report for a source or, where none is named, for the one of which most fits."""
    sections = spec.file.weights
    if source is not None:
        if source and source not in sections:
            listed = ", ".join(sections) or "none"
            hint = did_you_mean(source, sections, f"there are: {listed}")
            raise ValueError(f"{spec.name} has no [weights.{source}]; {hint}")
        return _compare(spec, stored, source, own, follow)
    found: list[Report] = []
    failed: dict[str, ValueError | Faults] = {}  # a section that cannot be read is no reason not to try the others
    for name in ("", *sections):
        try:
            found.append(_compare(spec, stored, name, own, follow))
        except (ValueError, Faults) as error:
            failed[name] = error
    if not found:
        raise next(iter(failed.values()))
    notes = [f"[weights.{name}] cannot be used: {error}" for name, error in failed.items() if name]
    most = max(map(_fitting, found))
    best = [replace(one, notes=(*one.notes, *notes)) for one in found if _fitting(one) == most]
    if best[0].ok and len({one.preprocess for one in best}) > 1:
        names = " or ".join(f"source={one.source!r}" for one in best)
        raise ValueError(f"the names of the checkpoint are those of several sources; say {names}")
    return best[0]


def _fitting(found: Report) -> int:
    """How many tensors have the name and the shape of one of ours."""
    return len(found.loaded) + sum(1 for one in found.misshapen if one.unfit)


def _followed(spec: Spec, section: Weights) -> Spec:
    """The spec as a section wants it, where its user chose nothing else."""
    if section.variant and not spec.choice.variants:
        spec = spec.variant(section.variant)
    if section.reading and not spec.choice.readings:
        spec = spec.reading(section.reading)
    return spec


@dataclass(frozen=True)
class _Names:
    """Our layer for each of theirs, and the rule that says so."""

    layers: Mapping[str, str]
    rule: Mapping[str, str]


def _names(spec: Spec, source: str, graph: Graph, known: Collection[str]) -> _Names:
    """The names of a source written out for a network. Raises `ValueError` where two rules give a name two layers."""
    if not source:
        return _Names({name: name for name in known}, {})
    rows = [row.name for row in graph.rows]
    layers: dict[str, str] = {}
    rule_of: dict[str, str] = {}
    for theirs, ours in _rules(spec, source).items():
        for there, here in renaming.pairs(theirs, ours, rows):
            if layers.get(there, here) in known and here in known and layers.get(there, here) != here:
                raise ValueError(f"[weights.{source}] gives `{there}` twice: in `{rule_of[there]}` and in `{theirs}`")
            if layers.get(there) not in known:
                layers[there], rule_of[there] = here, theirs
    return _Names(layers, rule_of)


def _rules(spec: Spec, source: str) -> Mapping[str, str]:
    """The rules of a section, or of the one that it names; that one has rules, which was checked with the file."""
    names = spec.file.weights[source].names
    rules = spec.file.weights[names].names if isinstance(names, str) else names
    assert not isinstance(rules, str)
    return rules


# --- what fits -------------------------------------------------------------------------------------------------------


def _compare(
    spec: Spec, stored: Mapping[str, Stored], source: str, own: Mapping[str, str] | None, follow: bool
) -> Report:
    """`own` are the names of the model and the types of its numbers, None where there is none."""
    section = spec.file.weights[source] if source else None
    if section and follow:
        spec = _followed(spec, section)
    graph = _graph(spec)
    ours = parameters(graph, spec.network)
    if own is not None and (strange := next((name for name in own if name not in ours), None)):
        raise ValueError(f"the module was not built from {spec.name}: `{strange}` is none of its parameters")
    names = _names(spec, source, graph, {name.rpartition(".")[0] for name in ours})
    wrapped = _wrapped(stored, ours)
    found = [_placed(there, wrapped, one, names, ours, own, source) for there, one in stored.items()]
    taken = {one.here.name: one.there for one in found if one.here}
    for one in found:
        if one.here and taken[one.here.name] != one.there:
            raise ValueError(f"`{one.there}` and `{taken[one.here.name]}` of the checkpoint are both `{one.here.name}`")
    heads = {here.row for here in ours.values() if here.head} - {one.here.row for one in found if one.here}
    absent = [here for name, here in ours.items() if name not in taken and (own is None or name in own)]
    absent = [here for here in absent if not here.name.endswith(f".{BATCHES}")]
    headless = [here for here in absent if own is None and here.row in heads]
    ours_too = [one for one in found if one.here and not one.why]
    fits = {one.here.name: one for one in ours_too if one.here and one.here.shape == one.shape and not one.unfit}
    loaded = tuple(fits[name] for name in ours if name in fits)
    rules, uses = _rules(spec, source) if source else {}, _uses(found, wrapped, names)
    return Report(
        _title(spec),
        source,
        loaded,
        tuple(one for one in ours_too if one.here and one.here.name not in fits),
        tuple(Weight(here) for here in absent if here not in headless),
        tuple(one for one in found if one.here is None),
        (*(one for one in found if one.here and one.why), *(Weight(here, why=_HEAD_THERE) for here in headless)),
        tuple(Rule(theirs, here, uses.get(theirs, 0)) for theirs, here in rules.items()),
        (
            *_wrapped_note(wrapped),
            *_conversions(loaded, stored, own or {}),
            *(_notes(spec, source, section) if section else ()),
        ),
        _preprocess(section.preprocess) if section and section.preprocess else None,
    )


def _wrapped(shapes: Collection[str], ours: Collection[str]) -> str:
    """What a wrapper put before every name of a checkpoint; nothing where a network has such names itself."""
    first = _WRAPPED.match(next(iter(shapes), ""))
    if first and all(name.startswith(first[0]) for name in shapes) and not any(map(_WRAPPED.match, ours)):
        return first[0]
    return ""


def _wrapped_note(wrapped: str) -> Iterable[str]:
    if wrapped:
        yield f"every name of the checkpoint begins with `{wrapped}`, which a wrapper of torch adds: read without it"


def _placed(
    there: str,
    wrapped: str,
    held: Stored,
    names: _Names,
    ours: Mapping[str, Parameter],
    own: Collection[str] | None,
    source: str,
) -> Weight:
    """A tensor of the checkpoint beside the parameter that it is, or why it is none."""
    layer, _, leaf = there.removeprefix(wrapped).rpartition(".")
    name = names.layers.get(layer)
    if name is None:
        why = f"no rule of [weights.{source}] names it" if source else "the table has no such layer"
        return Weight(None, there, held.shape, why)
    here = ours.get(f"{name}.{leaf}")
    if here is None:
        known = next((one for one in ours.values() if one.name.rpartition(".")[0] == name), None)
        why = f"{known.words} has no {leaf}" if known else f"the table has no `{name}`"
        return Weight(None, there, held.shape, why)
    why = _HEAD_HERE if own is not None and here.name not in own else ""
    return Weight(here, there, held.shape, why, _unfit(held, here) if held.odd or held.shape == here.shape else "")


def _unfit(held: Stored, here: Parameter) -> str:
    """Why the numbers of a tensor cannot be taken for a parameter; nothing where they can."""
    wanted = _WHOLE if here.name.endswith(f".{BATCHES}") else _FLOATS
    if held.odd or held.dtype in ("", *wanted):
        return held.odd
    return f"stored as {held.dtype}, can be loaded from {', '.join(wanted[:-1])} or {wanted[-1]}"


def _conversions(loaded: Iterable[Weight], stored: Mapping[str, Stored], own: Mapping[str, str]) -> Iterable[str]:
    """Notes on floats whose type is not that of the model, which is float32 where there is none."""
    changed: dict[tuple[str, str], list[str]] = {}
    for one in loaded:
        there, here = stored[one.there].dtype, own.get(one.here.name if one.here else "", "float32")
        if there in _FLOATS and there != here:
            changed.setdefault((there, here), []).append(one.there)
    for (there, here), names in changed.items():
        yield f"{_so_many(names)} stored as {there}, loaded as {here}"


def _with_numbers(found: Report, values: Mapping[str, Tensor], own: Mapping[str, str]) -> Report:
    """The report with what the numbers themselves say: which are none, and which a model cannot hold."""
    from archspec.backends import torch_loading  # here: who has numbers has torch

    loaded = [(one, values[one.there]) for one in found.loaded if one.there in values]
    large = {}
    for one, value in loaded:
        dtype = own.get(one.here.name if one.here else "", "float32")
        if torch_loading.too_large(value, dtype):
            large[one] = replace(one, unfit=f"holds numbers of {value.dtype} that are too large for {dtype}")
    odd = torch_loading.no_numbers({one.there: value for one, value in loaded if one not in large})
    return replace(
        found,
        loaded=tuple(one for one in found.loaded if one not in large),
        misshapen=(*found.misshapen, *large.values()),
        notes=(
            *found.notes,
            *(
                f"{_so_many(names)} with {what} in {'it' if len(names) == 1 else 'them'}"
                for what, names in odd.items()
                if names
            ),
        ),
    )


def _so_many(names: Sequence[str]) -> str:
    return f"1 tensor (`{names[0]}`)" if len(names) == 1 else f"{len(names)} tensors (the first `{names[0]}`)"


def _uses(found: Iterable[Weight], wrapped: str, names: _Names) -> dict[str, int]:
    """How many layers of the checkpoint each rule named."""
    layers = {one.there.removeprefix(wrapped).rpartition(".")[0] for one in found}
    used = [names.rule[layer] for layer in layers if layer in names.rule]
    return {rule: used.count(rule) for rule in used}


def _graph(spec: Spec) -> Graph:
    if spec.needs_reading:
        listed = ", ".join(spec.file.readings)
        raise ValueError(f"{spec.name} has several readings and none is chosen; choose one of: {listed}")
    made = elaborate(spec)
    if made.faults:
        raise Faults(made.faults)
    return made.graph


def _title(spec: Spec) -> str:
    chosen = [f"reading {name}" for name in spec.readings] + [f"variant {name}" for name in spec.variants]
    return ", ".join([spec.name, *chosen])


def _notes(spec: Spec, source: str, section: Weights) -> Iterable[str]:
    if section.variant and section.variant not in spec.variants:
        yield f"[weights.{source}] belongs to the variant `{section.variant}`"
    if not section.variant and spec.variants:
        yield f"[weights.{source}] belongs to the table without a variant"
    if section.reading and section.reading not in spec.readings:
        yield f"[weights.{source}] belongs to the reading `{section.reading}`"
    if section.why:
        yield section.why
