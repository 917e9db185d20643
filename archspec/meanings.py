"""What the words of the language mean, in a sentence each: for hovers and schemas. Data only.

The words themselves, and what kind of value a key takes, are those of vocabulary.py and file.py.
"""

from __future__ import annotations

from archspec.vocabulary import Kind

OPERATIONS: dict[str, str] = {
    "conv": "a convolution, with its norm and activation",
    "separable-conv": "a depthwise convolution and a 1×1 one; bias, norm and activation belong to the 1×1",
    "depthwise-conv": "a convolution of each channel by itself",
    "max-pool": "the largest value of each window",
    "avg-pool": "the average of each window",
    "linear": "a fully connected layer; it flattens a map, channels first",
    "batch-norm": "batch normalization",
    "lrn": "local response normalization, over neighbouring channels",
    "dropout": "leaves out a share of the values while training",
    "relu": "max(x, 0)",
    "relu6": "min(max(x, 0), 6)",
    "sigmoid": "1 / (1 + exp(-x))",
    "tanh": "the hyperbolic tangent",
    "softmax": "probabilities; a built module returns logits unless it is asked for these",
    "identity": "passes its input on; a variant removes a row with it",
}

KEYS: dict[str, str] = {
    # of any layer
    "type": "an operation, a module, or a word of [types]",
    "name": "what the layer is called; names of rows are unique",
    "repeat": "how many instances there are; a cell may then be a list with one value for each",
    # of operations
    "patch": "the window, height × width, and its stride, `3×3/2`; `V` is unpadded; pools take `global` and `to 4×4`",
    "stride": "by how much the window moves; not beside a stride in the patch",
    "pad": "cells of padding: a number, `1×0`, `same`, `tf-same`, or one for each side",
    "out": "the number of filters, or of values of a linear layer",
    "multiplier": "the filters for each channel of the input",
    "groups": "parts of the channels that are convolved apart",
    "dilation": "the distance between the cells of the kernel",
    "bias": "whether a bias is added",
    "norm": "the normalization of a layer; the constants are those of [defaults] batch-norm",
    "act": "the activation",
    "order": "where the norm and the activation stand",
    "init": "how the weights are drawn",
    "rounding": "whether a last window that does not fit the map counts (`ceil`) or not (`floor`)",
    "count-pad": "whether an average counts padded cells",
    "eps": "what is added to the variance",
    "decay": "the share of the old average that is kept; torch's momentum is 1 minus it",
    "scale": "of a block, the factor in front of the sum; of a batch norm, whether gamma is learned",
    "shift": "whether beta is learned",
    "size": "over how many channels the squares are summed",
    "alpha": "the factor of the sum of squares",
    "beta": "the exponent",
    "k": "what the sum of squares is added to",
    "rate": "the share that is dropped",
    # of blocks and modules
    "layers": "layers one after the other",
    "branches": "layers side by side, each given the block's input; `join` says how they meet",
    "then": "layers after the join",
    "join": "how branches meet: `concat` or `add`",
    "shortcut": "adds the input of the block to its output",
    "projection": "a layer for the shortcut where the two shapes differ",
    "columns": "captions of the cells that a row gives",
    "optional": "further columns, each with its value",
    # of heads
    "from": "the row, or the instance of a row, that the head reads",
    "loss-weight": "the factor of the head's loss in training",
    # claims
    "output": "the size that the row gives, with or without channels; a claim that is checked",
    "input": "the size that the row is given; a claim that is checked",
    "depth": "the longest path in convolutions and linear layers; a claim that is checked",
    "params": "the number of weights; a claim that is checked, in the table's `units`",
    "ops": "the number of operations; a claim that is checked, in the table's `units`",
}

SECTIONS: dict[str, str] = {
    "format": "the version of the language, 1",
    "name": "what the network is called",
    "input": "height × width × channels of the image",
    "paper": "where the table is printed",
    "reading": "the reading that is taken where nobody names one",
    "params": "values that a caller may change; a cell refers to one as `$classes`",
    "types": "what the words of the type column mean",
    "defaults": "cells that rows do not repeat, by operation or module",
    "modules": "blocks with names and columns",
    "table": "the network as a table",
    "network": "the network as a list of layers",
    "heads": "side outputs",
    "errata": "corrections of single cells, always in force",
    "allow": "claims that may fail, and why",
    "readings": "ways to make the table agree with itself that are different networks",
    "variants": "networks that are described by their difference from this one",
    "recipe": "how the network was trained; no command reads it",
    "weights": "which names of a published checkpoint are which layers",
}

SECTION_KEYS: dict[str, str] = {
    "rows": "the cells, one list a row",
    "added": "names of rows that the paper does not print",
    "units": "what printed counts mean",
    "why": "the reason, for people",
    "read": "how the cell is read",
    "extends": "the readings or variants that this one builds on",
}

# Of the keys inside a section, by its model in file.py.
PARTS: dict[str, dict[str, str]] = {
    "Paper": {
        "arxiv": "its number on arXiv",
        "doi": "its DOI",
        "title": "its title",
        "table": "what the table is called there, such as `table 1`",
        "url": "where it can be read",
    },
    "Units": {
        "params": "of the column `params`",
        "ops": "of the column `ops`",
    },
    "Unit": {
        "K": "what K stands for",
        "M": "what M stands for",
        "B": "what B stands for",
        "of": "what is counted: `weights` (no biases, no normalization) or `parameters`, `macs` or `flops`",
    },
    "Weights": {
        "names": "the checkpoint's names and the network's, or the section that has them",
        "variant": "the variant that the checkpoint is of",
        "reading": "the reading that the checkpoint is of",
        "preprocess": "what the checkpoint expects of an image",
        "url": "where the checkpoint is published",
        "licence": "the licence of the checkpoint",
    },
    "Preprocessing": {
        "range": "the lowest and the highest value of a pixel",
        "order": "the order of the channels",
        "mean": "what is taken from each channel",
        "std": "what each channel is divided by",
        "resize": "how the image is resized",
        "crop": "what is cut out of it",
    },
}

KINDS: dict[Kind, str] = {
    "patch": '"3×3", "7×7/2", "3×3/2 V", "global" or "to 4×4"',
    "stride": '2 or "2×1"',
    "pad": '1, "1×0", "same", "tf-same" or { top = 0, bottom = 1, left = 0, right = 1 }',
    "channels": "a number of filters, 64",
    "integer": "a whole number of at least 1",
    "whole": "a whole number, 0 too",
    "number": "a number",
    "boolean": "true or false",
    "rate": '0.4 or "40%"',
    "size": '"28×28×256" or "28×28"',
    "count": '"159K", "2.7M" or 61706',
    "init": '"torch", "he-normal", "normal 0.01" and the like',
    "type": "a word",
}
