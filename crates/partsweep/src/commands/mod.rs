//! One file per command: its arguments, whose doc comments are the help, and one function.

pub(crate) mod apply;
pub(crate) mod clean;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod lifecycle;
pub(crate) mod prices;
pub(crate) mod rescue;
pub(crate) mod scan;
