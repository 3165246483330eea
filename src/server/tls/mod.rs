//! TLS of the listeners, and client certificates (mTLS).
//!
//! [`Tls`] has the certificate, its key and the CA of client certificates, and opens connections with them. It reads
//! the files again when they have changed (`reload.rs`), so that a new certificate needs no restart. `files.rs` reads
//! them for the server and for the commands, and says what is wrong with them. `plaintext.rs` answers clients that
//! do not speak TLS.
//!
//! **A pair that cannot be used never replaces one that can.**

mod acceptor;
mod files;
mod options;
mod peer;
mod plaintext;
mod protocol;
mod reload;

pub(super) use acceptor::Tls;
pub use files::{FileProblem, TlsFile, TlsFileError, read_authorities, read_identity};
pub use options::{TlsError, TlsOptions};
pub use peer::OutOfTime;
pub use plaintext::NOT_TLS;
pub(super) use plaintext::{is_tls, refuse_plaintext};
pub(super) use protocol::Protocol;
