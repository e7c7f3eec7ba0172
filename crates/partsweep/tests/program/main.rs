//! The program as a person or a script meets it: the real binary, on a simulated store.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod accounts;
mod agreeing;
mod apply_dry_run;
mod asking;
mod bounds;
mod bugs;
mod consent;
mod demo;
mod echoes;
mod exits;
mod failures;
mod folder;
mod formats;
mod glass;
mod habits;
mod hostile;
mod interrupts;
mod journal;
mod kills;
mod memory;
mod pace;
mod program;
mod repair;
mod resumed;
mod saved;
mod screens;
mod settings;
mod signals;
mod sources;
mod store;
mod tables;
mod terminal;
mod together;
mod top;
mod walk;
