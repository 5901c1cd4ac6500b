//! The C type model.
