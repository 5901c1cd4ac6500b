//! Binary layout shared with compiled cffi modules.
