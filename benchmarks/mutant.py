"""Small faults for source text: each mutant is a module with one guard, sign or edge wrong.

Faults: a comparison takes or loses its edge or turns round, a guard or a filter is gone, `and` becomes
`or`, a sign or an operator flips, a number is off by one, smallest and largest, first and last, all
and any, left and right change places.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARISON: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_OPERATOR: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_PAIRS = ("min max", "minimum maximum", "head tail", "all any", "left right", "start end", "floor ceil")
_PAIRS += ("time known_at", "after until", "cumsum cumprod", "sin cos")
_OTHER = {a: b for pair in _PAIRS for a, b in (pair.split(), pair.split()[::-1])}
_FILTERS = ("where", "filter")
_LENGTH = 70


@dataclass(frozen=True)
class Mutant:
    """One fault. `name` says where and what, and stays the same when lines move."""

    name: str
    line: int
    text: str


def mutants(path: str, source: str) -> list[Mutant]:
    """Every mutant of a module."""
    tree = ast.parse(source)
    found: list[Mutant] = []
    for scope, node in _nodes(tree, "module"):
        for other in _faults(node):
            name = f"{path} {scope}: {_short(node)} → {_short(other)}"
            again = sum(m.name.split(" #")[0] == name for m in found)
            changed = ast.unparse(ast.fix_missing_locations(_Swap(node, other).visit(ast.parse(source))))
            found.append(Mutant(f"{name} #{again + 1}" if again else name, _line(node), changed))
    return found


class _Swap(ast.NodeTransformer):
    """Puts `other` where a fresh tree has `node`."""

    def __init__(self, node: ast.AST, other: ast.AST) -> None:
        self._place, self._kind, self._other = _place(node), type(node), other

    def visit(self, node: ast.AST) -> ast.AST:
        if type(node) is self._kind and _place(node) == self._place:
            return self._other
        found: ast.AST = self.generic_visit(node)
        return found


def _place(node: ast.AST) -> tuple[int | None, ...]:
    names = ("lineno", "col_offset", "end_lineno", "end_col_offset")
    return tuple(getattr(node, name, None) for name in names)


def _line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 0))


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node.test if isinstance(node, ast.If) else node).split())
    return text if len(text) <= _LENGTH else f"{text[:_LENGTH]}…"


def _nodes(node: ast.AST, scope: str) -> Iterator[tuple[str, ast.AST]]:
    """What runs: no annotations, imports, assertions, words of errors, texts."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        scope = node.name if scope == "module" else f"{scope}.{node.name}"
    yield scope, node
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal":
        return
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "bases", "exc", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(
                child, ast.Assert | ast.Import | ast.ImportFrom | ast.JoinedStr
            ):
                yield from _nodes(child, scope)


def _faults(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(left, [op], right):
            yield ast.Compare(left, [_COMPARISON[type(op)]()], right)
            if isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE):
                turned = ast.Gt() if isinstance(op, ast.Lt | ast.LtE) else ast.Lt()
                yield ast.Compare(left, [turned], right)
        case ast.Compare(left, [first, *rest], right):
            yield ast.Compare(left, [_COMPARISON[type(first)](), *rest], right)
            yield ast.Compare(left, [first, *(_COMPARISON[type(op)]() for op in rest)], right)
        case ast.BinOp(left, op, right) if type(op) in _OPERATOR:
            yield ast.BinOp(left, _OPERATOR[type(op)](), right)
        case ast.AugAssign(op=ast.BitAnd()):
            yield ast.Pass()
        case ast.BoolOp(op, values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
        case ast.UnaryOp(ast.Not() | ast.Invert() | ast.USub(), operand):
            yield operand
        case ast.If(_, body, otherwise):
            yield ast.If(ast.Constant(False), body, otherwise)
        case ast.IfExp(_, body, otherwise):
            yield body
            yield otherwise
        case ast.Continue() | ast.Break():
            yield ast.Pass()
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() as value):
            yield ast.Constant(value + 1)
        case ast.Constant(float() as value):
            yield ast.Constant(value * 1.25 + 0.125)
        case ast.Constant(str() as value) if value in _OTHER:
            yield ast.Constant(_OTHER[value])
        case ast.Name(name, context) if name in _OTHER:
            yield ast.Name(_OTHER[name], context)
        case ast.Attribute(value, name, context) if name in _OTHER:
            yield ast.Attribute(value, _OTHER[name], context)
        case ast.Call(ast.Attribute(value, name), [_]) if name in _FILTERS:
            yield value
