//! VITS.
