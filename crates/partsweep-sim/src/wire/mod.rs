//! What is asked for, and the form of answers.

pub(crate) mod answer;
pub(crate) mod body;
pub(crate) mod host;
pub(crate) mod markup;
pub(crate) mod operation;
pub(crate) mod payload;
pub(crate) mod request;
pub(crate) mod xml;
