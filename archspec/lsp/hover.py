"""What is said of the place under the pointer: an analysis and an offset in; a place and Markdown out.

In a row, its arithmetic; on a caption or a key, what it means; on the name of a module, its columns. In comments and
between tokens nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archspec import meanings, ops
from archspec.cost import Cost, node_cost
from archspec.layer import column
from archspec.lsp.analysis import Analysis, RowResult
from archspec.lsp.fixed import fixed_section, meaning_in, words_of
from archspec.lsp.markup import block, code
from archspec.lsp.offers import known_modules
from archspec.lsp.symbols import occurrence_at, occurrences, without_patch
from archspec.lsp.tokens import Token, token_at
from archspec.modules import Module, library_module, library_names
from archspec.notation import key_of
from archspec.source import Span
from archspec.vocabulary import BLOCK_KEYS, CHOICES, CLAIMS, HEAD_KEYS, LAYER_KEYS, OPERATIONS, Kind

MOST_LAYERS = 24  # of a row that are listed one by one


def hover(known: Analysis, offset: int) -> tuple[Span, str] | None:
    """The token at an offset and what is said of it, or None."""
    token = token_at(known.tokens, offset)
    if token is None or known.spec is None:
        return None
    parts = [*_named(known, offset), *(_captioned(known, token) or _row(known, token) or _key(known, token))]
    return (token.span, "\n\n".join(parts)) if parts else None


# --- rows ------------------------------------------------------------------------------------------------------------


def _row(known: Analysis, token: Token) -> list[str]:
    """The arithmetic of the row that a value stands in; on a key of the row what the key means comes first."""
    row = next((row for row in known.rows if token.path[: len(row.path)] == row.path and row.path), None)
    if row is None:
        return []
    return [*(_key(known, token) if token.on == "key" else []), *row_text(known, row)]


def row_text(known: Analysis, row: RowResult) -> list[str]:
    """What a row is given and gives, how its channels add up, what it costs, and its layers."""
    word = row.layer.cells["type"].value if "type" in row.layer.cells else "block"
    found = [f"**{code(row.layer.name)}** {code(str(word))}: {row.result.source.shape} → {row.output}"]
    parts = row.result.parts
    if row.result.joined and len(parts) > 1:
        terms = " + ".join(f"{part.channels} ({code(part.caption)})" for part in parts)
        found.append(f"{terms} = {row.output.channels} channels")
    cost = row.cost
    field = known.fields.get(row.result.output.name) if row.result.output else None
    weights = f" ({cost.weights:,} weights)" if cost.weights != cost.params else ""
    facts = [f"{cost.params:,} params{weights}", f"{cost.macs:,} MACs", f"depth {row.depth}"]
    facts += [f"receptive field {field[0]}×{field[1]}"] if field else []
    found.append(" · ".join(facts))
    if layers := list(_layers(row)):
        found.append(block([("", "kernel", "channels", "map", "params", "MACs"), *layers]))
    return found


def _layers(row: RowResult) -> Iterator[tuple[str, ...]]:
    """The convolutions and linear layers of a row, and in one line what else it learns; nothing where it is one layer
    alone."""
    weighty = [node for node in row.result.nodes if isinstance(node.op, ops.Conv2d | ops.Linear)]
    if len(weighty) < 2:
        return
    rest = row.cost
    instances = {name: f"{one.name} " for one in row.result.rows for name in one.nodes if len(row.result.rows) > 1}
    for node in weighty[:MOST_LAYERS]:
        given = row.shapes[node.inputs[0]]
        cost = node_cost(node, (given,))
        rest = Cost(rest.params - cost.params, macs=rest.macs - cost.macs)
        kernel = _kernel(node.op)
        grid = f"{node.shape.height}×{node.shape.width}"
        channels = f"{given.elements if isinstance(node.op, ops.Linear) else given.channels} → {node.shape.channels}"
        name = instances.get(node.name, "") + node.name.partition(".")[2]
        yield name, kernel, channels, grid, f"{cost.params:,}", f"{cost.macs:,}"
    if rest.params or rest.macs:
        more = len(weighty) - MOST_LAYERS
        yield (f"{more} more, and norms" if more > 0 else "norms"), "", "", "", f"{rest.params:,}", f"{rest.macs:,}"


def _kernel(op: ops.AnyOp) -> str:
    if not isinstance(op, ops.Conv2d):
        return ""
    (height, width), (vertical, horizontal) = op.kernel_size, op.stride
    stride = "" if op.stride == (1, 1) else f"/{vertical}" if vertical == horizontal else f"/{vertical}×{horizontal}"
    return f"{height}×{width}{stride}"


# --- captions and keys -----------------------------------------------------------------------------------------------


def _captioned(known: Analysis, token: Token) -> list[str]:
    """What the keys of a caption mean: in [table] columns, or in those of a module."""
    match token.path:
        case (*_, "columns", int()) if token.on == "value":
            text = known.source.text[token.span.start + 1 : token.span.end - 1]
            return [_meaning(known, key) for key in column(text).keys]
    return []


def _key(known: Analysis, token: Token) -> list[str]:
    """What the key means that a value stands under, or that the token is."""
    path, patch = without_patch(token.path)
    match tuple(step for step in path if isinstance(step, str)):
        case (str(name),):  # of a section, or of a patch: then a row, which has a name and no meaning
            text = meanings.SECTIONS.get(name) or (meanings.SECTION_KEYS.get(name) if patch else None)
            return [f"**{code(name)}**: {text}"] if text else []
        case ("defaults", name):
            return _operation(key_of(name))
        case (*around, str(name)) if section := fixed_section(tuple(around)):
            return [_shown(name, meaning_in(section, name), _quoted(words_of(section, name)))]
        case ("recipe", *_) | ("weights", _, "names", *_):  # nothing here is a key of the language
            return []
        case ("params" | "types" | "heads" | "modules" | "readings" | "variants" | "weights", _):  # nor are names
            return []
        case (*_, str(written)):
            return [text for key in column(written).keys if (text := _meaning(known, key))]
    return []


def _meaning(known: Analysis, key: str) -> str:
    """What a key means and how its values are written; a column of modules by what reads it."""
    text = meanings.KEYS.get(key) or meanings.SECTION_KEYS.get(key)
    kind = _kind(key)
    readers = [module for module in _modules(known) if key in module.columns]
    if text is None and readers:
        kind = readers[0].kinds.get(key)
        text = f"a column of {', '.join(code(module.name) for module in readers)}"
    if text is None:
        return ""
    return _shown(key, text, meanings.KINDS.get(kind) or _quoted(CHOICES.get(kind, ())) if kind else "")


def _shown(key: str, text: str, written: str) -> str:
    return f"**{code(key)}**: {text}" + (f"  \nholds {written}" if written else "")


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)


def _kind(key: str) -> Kind | None:
    tables = (LAYER_KEYS, BLOCK_KEYS, CLAIMS, HEAD_KEYS, *(operation.keys for operation in OPERATIONS.values()))
    return next((table[key] for table in tables if key in table), None)


def _modules(known: Analysis) -> list[Module]:
    """The modules that the rows of the file are of, and those that it declares."""
    assert known.spec is not None
    used = {scope.kind for row in known.rows for scope in row.result.scopes if "." not in scope.name}
    of_file = list(known.spec.network.modules.values())
    names = {module.name for module in of_file}
    return [*of_file, *(library_module(name) for name in library_names() if name in used and name not in names)]


# --- names -----------------------------------------------------------------------------------------------------------


def _named(known: Analysis, offset: int) -> list[str]:
    """What a module is, where its name is said; what a reference stands for."""
    here = occurrence_at(occurrences(known), offset)
    assert known.spec is not None
    if here is None:
        return []
    symbol = here.symbol
    match symbol.kind:
        case "module":
            module = next((one for one in known_modules(known.spec) if key_of(one.name) == symbol.name), None)
            return [_module(module)] if module else []  # else one that only a variant has
        case "word":
            word = known.spec.network.types[symbol.name]
            target = word.get("type") if isinstance(word, dict) else word
            return [f"{code(symbol.name)} is read as {code(str(target.value))}"] if target else []
        case "row" | "head" if not here.defines and (row := known.row(symbol.name)):
            return row_text(known, row)
        case "parameter":
            return [f"{code('$' + symbol.name)} is {code(str(known.spec.network.params[symbol.name].value))}"]
        case _:
            return []


def _module(module: Module) -> str:
    required = [code(module.captions[key]) for key in module.columns if key not in module.optional]
    optional = [f"{code(key)} = {code(str(cell.value))}" for key, cell in module.optional.items()]
    where = "module of the library" if module.in_library else "module of this file"
    lines = [f"**{code(module.name)}**, a {where}"]
    lines += [f"columns: {', '.join(required)}"] if required else []
    lines += [f"optional: {', '.join(optional)}"] if optional else []
    return "  \n".join(lines)


def _operation(name: str) -> list[str]:
    """What an operation is and which keys it has; of a module, nothing more than its name says."""
    if name not in OPERATIONS:
        return []
    keys = ", ".join(map(code, OPERATIONS[name].keys))
    return [f"**{code(name)}**: {meanings.OPERATIONS[name]}" + (f"  \nkeys: {keys}" if keys else "")]
