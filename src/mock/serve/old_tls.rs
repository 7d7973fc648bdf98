//! What a server says first that still accepts TLS 1.0 and 1.1.
//!
//! rustls speaks neither, and nobody here needs more than the first answer: a
//! `ServerHello` by hand, and the connection is closed.

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::{Shared, WireFault, connection};

/// Most octets of a `ClientHello` that are looked at; those of old clients have some hundred.
const LOOKED_AT: usize = 2_048;

/// A suite of TLS 1.0: `TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA` (RFC 8422, section 6).
const SUITE: [u8; 2] = [0xc0, 0x13];

/// Answers a client that offers nothing newer than TLS 1.1, where a fault says so; says whether it did.
pub(super) async fn answer(stream: &mut TcpStream, shared: &Shared) -> bool {
    let hosts: Vec<&str> = shared
        .world
        .web_hosts()
        .filter(|host| connection(&shared.world, host) == Some(WireFault::OldTls))
        .collect();
    if hosts.is_empty() {
        return false;
    }
    let mut hello = vec![0; LOOKED_AT];
    let Ok(length) = stream.peek(&mut hello).await else {
        return false;
    };
    hello.truncate(length);
    let Some(version) = offered(&hello).filter(|version| version[1] < 3) else {
        return false;
    };
    // The server name stands in the clear.
    let named = |host: &str| {
        let name = host.as_bytes();
        hello.windows(name.len()).any(|part| part == name)
    };
    if !hosts.iter().any(|host| named(host)) {
        return false;
    }
    let sent = stream.write_all(&server_hello(version)).await;
    sent.and(stream.shutdown().await).unwrap_or_default();
    true
}

/// Returns the version of a `ClientHello` in its first record; `None` if it is none.
const fn offered(octets: &[u8]) -> Option<[u8; 2]> {
    // Record header, type and length of the message, then the version (RFC 5246, section 7.4.1.2).
    match octets {
        [22, 3, _, _, _, 1, _, _, _, 3, minor, ..] => Some([3, *minor]),
        _ => None,
    }
}

fn server_hello(version: [u8; 2]) -> Vec<u8> {
    let mut body = version.to_vec();
    body.extend([7; 32]);
    // No session id, a suite, no compression.
    body.push(0);
    body.extend(SUITE);
    body.push(0);
    let length = u8::try_from(body.len()).unwrap_or(u8::MAX);
    let mut record = vec![22, version[0], version[1], 0, length + 4, 2, 0, 0, length];
    record.extend(body);
    record
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hello_by_hand_has_the_version_that_was_offered() {
        let octets = server_hello([3, 1]);
        assert_eq!(octets.get(..5), Some(&[22, 3, 1, 0, 42][..]));
        assert_eq!(octets.len(), 5 + 42);
        let hello = [22, 3, 1, 0, 9, 1, 0, 0, 5, 3, 2, 0, 0];
        assert_eq!(offered(&hello), Some([3, 2]));
        assert_eq!(offered(b"GET / HTTP/1.1\r\n"), None);
    }
}
