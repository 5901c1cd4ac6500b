"""Writes the class of a module's `ffi`: the methods whose result depends on the type that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ferrocffi.stubs import primitives
from ferrocffi.stubs.groups import LIMIT, Group, groups, own_names, quoted
from ferrocffi.stubs.model import Enum, Function, Module, Pointer, Primitive, Record, Void
from ferrocffi.stubs.spell import Speller

_MOST_CALLBACKS = 30
_MOST_FUNCTIONS = 60
_MOST_VARIABLES = 60
_MOST_EXTERNS = 60


def methods(module: Module, speller: Speller) -> Iterator[str]:
    """Yields the lines of `class New` and `class FFI`."""
    found, rest = groups(module, speller)
    shown = speller.names.shown
    yield from map(shown_outside_quotes(speller), _new(found, rest))
    yield ""
    yield shown("@type_check_only")
    base = "InlineFFI" if module.is_inline else "DeclaringFFI" if module.is_declaring else "CompiledFFI"
    yield shown(f"class FFI({base}):")
    body = [
        "    @property",
        "    def new(self) -> New: ...",
        *_new_allocator(),
        *_cast(module, found, speller),
        *_typeof(found),
        *_from_buffer(found),
        *_callback(module, speller),
        *_addressof(module, speller),
        *_def_extern(module, speller),
        "    def dlopen(self, name: str | Address | None = None, flags: int = 0, /) -> Lib: ...",
        "    def dlclose(self, lib: Library, /) -> None: ...",
    ]
    yield from map(shown_outside_quotes(speller), body)


def shown_outside_quotes(speller: Speller) -> Callable[[str], str]:
    """Returns a function that renames what is hidden, in a line but not in its strings."""
    names = speller.names

    def shown(line: str) -> str:
        if not names.hidden:
            return line
        parts = line.split('"')
        parts[::2] = [names.shown(part) for part in parts[::2]]
        return '"'.join(parts)

    return shown


def _new(found: list[Group], rest: list[str]) -> Iterator[str]:
    yield ""
    yield "@type_check_only"
    yield "class New:"
    yield '    """`ffi.new`, and what `ffi.new_allocator()` returns."""'
    yield ""
    for group in found:
        init = group.init if group.is_open else f"{group.init} | None = None"
        yield "    @overload"
        yield f"    def __call__(self, cdecl: {group.literal}, init: {init}) -> {group.result}: ..."
    yield "    @overload"
    yield "    def __call__(self, cdecl: CType[_R], init: Any = None) -> _R: ..."
    if rest:
        yield "    @overload"
        yield f"    def __call__(self, cdecl: {_literal(rest)}, init: Any = None) -> Any: ..."
    yield "    @overload"
    yield "    def __call__(self, cdecl: str, init: AnyInit = None) -> Any: ..."


def _new_allocator() -> Iterator[str]:
    yield "    def new_allocator("
    yield "        self,"
    yield "        alloc: Callable[[int], Address] | None = None,"
    yield "        free: Callable[[VoidPointer], object] | None = None,"
    yield "        should_clear_after_alloc: int = True,"
    yield "    ) -> New: ..."


def _cast(module: Module, found: list[Group], speller: Speller) -> Iterator[str]:
    texts: dict[str, list[str]] = {}
    for primitive in primitives.ALL:
        texts.setdefault(primitive.kind.data, []).extend(own_names(primitive, module))
    pointers: dict[str, list[str]] = {"VoidPointer": ["void *", "void*"]}
    functions: dict[str, list[str]] = {}
    for group in found:
        if not group.is_array:
            pointers.setdefault(group.result, []).extend(group.texts)
    for type_ in module.types:
        if isinstance(type_, Record) and type_.members is None and "$" not in type_.cname:
            pointers.setdefault(speller.names.pointers[type_], []).extend(
                [f"{type_.cname} *", f"{type_.cname}*"]
            )
    for name, type_ in module.typedefs.items():
        if isinstance(type_, Primitive):
            texts.setdefault(primitives.find(type_.name).kind.data, []).append(name)
        elif isinstance(type_, Enum):
            texts.setdefault("EnumData", []).append(name)
        elif isinstance(type_, Function):
            functions.setdefault(speller.function(type_, is_value=False), []).append(name)
        elif isinstance(type_, Pointer):
            pointers.setdefault(speller.read(type_), []).append(name)
        elif isinstance(type_, Record) and type_.members is None:
            pointers.setdefault(speller.names.pointers[type_], []).extend([f"{name} *", f"{name}*"])
    for type_ in module.types:
        if isinstance(type_, Enum) and "$" not in type_.cname:
            texts.setdefault("EnumData", []).append(type_.cname)
    pairs = [*list(pointers.items())[:LIMIT], *list(functions.items())[:_MOST_FUNCTIONS], *texts.items()]
    for result, names in pairs:
        yield "    @overload"
        yield f"    def cast(self, cdecl: {_literal(names)}, value: Castable, /) -> {result}: ..."
    yield "    @overload"
    yield "    def cast(self, cdecl: CType[_R], value: Castable, /) -> _R: ..."
    yield "    @overload"
    yield "    def cast(self, cdecl: str, value: Castable, /) -> Any: ..."


def _literal(texts: list[str]) -> str:
    return f"Literal[{', '.join(quoted(text) for text in dict.fromkeys(texts))}]"


def _typeof(found: list[Group]) -> Iterator[str]:
    for group in (group for group in found if not group.is_array):
        yield "    @overload"
        yield f"    def typeof(self, cdecl: {group.literal}, /) -> CType[{group.result}]: ..."
    yield "    @overload"
    yield "    def typeof(self, cdecl: str | CData | Callable[..., Any], /) -> CType[Any]: ..."


def _from_buffer(found: list[Group]) -> Iterator[str]:
    yield "    @overload"
    yield "    def from_buffer(self, cdecl: Buffer, *, require_writable: int = 0) -> Array[Char]: ..."
    end = "python_buffer: Buffer, require_writable: int = 0"
    for group in found:
        if group.is_open:
            yield "    @overload"
            yield f"    def from_buffer(self, cdecl: {group.literal}, {end}) -> {group.result}: ..."
    yield "    @overload"
    yield f"    def from_buffer(self, cdecl: CType[_R], {end}) -> _R: ..."
    yield "    @overload"
    yield f"    def from_buffer(self, cdecl: str, {end}) -> Any: ..."


def _callback(module: Module, speller: Speller) -> Iterator[str]:
    texts: dict[Function, list[str]] = {}
    typedefs = [(name, type_) for name, type_ in module.typedefs.items() if isinstance(type_, Function)]
    for name, type_ in typedefs:
        texts.setdefault(type_, []).extend([name, f"{name} *"])
    for type_ in sorted(speller.as_values, key=lambda type_: (type_.cname, speller.function(type_))):
        texts.setdefault(type_, []).extend(_spelled(type_.cname))
    end = "onerror: OnError | None = None"
    wanted = sorted(texts.items(), key=lambda item: item[0] not in speller.as_values)
    for type_, names in wanted[:_MOST_CALLBACKS]:
        if type_.ellipsis:
            continue
        function, python, error = (
            speller.function(type_, is_value=False),
            speller.python_function(type_),
            _error(type_, speller),
        )
        literal = _literal(names)
        yield "    @overload"
        yield f"    def callback(self, cdecl: {literal}, python_callable: {python}, {error}, {end}) -> {function}: ..."
        yield "    @overload"
        yield (
            f"    def callback(self, cdecl: {literal}, python_callable: None = None, {error}, {end})"
            f" -> Callable[[{python}], {function}]: ..."
        )
    yield "    @overload"
    yield (
        "    def callback(self, cdecl: str | CType[Any], python_callable: Callable[..., Any],"
        f" error: Any = None, {end}) -> Any: ..."
    )
    yield "    @overload"
    yield (
        "    def callback(self, cdecl: str | CType[Any], python_callable: None = None,"
        f" error: Any = None, {end}) -> Callable[[Callable[..., Any]], Any]: ..."
    )


def _error(type_: Function, speller: Speller) -> str:
    is_void = isinstance(type_.result, Void)
    return "error: " + ("" if is_void else f"{speller.write(type_.result)} | ") + "None = None"


def _spelled(cname: str) -> list[str]:
    """Returns some ways to write a function type whose name is `result(*)(args)`."""
    result, star, args = cname.partition("(*)")
    if not star:
        return [cname]
    ways = [cname, f"{result}{args}", f"{result} {args}", f"{result} (*){args}"]
    return list(dict.fromkeys([*ways, *(way.replace(" *", "*") for way in ways)]))


def _addressof(module: Module, speller: Speller) -> Iterator[str]:
    """Yields the overloads for global variables, then those that every `ffi` has."""
    for variable in module.variables[:_MOST_VARIABLES]:
        result = speller.read(Pointer(variable.type))
        yield "    @overload"
        yield f"    def addressof(self, lib: Lib, name: Literal[{quoted(variable.name)}], /) -> {result}: ..."
    yield "    @overload"
    yield "    def addressof(self, cdata: Struct[_R, Any, Any], /) -> _R: ..."
    yield "    @overload"
    yield "    def addressof(self, cdata: Array[_I], /) -> Pointer[Array[_I]]: ..."
    yield "    @overload"
    yield "    def addressof(self, cdata: CData, field: str | int, /, *more: str | int) -> Any: ..."
    yield "    @overload"
    yield "    def addressof(self, lib: Library, name: str, /) -> Any: ..."


def _def_extern(module: Module, speller: Speller) -> Iterator[str]:
    externs = [function for function in module.functions if function.name in module.externs]
    end = "onerror: OnError | None = None"
    if not 0 < len(externs) <= _MOST_EXTERNS:
        yield f"    def def_extern(self, name: str | None = None, error: Any = None, {end}) -> Callable[[_F], _F]: ..."
        return
    for function in externs:
        python = speller.python_function(function.type)
        yield "    @overload"
        yield (
            f"    def def_extern(self, name: Literal[{quoted(function.name)}], {_error(function.type, speller)}, {end})"
            f" -> Callable[[{python}], {python}]: ..."
        )
    yield "    @overload"
    yield f"    def def_extern(self, name: None = None, error: Any = None, {end}) -> Callable[[_F], _F]: ..."


def any_extern(module: Module, speller: Speller) -> str:
    """Returns the bound of functions that `def_extern()` takes: those that fit one of the declarations."""
    externs = [function for function in module.functions if function.name in module.externs]
    if not 0 < len(externs) <= _MOST_EXTERNS:
        return "Callable[..., Any]"
    return " | ".join(dict.fromkeys(speller.python_function(function.type) for function in externs))
