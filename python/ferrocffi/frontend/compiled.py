"""Including the `ffi` of a compiled module: an FFI object with the same declarations stands in its place.

The types of that object are those of the module, so a value of one project is a value of the other one.
"""

import sys
import types

import _cffi_backend

_STAND_INS = {}
"""(identity of an FFI object of a module, class) to (that object, the object in its place)."""


def is_compiled(ffi):
    """Returns whether an object is the `ffi` of a module, in C or in Python."""
    return isinstance(ffi, _cffi_backend.FFI) and getattr(ffi, "_tables", lambda: None)() is not None


def stand_in(ffi, cls):
    """Returns an object of a front end's class `FFI` with the types and constants of a module's `ffi`."""
    known = _STAND_INS.get((id(ffi), cls))
    if known is not None:
        return known[1]
    made = cls()
    enums, constants, included = ffi._tables()
    for other in included:
        made.include(stand_in(other, cls))
    name, module = _module(ffi)
    core = _core(made)
    types = _Types(ffi, enums, {row[:2] for row in core._declared(0)})
    made.cdef(types.text())
    for text, ctype in types.found:
        core._adopt(text, ctype)
    declared = core._integers()
    values = [f"#define {each} {_value(ffi, each)}" for each in constants if each not in declared]
    made.cdef("\n".join(value for value in values if not value.endswith("None")))
    if name is not None:
        in_c = isinstance(getattr(module, "lib", None), _cffi_backend.Lib)
        made._assigned_source = (name, "" if in_c else None, ".c", {})
    return _STAND_INS.setdefault((id(ffi), cls), (ffi, made))[1]


def _value(ffi, name):
    try:
        return ffi.integer_const(name)
    except (ffi.error, AttributeError):
        return None


def _module(ffi):
    """Returns the name of the module that has an FFI object, and the module. Packages may have it as well."""
    found = []
    for name, module in list(sys.modules.items()):
        # Lazy modules import something when they are asked for an attribute.
        is_module = issubclass(type(module), types.ModuleType)
        if is_module and object.__getattribute__(module, "__dict__").get("ffi") is ffi:
            found.append((hasattr(module, "__path__"), len(name), name, module))
    if not found:
        return None, None
    return min(found, key=lambda each: each[:3])[2:]


class _Types:
    """The types of a module's `ffi`, as a text of C that declares them."""

    def __init__(self, ffi, enums, known=frozenset()):
        """`known` has the kinds and names of what included modules have declared."""
        self.ffi = ffi
        self.found = []
        self._lines = []
        typedefs, structs, unions = ffi.list_types()
        for kind, names in (("struct", structs), ("union", unions)):
            for name in names:
                if (kind, name) not in known:
                    self._record(f"{kind} {name}")
        for name in enums:
            if not name.startswith("$") and ("enum", name) not in known:
                self._enum(f"enum {name}", "enum {name} {{ {items} }};", name)
        new = [name for name in typedefs if ("typedef", name) not in known]
        for name in [name for name in new if not self._names_a_type(name)]:
            self._typedef(name)

    def text(self):
        """Returns the declarations."""
        return "\n".join(self._lines)

    def _typeof(self, text):
        ctype = self.ffi.typeof(text)
        self.found.append((text, ctype))
        return ctype

    def _is_open(self, ctype):
        """Returns whether a struct or union has no members that anybody knows."""
        return ctype.fields is None

    def _record(self, text):
        ctype = self._typeof(text)
        members = "" if self._is_open(ctype) else f" {self._members(ctype)}"
        self._lines.append(f"{text}{members};")

    def _members(self, ctype):
        """Returns members in braces. The ctype has the real ones, which its module knows."""
        size = self.ffi.sizeof(ctype)
        return f"{{ char _cffi_bytes[{size}]; }}" if size else "{ ...; }"

    def _enum(self, text, form, name):
        ctype = self._typeof(text)
        items = ", ".join(f"{item} = {value}" for item, value in ctype.relements.items())
        if items:
            self._lines.append(form.format(name=name, items=items))

    def _names_a_type(self, name):
        """Declares a typedef that is the only name of a struct, union or enum. Returns False for other typedefs."""
        try:
            ctype = self.ffi.typeof(name)
        except self.ffi.error:
            return False
        if ctype.kind == "pointer" and ctype.item.kind in ("struct", "union") and "$" in ctype.item.cname:
            self._lines.append(f"typedef ... *{name};")
        elif name == "FILE":
            return True
        elif ctype.cname != name or ctype.kind == "primitive":
            return False
        elif ctype.kind == "enum":
            self._enum(name, "typedef enum {{ {items} }} {name};", name)
            return True
        elif ctype.kind == "union" and not self._is_open(ctype):
            self._lines.append(f"typedef union {self._members(ctype)} {name};")
        elif self._is_open(ctype):
            self._lines.append(f"typedef ... {name};")
        else:
            self._lines.append(f"typedef struct {self._members(ctype)} {name};")
        self.found.append((name, ctype))
        return True

    def _typedef(self, name):
        try:
            ctype = self.ffi.typeof(name)
        except self.ffi.error:
            # A function type: C knows it, Python only pointers to it.
            text = self.ffi.getctype(self.ffi.typeof(f"{name} *"), "@").replace("(* @)", f" {name}")
            self._lines.append(f"typedef {text};")
            return
        if ctype.cname == name:
            return
        if "$" in ctype.cname:
            return
        self._lines.append(f"typedef {self.ffi.getctype(ctype, name)};")


def core_of(ffi):
    """Returns the declarations of the object that stands in the place of a module's `ffi`, as a `_cffi_backend.FFI`."""
    from .api import FFI

    return _core(stand_in(ffi, FFI))


def _core(made):
    parser = made._parser
    return parser._types() if hasattr(type(parser), "_adopt") else parser._core
