"""The table of types of a module: a word for each type, in the order of the stock front end."""

from . import cffi_opcode as opcode
from . import model
from .cffi_opcode import CffiOp
from .error import VerificationError


class TypeTable:
    """`words` is the table, `positions` the place of each type in it."""

    def __init__(self, parser, for_python):
        self.parser = parser
        self.for_python = for_python
        self.positions = {}
        self.words = []
        self._collect()
        self._place()
        self._write()

    def _collect(self):
        for key, (tp, _) in sorted(self.parser._declarations.items()):
            kind, _, name = key.partition(" ")
            if kind == "function":
                raw = tp.as_raw_function()
                self._add(raw)
                if tp.ellipsis and not self.for_python:
                    self._add(tp)
            elif kind in ("extern_python", "extern_python_plus_c", "dllexport_python"):
                self._add(tp)
            elif kind in ("typedef", "variable"):
                self._add(self._resolved(tp, name, kind))
            elif kind in ("struct", "union", "anonymous", "enum") or (
                kind == "constant" and not (tp.is_integer_type() and not self.for_python)
            ):
                self._add(tp)

    def _resolved(self, tp, name, kind):
        """Puts expressions of C in the place of lengths that only a C compiler knows."""
        what = f"*({name} *)0" if kind == "typedef" else name
        return self._with_lengths(tp, what)

    def _with_lengths(self, tp, what):
        if not isinstance(tp, model.ArrayType):
            return tp
        item = self._with_lengths(tp.item, f"({what})[0]" if not what.endswith("]") else f"{what}[0]")
        length = f"_cffi_array_len({what})" if tp.length == "..." else tp.length
        return model.ArrayType(item, length)

    def _add(self, tp):
        if isinstance(tp, model.FunctionPtrType):
            if tp not in self.positions:
                self.positions[tp] = None
                self._add(tp.as_raw_function())
            return
        if tp in self.positions:
            return
        self.positions[tp] = None
        if isinstance(tp, model.StructOrUnion):
            if tp.fldtypes is not None and tp not in self.parser._included_declarations:
                for name, field, _, _ in tp.enumfields(not self.for_python):
                    self._add(self._with_lengths(field, f"(({tp.get_c_name()}*)0)->{name}"))
        elif isinstance(tp, model.BaseFunctionType):
            for part in (*tp.args, tp.result):
                self._add(part)
        else:
            for attribute in getattr(tp, "_attrs_", ()):
                value = getattr(tp, attribute)
                if isinstance(value, model.BaseTypeByIdentity):
                    self._add(value)

    def _place(self):
        every = sorted(self.positions, key=str)
        for tp in every:
            if not tp.is_raw_function:
                continue
            self._put(tp)
            for arg in tp.args:
                if self.positions.get(arg) is None:
                    self._put(arg)
                elif isinstance(arg, model.PrimitiveType):
                    self.words.append(arg)
                else:
                    self.words.append(CffiOp(opcode.OP_NOOP, self.positions[arg]))
            self.words.append(CffiOp(opcode.OP_FUNCTION_END, int(tp.ellipsis) | 2 * (tp.abi == "__stdcall")))
        for tp in every:
            if not tp.is_raw_function and self.positions[tp] is None:
                self._put(tp)
                if isinstance(tp, model.ArrayType) and tp.length is not None:
                    self.words.append(CffiOp(None, str(tp.length)))

    def _put(self, tp):
        self.positions[tp] = len(self.words)
        self.words.append(tp)

    def _write(self):
        records = [tp for tp in self.positions if isinstance(tp, model.StructOrUnion)]
        enums = [tp for tp in self.positions if isinstance(tp, model.EnumType)]
        self.records = {tp: i for i, tp in enumerate(sorted(records, key=lambda tp: tp.name))}
        self.enums = {tp: i for i, tp in enumerate(sorted(enums, key=lambda tp: tp.name))}
        self.words = [word if isinstance(word, CffiOp) else self._word(word) for word in self.words]

    def _word(self, tp):
        place = self.positions
        if isinstance(tp, model.VoidType):
            return CffiOp(opcode.OP_PRIMITIVE, opcode.PRIM_VOID)
        if isinstance(tp, model.PrimitiveType):
            return CffiOp(opcode.OP_PRIMITIVE, opcode.PRIMITIVE_TO_INDEX[tp.name])
        if isinstance(tp, model.UnknownIntegerType):
            text = f"_cffi_prim_int(sizeof({tp.name}), (\n           (({tp.name})-1) | 0 /* check that {tp.name} is an integer type */\n         ) <= 0)"
            return CffiOp(opcode.OP_PRIMITIVE, text)
        if isinstance(tp, model.UnknownFloatType):
            text = f"_cffi_prim_float(sizeof({tp.name}) *\n           ((({tp.name})1) / 2) * 2 /* integer => 0, float => 1 */\n         )"
            return CffiOp(opcode.OP_PRIMITIVE, text)
        if isinstance(tp, model.RawFunctionType):
            return CffiOp(opcode.OP_FUNCTION, place[tp.result])
        if isinstance(tp, model.FunctionPtrType):
            return CffiOp(opcode.OP_POINTER, place[tp.as_raw_function()])
        if isinstance(tp, model.PointerType):
            return CffiOp(opcode.OP_POINTER, place[tp.totype])
        if isinstance(tp, model.ArrayType):
            if tp.length == "...":
                raise VerificationError(
                    f"type {str(tp)[1:-1]} badly placed: the '...' array length can only be used on global arrays or on "
                    "fields of structures"
                )
            kind = opcode.OP_OPEN_ARRAY if tp.length is None else opcode.OP_ARRAY
            return CffiOp(kind, place[tp.item])
        if isinstance(tp, model.EnumType):
            return CffiOp(opcode.OP_ENUM, self.enums[tp])
        file = tp.name == "_IO_FILE" and tp.forcename == "FILE"
        return CffiOp(opcode.OP_STRUCT_UNION, opcode._IO_FILE_STRUCT if file else self.records[tp])
