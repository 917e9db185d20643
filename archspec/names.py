"""Names of parameters: a printed name in, a Python identifier out (docs/spec-format.md, section 11).

The path of a parameter is made of these, joined by dots: `inception_4c.branch_3x3.reduce.weight`.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from functools import lru_cache

from archspec.notation import key_of

# What torch.nn.Module and torch.nn.Sequential call their own: `self.double` would be the method, not the branch. A test
# compares the list with torch's.
TORCH_NAMES = frozenset(
    """
    T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches
    eval extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict
    modules mtia named_buffers named_children named_modules named_parameters parameters register_backward_hook
    register_buffer register_forward_hook register_forward_pre_hook register_full_backward_hook
    register_full_backward_pre_hook register_load_state_dict_post_hook register_load_state_dict_pre_hook
    register_module register_parameter register_state_dict_post_hook register_state_dict_pre_hook requires_grad_
    set_extra_state set_submodule share_memory state_dict to to_empty train training type xpu zero_grad append
    extend insert pop
    """.split()
)
OWN_NAMES = frozenset({"initialise", "source", "spec", "preprocess"})  # what the built modules have themselves


@lru_cache(4096)
def identifier(name: str, prefix: str) -> str:
    """A name as an identifier: other signs become `_`, a leading digit gets the prefix, a taken word a trailing `_`."""
    text = _letters(name.replace("×", "x"))
    if not text.isidentifier():
        text = f"{prefix}_{text}".rstrip("_")
    taken = keyword.iskeyword(text) or keyword.issoftkeyword(text) or text in TORCH_NAMES | OWN_NAMES
    return f"{text}_" if taken else text


@lru_cache(4096)
def prefix_of(word: str) -> str:
    """The prefix that a printed type word gives: `inception`, `max_pool`, `convolution` for `convolution*`."""
    printed = word.split("(")[0]
    shown = printed.replace("×", "x")
    text = key_of(printed).replace("-", "_") if shown.isascii() else _letters(shown.lower())
    return text if text.isidentifier() else f"row_{text}".rstrip("_")


def _letters(name: str) -> str:
    """The letters and digits of a name, of any script; `_` stands for a run of other signs.

    Python reads identifiers in the normal form NFKC, so this is in it too: `conv²` is `conv2`.
    """
    if name.isascii():
        return re.sub(r"[^0-9A-Za-z_]+", "_", name).strip("_")
    normal = unicodedata.normalize("NFKC", name)
    return "_".join("".join(one if _is_letter(one) else " " for one in normal).split()).strip("_")


def _is_letter(character: str) -> bool:
    """A letter, a digit, a mark on one of them, or `_`, where Python takes it in an identifier."""
    return f"x{character}".isidentifier() and (character == "_" or unicodedata.category(character)[0] in "LMN")


def instance(name: str, index: int) -> str:
    """The name of an instance of a repeated layer, from 1: `a3`, or `conv3_1` where the name ends in a digit."""
    return f"{name}_{index}" if name[-1:].isdigit() else f"{name}{index}"
