//! The type-string parser.
