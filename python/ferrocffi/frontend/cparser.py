"""What texts of C declare, as objects of `model`.

The compiled parser reads the texts and keeps the declarations. This class turns them into objects when somebody looks.
"""

import re

import _cffi_backend

from . import messages, model
from .commontypes import COMMON_TYPES, resolve_common_type
from .error import FFIError


class Parser:
    """The declarations of one FFI object.

    `_declarations` is a dict from "kind name" to (object of `model`, qualifiers); the value of a macro is in the place of
    the object.
    """

    def __init__(self):
        self._core = _cffi_backend.FFI()
        self._declarations = {}
        self._included_declarations = set()
        self._recomplete = []
        self._uses_new_feature = None
        self._options = {}
        self._seen = 0
        self._integers = None
        # The types by their numbers; those that are made of others are in the second table.
        self._models = {}
        self._derived = {}
        # Records and enums without a body, and the names of pointers, by the numbers of their types.
        self._open = {}
        self._pointer_names = {}
        self._named = {}

    # Reading.

    def parse(self, csource, override=False, packed=False, pack=None, dllexport=False):
        """Adds the declarations of a text."""
        if packed:
            if packed not in (False, True):
                raise ValueError("'packed' should be False or True; use 'pack' to give another value")
            if pack:
                raise ValueError("cannot give both 'pack' and 'packed'")
            pack = 1
        elif pack:
            if pack & (pack - 1) or pack < 0:
                raise ValueError(f"'pack' must be a power of two, not {pack!r}")
        else:
            pack = 0
        previous = self._options
        self._options = {"override": override, "packed": pack, "dllexport": dllexport}
        try:
            options = bool(override), min(pack, 128), bool(dllexport)
            refused = self._core._take(csource, *options)
            if refused and "the backslash at the end of a comment" in refused[0]:
                refused = self._core._take(messages.without_comments(csource), *options)
            if refused:
                raise messages.exception(csource, refused, self)
            self._update(csource)
        finally:
            self._options = previous

    def _read_header(self, *arguments):
        """Adds the declarations of headers. The arguments are those of the method of the backend's `FFI`."""
        found = self._core._read_header(*arguments)
        self._update()
        return found

    def parse_type(self, cdecl):
        """Returns the type that a text means."""
        return self.parse_type_and_quals(cdecl)[0]

    def parse_type_and_quals(self, cdecl):
        """Returns the type that a text means, and its qualifiers."""
        found = self._core._type_number(cdecl)
        if len(found) != 2:
            raise messages.exception(cdecl, found, self, is_type=True)
        self._update()
        number, quals = found
        return self._model(number), quals

    def include(self, other):
        """Adds the types and constants of another parser."""
        core = getattr(other, "_core", None)
        if core is not None:
            try:
                self._core.include(core)
            except _cffi_backend.FFI.error as error:
                raise FFIError(_conflict(error)) from None
            self._integers = None
        self._adopt(other, "anonymous $enum_$", paired=core is not None)
        self._update()

    def _adopt(self, other, unnamed, paired=True):
        """Declares the types of another parser as included ones, but for enums whose keys begin with `unnamed`.

        They are paired with the types of the compiled parser if `paired` is set.
        """
        kinds = ("struct", "union", "enum", "anonymous", "typedef")
        for key, (tp, quals) in list(other._declarations.items()):
            kind, _, name = key.partition(" ")
            if key.startswith(unnamed) or kind not in kinds:
                continue
            number = self._number_of(kind, name) if paired else None
            if number is not None:
                self._pair(number, tp)
            self._declare(key, tp, included=True, quals=quals)

    # Declarations.

    def _declare(self, name, obj, included=False, quals=0):
        known = self._declarations.get(name)
        if known is not None:
            if known[0] is obj and known[1] == quals:
                return
            if not self._options.get("override") and not _equal(known, (obj, quals)):
                raise FFIError(
                    f"multiple declarations of {name} (for interactive usage, try cdef(xx, override=True))"
                )
        if "__dotdotdot__" in name.split():
            raise AssertionError(f"the name {name!r} is reserved")
        self._declarations[name] = obj, quals
        if included:
            self._included_declarations.add(obj)

    @property
    def _int_constants(self):
        if self._integers is None:
            self._integers = self._core._integers()
        return self._integers

    @property
    def _anonymous_counter(self):
        return sum(1 for tp in self._models.values() if getattr(tp, "name", "").lstrip("$").isdigit())

    @_anonymous_counter.setter
    def _anonymous_counter(self, value):
        """Does nothing: a text that is refused counts nothing."""

    def _update(self, text=""):
        """Adds what the compiled parser has read since the last time, the last of it being a text."""
        rows = self._core._declared(self._seen)
        self._seen += len(rows)
        if rows:
            self._integers = None
        for kind, name, flags, number, _, _ in rows:
            if kind == "typedef" and "included" not in flags:
                self._name_pointer(name, number)
        for number in list(self._open):
            self._complete(number)
        self._named = self._named_by_typedefs(rows, text) if text else {}
        for row in rows:
            if "included" not in row[2]:
                self._add(*row)

    def _named_by_typedefs(self, rows, text):
        """Returns the typedef names, by the numbers of types with tags that a typedef mentions before anything else."""
        tags = {number: (kind, name) for kind, name, _, number, _, _ in rows if kind in _TAGS and name}
        named = {}
        for kind, name, _, number, _, _ in rows:
            if kind == "typedef" and number in tags and number not in named:
                word, tag = tags[number]
                mention = re.search(
                    rf"(\btypedef\s+(?:const\s+|volatile\s+)*)?\b{word}\s+{re.escape(tag)}\b", text
                )
                if mention and mention.group(1):
                    named[number] = name
        return named

    def _name_pointer(self, name, number):
        node = self._core._type_node(number)
        if node[0] != "pointer" or number in self._pointer_names or number in self._models:
            return
        target = self._core._type_node(node[1])
        nameless = target[0] in ("struct", "union") and target[6] and not target[2]
        if nameless or (target[0] == "opaque" and target[1] == f"struct $${name}"):
            self._pointer_names[number] = name

    def _add(self, kind, name, flags, number, quals, value):
        if kind in ("struct", "union"):
            tp = self._model(number)
            if name:
                self._declare(f"{kind} {name}", tp)
        elif kind == "enum":
            tp = self._model(number)
            if name:
                self._declare(f"enum {name}", tp)
            elif tp.forcename == f"$enum_{tp.name}":
                self._declare(f"anonymous $enum_{tp.name}", tp)
        elif kind == "typedef":
            tp = self._model(number)
            if (
                isinstance(tp, (model.UnknownIntegerType, model.UnknownFloatType))
                and self._uses_new_feature is None
            ):
                word = "int" if tp.is_integer_type() else "float"
                self._uses_new_feature = f"'typedef {word}... {name}'"
            if isinstance(tp, model.StructOrUnionOrEnum):
                # A typedef of an enum that has its tag from before does not name it.
                if tp.forcename is None and not isinstance(tp, model.EnumType):
                    self._rename(tp, name)
                if tp.name == f"${name}" and not self._is_opaque(number):
                    self._declare(f"anonymous {name}", tp)
            self._declare(f"typedef {name}", tp, quals=quals)
        elif kind == "function":
            tp = self._model(number)
            if tp.is_raw_function:
                tp = tp.as_function_pointer()
            if self._options.get("dllexport"):
                prefix = "dllexport_python"
            elif "extern_python" in flags:
                prefix = "extern_python"
            elif "extern_python_plus_c" in flags:
                prefix = "extern_python_plus_c"
            else:
                prefix = "function"
            self._declare(f"{prefix} {name}", tp)
        elif kind == "variable":
            if isinstance(value, int):
                self._declare(f"macro {name}", value)
            else:
                tp = self._model(number)
                constant = quals & model.Q_CONST and not tp.is_array_type
                self._declare(f"{'constant' if constant else 'variable'} {name}", tp, quals=quals)
        elif kind == "macro" and value is not None:
            self._declare(f"macro {name}", value)

    def _is_opaque(self, number):
        return self._core._type_node(number)[0] == "opaque"

    # Types.

    def _number_of(self, kind, name):
        """Returns the number of the type of an included declaration."""
        if not hasattr(self, "_included_rows") or self._included_rows[0] != self._seen_all():
            rows = self._core._declared(0)
            table = {}
            for row_kind, row_name, _, number, _, _ in rows:
                table[row_kind, row_name] = number
            self._included_rows = len(rows), table
        table = self._included_rows[1]
        return table.get(("typedef" if kind == "anonymous" else kind, name))

    def _seen_all(self):
        return self._seen + len(self._core._declared(self._seen))

    def _pair(self, number, tp):
        """Uses an object for a type, and its parts for the parts of the type."""
        todo = [(number, tp)]
        while todo:
            number, tp = todo.pop()
            if number in self._models:
                continue
            node = self._core._type_node(number)
            kind = node[0]
            if kind == "pointer" and isinstance(tp, model.FunctionPtrType):
                self._models[number] = tp
                todo.append((node[1], tp.as_raw_function()))
                continue
            self._models[number] = tp
            if kind == "pointer" and isinstance(tp, model.PointerType):
                todo.append((node[1], tp.totype))
            elif kind == "array" and isinstance(tp, model.ArrayType):
                todo.append((node[1], tp.item))
            elif kind == "function" and isinstance(tp, model.BaseFunctionType):
                todo.extend(zip((node[1], *node[2]), (tp.result, *tp.args)))
            elif (
                kind in ("struct", "union")
                and isinstance(tp, model.StructOrUnion)
                and node[3]
                and tp.fldtypes
            ):
                todo.extend((field[1], fld) for field, fld in zip(node[3], tp.fldtypes))

    def _model(self, number):
        """Returns the object for a type, given its number."""
        known = self._models.get(number) or self._derived.get(number)
        if known is None:
            known = self._make(number)
            table = self._models if isinstance(known, model.StructOrUnionOrEnum) else self._derived
            known = table.setdefault(number, known)
        return known

    def _rename(self, tp, name):
        """Uses a typedef name for a type with a tag, in the names of types that are made from now on."""
        tp.force_the_name(name)
        self._derived.clear()

    def _make(self, number):
        node = self._core._type_node(number)
        kind = node[0]
        if kind == "void":
            return model.void_type
        if kind == "primitive":
            return _primitive(self, node[1])
        if kind == "pointer":
            target = self._model(node[1])
            if target.is_raw_function:
                return target.as_function_pointer()
            name = self._pointer_names.get(number)
            if name is not None:
                return model.NamedPointerType(target, name)
            return model.PointerType(target, node[2] | self._item_quals(node[1]))
        if kind == "array":
            return model.ArrayType(self._model(node[1]), node[2])
        if kind == "function":
            args = tuple(self._model(param) for param in node[2])
            args = tuple(arg.as_function_pointer() if arg.is_raw_function else arg for arg in args)
            abi = node[4] if node[4] == "__stdcall" else None
            return model.RawFunctionType(args, self._model(node[1]), node[3], abi)
        if kind in ("struct", "union"):
            made = (model.StructType if kind == "struct" else model.UnionType)(node[1], None, None, None)
            if number in self._named:
                made.force_the_name(self._named[number])
            self._models[number] = made
            self._open[number] = made
            self._complete(number)
            return made
        if kind == "enum":
            made = self._make_enum(node)
            if number in self._named:
                made.force_the_name(self._named[number])
            return made
        if kind == "file":
            return resolve_common_type(self, "FILE")[0]
        if kind == "opaque":
            if node[1].startswith("struct $$"):
                return model.StructType(node[1][7:], None, None, None)
            return model.unknown_type(node[1])
        if kind == "integer":
            return model.UnknownIntegerType(node[1])
        if kind == "float":
            return model.UnknownFloatType(node[1])
        raise FFIError(messages.UNSUPPORTED.format(node[1]))

    def _item_quals(self, number):
        """Returns the qualifiers of the items of an array, which count as those of the array."""
        quals, node = 0, self._core._type_node(number)
        while node[0] == "array":
            quals |= node[3]
            node = self._core._type_node(node[1])
        return quals

    def _make_enum(self, node):
        _, name, enumerators, partial, _, _, tag = node
        alias = None if tag or name.startswith("enum ") else name
        made = model.EnumType(
            tag or (f"${alias}" if alias else name[5:]),
            tuple(one for one, _ in enumerators),
            tuple(value for _, value in enumerators),
        )
        if alias:
            made.force_the_name(alias)
        made.partial = partial
        return made

    def _complete(self, number):
        """Gives a struct or union its members, if they are known now."""
        made = self._open[number]
        _, _, alias, fields, partial, pack, nameless = self._core._type_node(number)
        if alias and nameless and made.forcename is None:
            made.force_the_name(alias)
        if fields is None:
            return
        del self._open[number]
        types = [self._model(field[1]) for field in fields]
        made.fldnames = tuple(field[0] for field in fields)
        made.fldtypes = tuple(types)
        made.fldbitsize = tuple(field[2] for field in fields)
        made.fldquals = tuple(field[3] for field in fields)
        made.partial = partial or any(_has_unknown_length(tp) for tp in types)
        if not made.partial and any(isinstance(tp, model.StructType) and tp.partial for tp in types):
            made.partial = True
        made.packed = pack
        if made.completed:
            made.completed = 0
            self._recomplete.append(made)


_TAGS = ("struct", "union", "enum")


def _has_unknown_length(tp):
    while isinstance(tp, model.ArrayType):
        if tp.length_is_unknown():
            return True
        tp = tp.item
    return False


def _equal(known, new):
    return known == new


def _primitive(parser, name):
    if name in model.PrimitiveType.ALL_PRIMITIVE_TYPES:
        return resolve_common_type(parser, name)[0] if name in COMMON_TYPES else model.PrimitiveType(name)
    raise FFIError(messages.UNSUPPORTED.format(name))


def _conflict(error):
    text = str(error)
    found = re.search(r"error: (.*)", text)
    return found.group(1) if found else text
