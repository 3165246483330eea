//! Who can reach the server, and what follows from that: whether callers need a token or a client certificate, and
//! whether it may start.

use std::net::{IpAddr, SocketAddr};

use crate::service::AccessMode;

/// Who may call, as the operator chose it. `docs/access.md` has the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Exposure {
    /// Nothing was chosen: no token is needed on loopback. On any other address, TLS and tokens are required.
    #[default]
    LoopbackOpen,
    /// Tokens are required everywhere, and TLS on any address but loopback.
    RequireTokens,
    /// Tokens are required everywhere. Only a proxy that ends TLS reaches the port.
    PlaintextBehindProxy,
    /// Everybody who reaches the port may do everything.
    OpenToEveryone,
}

/// Others would reach the listener, and nothing protects what goes over the line.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "{0} can be reached from other machines, and this server has no TLS, so tokens and texts would be readable on the way. Give --tls-cert and --tls-key (tokens or client certificates are then required), listen on 127.0.0.1, or name the exception: --plaintext-behind-proxy if a proxy ends TLS in front (tokens are then required), or --open-to-everyone if everybody may read and change everything"
)]
pub struct ExposedError(SocketAddr);

impl Exposure {
    /// Returns what the flags or keys of these names choose. The one that opens most counts.
    #[must_use]
    pub fn chosen(
        open_to_everyone: bool,
        plaintext_behind_proxy: bool,
        require_tokens: bool,
    ) -> Option<Self> {
        if open_to_everyone {
            Some(Self::OpenToEveryone)
        } else if plaintext_behind_proxy {
            Some(Self::PlaintextBehindProxy)
        } else {
            require_tokens.then_some(Self::RequireTokens)
        }
    }

    /// Checks that a server with or without TLS may listen on an address.
    ///
    /// # Errors
    /// [`ExposedError`].
    pub fn check(self, listener: SocketAddr, has_tls: bool) -> Result<(), ExposedError> {
        self.mode(listener, has_tls).map(drop)
    }

    /// Returns whether callers need a token or a client certificate on a listener with this address.
    ///
    /// # Errors
    /// [`ExposedError`] if tokens and texts would be readable on the way.
    pub(super) fn mode(self, listener: SocketAddr, has_tls: bool) -> Result<AccessMode, ExposedError> {
        match self {
            Self::PlaintextBehindProxy => Ok(AccessMode::Tokens),
            Self::OpenToEveryone => Ok(AccessMode::Open),
            Self::LoopbackOpen if is_loopback(listener.ip()) => Ok(AccessMode::Open),
            Self::RequireTokens if is_loopback(listener.ip()) => Ok(AccessMode::Tokens),
            Self::LoopbackOpen | Self::RequireTokens if has_tls => Ok(AccessMode::Tokens),
            Self::LoopbackOpen | Self::RequireTokens => Err(ExposedError(listener)),
        }
    }
}

/// Returns whether only this machine reaches an address. An IPv4 address inside an IPv6 one counts as itself.
fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use super::Exposure;
    use crate::service::AccessMode;

    #[test]
    fn an_address_that_others_reach_needs_tls_or_a_named_exception() {
        use AccessMode::{Open, Tokens};
        use Exposure::{LoopbackOpen, OpenToEveryone, PlaintextBehindProxy, RequireTokens};
        let loopback = ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "[::ffff:127.0.0.1]:1"];
        let others = ["0.0.0.0:1", "[::]:1", "10.0.0.1:1", "[fe80::1]:1", "[::ffff:10.0.0.1]:1"];
        for (exposure, on_loopback, elsewhere, with_tls) in [
            (LoopbackOpen, Open, None, Tokens),
            (RequireTokens, Tokens, None, Tokens),
            (PlaintextBehindProxy, Tokens, Some(Tokens), Tokens),
            (OpenToEveryone, Open, Some(Open), Open),
        ] {
            for (addresses, has_tls, expected) in [
                (&loopback[..], false, Some(on_loopback)),
                (&loopback[..], true, Some(on_loopback)),
                (&others[..], false, elsewhere),
                (&others[..], true, Some(with_tls)),
            ] {
                for address in addresses {
                    let mode = exposure.mode(address.parse().unwrap(), has_tls).ok();
                    assert_eq!(mode, expected, "{exposure:?} {address} {has_tls}");
                }
            }
        }
    }
}
