"""The syntax of CIRCT's SSP dialect: one instance, as it stands in a file, names unresolved.

Format: project llvm/circt, 'ssp' Dialect (circt.llvm.org/docs/Dialects/SSP); its printers and its
tests show the forms that older versions had. What an instance means is said in `ssp`.
"""

from typing import NamedTuple

from gaus_jax.core.checks import INTEGER_LIMIT
from gaus_jax.importers.files import Source
from gaus_jax.importers.mlir_text import SHOWN, Reader, Token

CYCLIC, SHARED, CHAINED = ("II", "dist"), ("limit",), ("incDelay", "outDelay", "z")
CLASSES = {  # class of problems -> its properties beyond those of all
    "Problem": (),
    "CyclicProblem": CYCLIC,
    "SharedOperatorsProblem": SHARED,
    "SharedResourcesProblem": SHARED,
    "SharedPipelinedOperatorsProblem": SHARED,
    "ModuloProblem": CYCLIC + SHARED,
    "ChainingProblem": CHAINED,
    "ChainingCyclicProblem": CYCLIC + CHAINED,
}
OF_ALL = ("latency", "t")
PLACES = {  # where a property may stand
    "instance": ("II",),
    "operator_type": ("latency", "limit", "incDelay", "outDelay"),
    "resource_type": ("limit",),
    "operation": ("t", "z"),
    "dependence": ("dist",),
}
LEAST = {"II": 1, "limit": 1}  # of a property's value, where it is not 0

Values = dict[str, int]


class Dependence(NamedTuple):
    """An edge into an operation."""

    source: Token  # a value or a symbol
    result: int  # which of the producer's results
    distance: int  # iterations


class Operation(NamedTuple):
    """A node, with its edges."""

    id: str
    operator: Token | None  # the name of its type
    uses: list[Token]  # names of resource types
    dependences: list[Dependence]
    start: int | None  # step
    line: int


class Instance:
    """What a file says of its only instance.

    Raises:
        InputError: no instance, or several; a class of problems, a property or a construct that is
            not read; a name that is defined twice; a bad number; with the line.
    """

    def __init__(self, source: Source) -> None:
        self.source, self.text = source, Reader(source)
        self.known: tuple[str, ...] = ()  # the properties of the class of problems
        self.kind = ""
        self.properties: Values = {}
        self.types: dict[str, Values] = {}  # operator types
        self.resources: dict[str, Values] = {}
        self.operations: list[Operation] = []
        self.named: dict[str, int] = {}  # operation by name
        self.values: dict[str, tuple[int, int]] = {}  # value -> operation, number of results
        self.found = 0
        self._file()

    def _file(self) -> None:
        text, depth = self.text, 0
        while text.next.kind != "end":
            if text.take("module", "builtin.module"):
                text.any("symbol")
                text.need("{")
                depth += 1
            elif depth and text.take("}"):
                depth -= 1
            elif text.take("ssp.instance"):
                self._instance()
            elif text.next.text in ("ssp.library", "ssp.resource"):
                raise text.error(f"a stand-alone {text.next.text}; move it into the instance")
            else:
                raise text.expected("ssp.instance")
        if depth:
            raise text.expected("'}'")
        if not self.found:
            raise self.source.error("holds no ssp.instance, so it is no problem of CIRCT's")

    def _instance(self) -> None:
        text = self.text
        self.found += 1
        if self.found > 1:
            raise text.error("a second ssp.instance; give each its own file")
        if text.any("symbol") is None:
            text.any("string")  # of an older form
        text.need("of")
        kind = text.one("string", "the class of the problem in quotes")
        if kind.text not in CLASSES:
            known = ", ".join(CLASSES)
            raise text.error(f"class '{kind.text[:SHOWN]}' is not read; known: {known}", kind)
        self.kind, self.known = kind.text, CLASSES[kind.text] + OF_ALL
        self.properties = self._properties("instance")
        rows = {"library": self._type, "resource": self._resource, "graph": self._operation}
        missing = ["library", "graph"]
        text.need("{")
        while not text.take("}"):
            section = text.next.text.removeprefix("ssp.")
            if text.next.kind != "word" or section not in rows:
                raise text.expected("library, resource, graph or '}'")
            text.at += 1
            if section != "graph":
                text.any("symbol")
            text.need("{")
            while not text.take("}"):
                rows[section]()
            del rows[section]
            missing = [name for name in missing if name != section]
        if missing:
            raise text.error(f"the instance has no {missing[0]}", text.tokens[text.at - 1])

    def _type(self) -> None:
        self._declare("operator_type", self.types)

    def _resource(self) -> None:
        self._declare("resource_type", self.resources)

    def _declare(self, what: str, known: dict[str, Values]) -> None:
        if not self.text.take(what, f"ssp.{what}"):
            raise self.text.expected(f"{what} or '}}'")
        name = self.text.one("symbol", f"the name of the {what}")
        if name.text in known:
            raise self.text.error(f"{what} '{name.text[:SHOWN]}' appears twice; keep one", name)
        known[name.text] = self._properties(what)

    def _properties(self, place: str) -> Values:
        """``[name<value>, ...]``, which may be absent; delays within a cycle must be 0."""
        found: Values = {}
        if not self.text.take("["):
            return found
        while not self.text.take("]"):
            if found:
                self.text.need(",")
            key = self.text.any("attribute") or self.text.one("word", "a property")
            name = key.text.removeprefix("ssp.")
            if name not in PLACES[place] or name in found:
                known = ", ".join(PLACES[place])
                what = f"property '{name[:SHOWN]}' is not read here; once each: {known}"
                raise self.text.error(what, key)
            if name not in self.known:
                classes = ", ".join(kind for kind, names in CLASSES.items() if name in names)
                what = f"a {self.kind} has no property '{name}'; it belongs to {classes}"
                raise self.text.error(what, key)
            self.text.need("<")
            found[name] = self._number(name)
            self.text.need(">")
        return found

    def _number(self, name: str) -> int:
        token = self.text.one("number", f"the value of {name}")
        if name in CHAINED:
            self.text.need(":")
            self.text.one("word", "a type such as f32")
            if name != "z" and float(token.text) != 0:
                what = f"{name} is {token.text[:SHOWN]}; delays within a cycle are not read"
                raise self.text.error(f"{what}, give latencies that hold the chains, or 0", token)
            return 0
        least = LEAST.get(name, 0)
        if not token.text.isdecimal() or not least <= int(token.text[:SHOWN]) <= INTEGER_LIMIT:
            what = f"{name} is {token.text[:SHOWN]}; it must be a whole number >= {least}"
            raise self.text.error(what, token)
        return int(token.text)

    def _operation(self) -> None:
        text, index = self.text, len(self.operations)
        line = text.next.line
        results = self._results(index)
        if not text.take("operation", "ssp.operation"):
            raise text.expected("an operation or '}'")
        text.need("<")
        operator = text.any("symbol")
        self._refuse_path()
        text.need(">")
        uses = self._uses()
        name = text.any("symbol")
        uses += self._uses()
        dependences = self._dependences()
        uses += self._uses()
        if name is not None:
            if name.text in self.named:
                raise text.error(f"operation '{name.text[:SHOWN]}' appears twice", name)
            self.named[name.text] = index
        called = f"%{results[0]}" if results else f"#{index}"
        called = called if name is None else name.text
        start = self._properties("operation").get("t")
        self.operations.append(Operation(called, operator, uses, dependences, start, line))

    def _results(self, index: int) -> list[str]:
        """``%a:2, %b =``, which may be absent."""
        names: list[str] = []
        while token := self.text.one("value", "a value") if names else self.text.any("value"):
            if token.text in self.values:
                raise self.text.error(f"value '%{token.text[:SHOWN]}' is defined twice", token)
            count = 1
            if self.text.take(":"):
                count = self._number("the number of results")
            self.values[token.text] = (index, count)
            names.append(token.text)
            if not self.text.take(","):
                self.text.need("=")
                break
        return names

    def _refuse_path(self) -> None:
        if self.text.next.text == "::":
            raise self.text.error("nested names are not read; move the library into the instance")

    def _uses(self) -> list[Token]:
        """``uses[@a, @b]``, or ``uses<@a>`` of an older form; may be absent."""
        if not self.text.take("uses"):
            return []
        close = ">" if self.text.take("<") else "]"
        if close == "]":
            self.text.need("[")
        found: list[Token] = []
        while not self.text.take(close):
            if found:
                self.text.need(",")
            found.append(self.text.one("symbol", "the name of a resource type"))
            self._refuse_path()
        return found

    def _dependences(self) -> list[Dependence]:
        text = self.text
        text.need("(")
        found: list[Dependence] = []
        while not text.take(")"):
            if found:
                text.need(",")
            source = text.any("symbol") or text.one("value", "a value or the name of an operation")
            token = text.any("result") if source.kind == "value" else None
            result = 0 if token is None else int(token.text[:SHOWN])
            distance = self._properties("dependence").get("dist", 0)
            found.append(Dependence(source, result, distance))
        return found
