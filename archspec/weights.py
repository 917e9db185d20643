"""Weights of published checkpoints: a spec and a checkpoint in; what fits, and a module with the weights, out.

A section [weights.NAME] of a spec maps the names of one source to ours. torch is not imported here: a module brings its
own, and files are opened by `torch_checkpoint`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archspec import renaming
from archspec.backends import torch_checkpoint
from archspec.diagnostic import Faults, did_you_mean
from archspec.elaborate import elaborate
from archspec.extras import needs_torch
from archspec.file import Preprocessing, Weights
from archspec.graph import Graph
from archspec.parameters import BATCHES, Parameter, parameters
from archspec.spec import Spec
from archspec.weights_report import Preprocess, Report, Rule, Shape, Weight

if TYPE_CHECKING:
    from torch import Tensor, nn

_WRAPPED = re.compile(r"(?:(?:module|_orig_mod)\.)+")  # torch's DataParallel and torch.compile put it before every name
_HEAD_THERE, _HEAD_HERE = "the checkpoint has no such head", "the model has no such head"


def report(spec: Spec, checkpoint: str | Path | Mapping[str, Any], source: str | None = None) -> Report:
    """What of a checkpoint fits a spec; nothing is loaded.

    `checkpoint` is a file, a state_dict, or shapes by name. A state_dict may stand under `state_dict`,
    `model_state_dict` or `model`, and its names may all begin with what DataParallel and torch.compile add.

    `source` names the section [weights.NAME] whose names it has, and `""` says that it has ours; with None, whichever
    fits most. Where the spec has no variant (or reading) chosen, that of the section is. A head of which the checkpoint
    has nothing is left out.

    Raises `ValueError` for an unknown source, a file that is no checkpoint, or a spec whose reading must be chosen;
    `OSError` for a file that cannot be opened, `ImportError` where torch is needed and not installed; `Faults` for a
    spec with any.
    """
    if isinstance(checkpoint, str | Path):
        with needs_torch():
            shapes = torch_checkpoint.shapes(checkpoint)
    else:
        shapes = _shapes(torch_checkpoint.unwrapped(checkpoint))
    return _best(spec, shapes, source, None, follow=True)


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

    Raises `ValueError` as `report` does, and where anything is missing, left over or of another shape; nothing is
    loaded then. With `strict=False` what fits is loaded.
    """
    chosen = spec if spec is not None else getattr(model, "spec", None)
    if not isinstance(chosen, Spec):
        raise ValueError("this module does not know its spec: pass spec=")
    if isinstance(weights, str | Path):
        with needs_torch():
            tensors: Mapping[str, Tensor] = torch_checkpoint.tensors(weights)
    else:
        tensors = torch_checkpoint.unwrapped(weights)
    own = model.state_dict()
    found = _best(chosen, _shapes(tensors), source, own.keys(), follow=False)
    if strict and not found.ok:
        raise ValueError(f"the checkpoint does not fit; strict=False loads what does\n{found}")
    fitting = {one.here.name: tensors[one.there] for one in found.loaded if one.here}
    model.load_state_dict(fitting, strict=False, assign=any(tensor.is_meta for tensor in own.values()))
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
        _preprocess(one.preprocess)
        for one in spec.file.weights.values()
        if one.preprocess
        and spec.choice.variants == ((one.variant,) if one.variant else ())
        and one.reading in (None, *spec.readings)
    }
    return found.pop() if len(found) == 1 else None


def _preprocess(said: Preprocessing) -> Preprocess:
    low, high = said.range
    (m1, m2, m3), (s1, s2, s3) = said.mean, said.std
    return Preprocess((low, high), said.order, (m1, m2, m3), (s1, s2, s3), said.resize, said.crop)


# --- the source ------------------------------------------------------------------------------------------------------


def _best(
    spec: Spec, shapes: Mapping[str, Shape], source: str | None, own: Collection[str] | None, *, follow: bool
) -> Report:
    """The report for a source or, where none is named, for the one of which most fits."""
    sections = spec.file.weights
    if source is not None:
        if source and source not in sections:
            listed = ", ".join(sections) or "none"
            hint = did_you_mean(source, sections, f"there are: {listed}")
            raise ValueError(f"{spec.name} has no [weights.{source}]; {hint}")
        return _compare(spec, shapes, source, own, follow)
    found: list[Report] = []
    failed: dict[str, ValueError | Faults] = {}  # a section that cannot be read is no reason not to try the others
    for name in ("", *sections):
        try:
            found.append(_compare(spec, shapes, name, own, follow))
        except (ValueError, Faults) as error:
            failed[name] = error
    if not found:
        raise next(iter(failed.values()))
    notes = [f"[weights.{name}] cannot be used: {error}" for name, error in failed.items() if name]
    most = max(len(one.loaded) for one in found)
    best = [replace(one, notes=(*one.notes, *notes)) for one in found if len(one.loaded) == most]
    if best[0].ok and len({one.preprocess for one in best}) > 1:
        names = " or ".join(f"source={one.source!r}" for one in best)
        raise ValueError(f"the names of the checkpoint are those of several sources; say {names}")
    return best[0]


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


def _compare(spec: Spec, shapes: Mapping[str, Shape], source: str, own: Collection[str] | None, follow: bool) -> Report:
    """`own` are the names of the model, None where there is none."""
    section = spec.file.weights[source] if source else None
    if section and follow:
        spec = _followed(spec, section)
    graph = _graph(spec)
    ours = parameters(graph, spec.network)
    if own is not None and (strange := next((name for name in own if name not in ours), None)):
        raise ValueError(f"the module was not built from {spec.name}: `{strange}` is none of its parameters")
    names = _names(spec, source, graph, {name.rpartition(".")[0] for name in ours})
    wrapped = _wrapped(shapes, ours)
    found = [_placed(there, wrapped, shape, names, ours, own, source) for there, shape in shapes.items()]
    taken = {one.here.name: one.there for one in found if one.here}
    for one in found:
        if one.here and taken[one.here.name] != one.there:
            raise ValueError(f"`{one.there}` and `{taken[one.here.name]}` of the checkpoint are both `{one.here.name}`")
    heads = {here.row for here in ours.values() if here.head} - {one.here.row for one in found if one.here}
    absent = [here for name, here in ours.items() if name not in taken and (own is None or name in own)]
    absent = [here for here in absent if not here.name.endswith(f".{BATCHES}")]
    headless = [here for here in absent if own is None and here.row in heads]
    fits = {one.here.name: one for one in found if one.here and not one.why and one.here.shape == one.shape}
    rules, uses = _rules(spec, source) if source else {}, _uses(found, wrapped, names)
    return Report(
        _title(spec),
        source,
        tuple(fits[name] for name in ours if name in fits),
        tuple(one for one in found if one.here and not one.why and one.here.shape != one.shape),
        tuple(Weight(here) for here in absent if here not in headless),
        tuple(one for one in found if one.here is None),
        (*(one for one in found if one.here and one.why), *(Weight(here, why=_HEAD_THERE) for here in headless)),
        tuple(Rule(theirs, here, uses.get(theirs, 0)) for theirs, here in rules.items()),
        (*_wrapped_note(wrapped), *(_notes(spec, source, section) if section else ())),
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
    shape: Shape,
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
        return Weight(None, there, shape, why)
    here = ours.get(f"{name}.{leaf}")
    if here is None:
        known = next((one for one in ours.values() if one.name.rpartition(".")[0] == name), None)
        why = f"{known.words} has no {leaf}" if known else f"the table has no `{name}`"
        return Weight(None, there, shape, why)
    return Weight(here, there, shape, _HEAD_HERE if own is not None and here.name not in own else "")


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


def _shapes(tensors: Mapping[str, Any]) -> dict[str, Shape]:
    """Shapes of tensors by name; what is a shape already stays."""
    return {name: tuple(getattr(tensor, "shape", tensor)) for name, tensor in tensors.items()}


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
