"""FFI objects: constructor, type arguments, methods; the tables of modules written in Python."""
