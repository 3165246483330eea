//! `InterchangeService`: files as streams of bytes.

mod service;
mod streams;

pub(crate) use service::Interchange;
