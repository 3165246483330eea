//! Units into a file, whatever its format, one by one.
