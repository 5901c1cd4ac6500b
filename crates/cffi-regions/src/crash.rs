//! The report of a crash. (It is filled in later.)
