"""The rules that hold a table to what it prints, one a file, in the order in which a row's findings are preferred."""

from archspec.checks.concat_sum import concat_sum
from archspec.checks.depth import depth
from archspec.checks.input_size import input_size
from archspec.checks.output_channels import output_channels
from archspec.checks.output_size import output_size
from archspec.checks.params_ops import params_ops

RULES = (concat_sum, output_channels, output_size, input_size, depth, params_ops)

__all__ = ["RULES"]
