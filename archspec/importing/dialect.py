"""What a printed table leaves unsaid: padding, rounding, bias, norm, the input, what its counts count.

A `Draft` without a dialect goes in; one comes out that has what its rows need, chosen of what published networks use so
that as many printed sizes and counts as can hold do. Every value says beside it that it is a guess.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from archspec.claims import failing
from archspec.edit import literal
from archspec.elaborate import Expander, elaborate
from archspec.importing.draft import Draft, Said, spec_of
from archspec.recovery import follow
from archspec.vocabulary import OPERATIONS

_POOLINGS = ({"pad": 0, "rounding": "ceil"}, {"pad": 0, "rounding": "floor"}, {"pad": 1, "rounding": "floor"},
             {"pad": "tf-same", "rounding": "floor"})  # fmt: skip

# The values in use of every key that has no neutral one; the first is the guess where a table does not tell.
_DIALECTS: Mapping[str, tuple[dict[str, Any], ...]] = {
    "conv": tuple({"pad": pad, "bias": True, "norm": "none", "act": "relu"} for pad in ("same", 0)),
    "max-pool": _POOLINGS,
    "avg-pool": tuple({**pooling, "count-pad": True} for pooling in _POOLINGS),
    "batch-norm": ({"eps": 1e-5},),
    "lrn": ({"size": 5, "alpha": 1e-4, "beta": 0.75, "k": 1},),
    "dropout": ({"rate": "50%"},),
}

_COUNTS = {"params": ({"K": 1000, "of": "weights"}, {"K": 1024, "of": "weights"}, {"K": 1000, "of": "parameters"}),
           "ops": ({"of": "macs"}, {"of": "flops"})}  # fmt: skip


def with_dialect(draft: Draft, inputs: Sequence[Said], counts: Sequence[str]) -> tuple[Draft, int]:
    """The draft with [defaults], the best of `inputs`, and units for those of `params` and `ops` that it prints; and
    how many of its printed values do not hold."""
    needs = _needs(draft)
    for name, keys in needs.items():
        draft = _with_default(draft, name, _of_keys(name, keys)[0])
    if counts:
        draft = replace(draft, units=_units({key: _COUNTS[key][0] for key in counts}))
    fewest = _wrong(draft)
    while True:  # one choice can make another fit, so as long as something gets better
        before = fewest
        for name, keys in needs.items():
            # the first output says either an input or a padding, so the two are one guess
            beside = inputs if name == "conv" else [draft.input]
            drafts = [replace(_with_default(draft, name, values), input=said)
                      for values in _of_keys(name, keys) for said in beside]  # fmt: skip
            draft, fewest = _best(drafts, draft, fewest)
        draft, fewest = _best([replace(draft, input=said) for said in inputs], draft, fewest)
        for key in counts:
            assert draft.units is not None
            units = [_units({**draft.units.value, key: values}) for values in _COUNTS[key]]
            draft, fewest = _best([replace(draft, units=one) for one in units], draft, fewest)
        if fewest == before:
            return _explained(draft, needs, fewest), fewest[1]


def _units(value: dict[str, Any]) -> Said:
    return Said(value, "guessed: what the counts count")


def _needs(draft: Draft) -> dict[str, list[str]]:
    """The keys of each operation that neither its rows say nor the language: those that elaboration asks for."""
    needs: dict[str, list[str]] = {}
    while True:
        found = False
        for fault in elaborate(spec_of(draft)).faults:
            asking = str(fault.facts.get("type", ""))
            name = (OPERATIONS[asking].also or asking) if asking in OPERATIONS else ""
            keys = [key for key in fault.facts.get("needs", ()) if name in _DIALECTS and key in _DIALECTS[name][0]]
            more = [key for key in keys if key not in needs.get(name, ())]
            if more:
                found = True
                needs.setdefault(name, []).extend(more)
        if not found:
            return {name: needs[name] for name in _DIALECTS if name in needs}
        for name, keys in needs.items():
            draft = _with_default(draft, name, _of_keys(name, keys)[0])


def _of_keys(name: str, keys: Sequence[str]) -> list[dict[str, Any]]:
    """The values in use of these keys, each set once."""
    chosen = ({key: values[key] for key in values if key in keys} for values in _DIALECTS[name])
    return list({literal(values): values for values in chosen}.values())


def _with_default(draft: Draft, name: str, values: dict[str, Any]) -> Draft:
    return replace(draft, defaults={**draft.defaults, name: Said(values)})


def _best(drafts: Sequence[Draft], draft: Draft, fewest: tuple[int, int]) -> tuple[Draft, tuple[int, int]]:
    """The first draft with the fewest faults and failing claims; the given one where none has fewer than it."""
    for one in drafts:
        if (wrong := _wrong(one)) < fewest:
            draft, fewest = one, wrong
    return draft, fewest


def _wrong(draft: Draft) -> tuple[int, int]:
    """How many faults a draft has, and how many of its claims do not hold."""
    network = spec_of(draft).network
    expander = Expander(network)
    rows = follow(expander)
    faults = len(network.faults) + len(expander.faults) + sum(len(row.faults) for row in rows)
    return faults, sum(len(failing(row.layer, row, network.units)) for row in rows if row.output is not None)


def _explained(draft: Draft, needs: Mapping[str, Sequence[str]], fewest: tuple[int, int]) -> Draft:
    """The draft with a comment at each default: what else fits the table as well."""
    explained = draft
    for name, keys in needs.items():
        chosen = draft.defaults[name].value
        others = [values for values in _of_keys(name, keys) if values != chosen]
        as_well = [values for values in others if _wrong(_with_default(draft, name, values)) == fewest]
        note = "guessed"
        if as_well:
            note += f"; the table fits as well with {', or '.join(_changed(chosen, values) for values in as_well)}"
        elif others:
            note += ": of those in use, the one that fits the table best"
        if name == "conv" and len(keys) > 1:
            note += ". check: bias, norm and act are in no table"
        explained = replace(explained, defaults={**explained.defaults, name: Said(chosen, note)})
    conv = draft.defaults["conv"].value if "conv" in draft.defaults else {}
    if {"bias", "norm"} <= conv.keys():
        note = "with batch normalization: these two instead"
        normed = Said({**conv, "bias": False, "norm": "batch-norm"}, note, off=True)
        more = (("conv", normed), ("batch-norm", Said({"eps": 1e-5}, off=True)))
        explained = replace(explained, more_defaults=more[: 1 if "batch-norm" in draft.defaults else 2])
    return explained


def _changed(chosen: dict[str, Any], values: dict[str, Any]) -> str:
    """What differs from the chosen values, as a comment says it."""
    return " and ".join(f"{key} = {literal(value)}" for key, value in values.items() if chosen[key] != value)
