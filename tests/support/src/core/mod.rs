//! Small core.
