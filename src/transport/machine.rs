//! What this machine can do: families, trust store, programs, and how far its clock is off.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{Answer, Family, HttpRequest, Request, Transport};
use crate::clock::Clock;
use crate::fact::{Failure, FailureKind, Key, Subject};

/// What works of an address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct FamilyState {
    /// Whether a service of our own can listen on the loopback address.
    pub loopback: bool,
    /// Whether there is a route outward. Nothing is sent to find out.
    pub route: bool,
}

/// Returns what works of a family; of [`Family::Any`], what works of either.
pub fn family(family: Family) -> FamilyState {
    let of = |loopback: IpAddr, outward: IpAddr, any: IpAddr| FamilyState {
        loopback: TcpListener::bind((loopback, 0)).is_ok(),
        // Connecting a datagram socket looks for a route and sends nothing.
        route: UdpSocket::bind((any, 0))
            .and_then(|socket| socket.connect((outward, 9)))
            .is_ok(),
    };
    match family {
        Family::Ipv4 => of(
            Ipv4Addr::LOCALHOST.into(),
            // TEST-NET-1 (RFC 5737): routed like any other, and nobody's.
            Ipv4Addr::new(192, 0, 2, 1).into(),
            Ipv4Addr::UNSPECIFIED.into(),
        ),
        Family::Ipv6 => of(
            Ipv6Addr::LOCALHOST.into(),
            // The documentation prefix (RFC 3849).
            Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into(),
            Ipv6Addr::UNSPECIFIED.into(),
        ),
        Family::Any => {
            let (v4, v6) = (self::family(Family::Ipv4), self::family(Family::Ipv6));
            FamilyState {
                loopback: v4.loopback || v6.loopback,
                route: v4.route || v6.route,
            }
        }
    }
}

/// Says whether this machine has a trust store that can be used.
///
/// # Errors
///
/// What is wrong with it, in words.
pub fn trust_store() -> Result<(), String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    match rustls_platform_verifier::Verifier::new(provider) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

/// Returns where a program is; `None` if it is in no folder of `path`, which is written as the variable `PATH`.
pub fn program(path: &str, name: &str) -> Option<PathBuf> {
    std::env::split_paths(path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|file| is_executable(file))
}

#[cfg(unix)]
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(file)
        .is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(file: &Path) -> bool {
    file.is_file()
}

/// Returns the name server this machine asks; `None` if its settings name none.
pub fn name_server() -> Option<SocketAddr> {
    super::live::machine_server()
}

/// How far our clock is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Offset {
    /// Their time minus ours.
    pub offset: SignedDuration,
    /// The true value is at most this far away: half of the exchange and half of the second a Date counts.
    pub within: SignedDuration,
}

/// Compares our clock with the Date header of a URL, in one exchange.
///
/// Source: RFC 9110, section 6.6.1; the offset is reckoned as in RFC 5905, section 8.
///
/// # Errors
///
/// The failure of the exchange, or of kind `protocol` if there is no Date.
pub async fn offset(
    transport: &dyn Transport,
    clock: &dyn Clock,
    url: &str,
    timeout: Duration,
) -> Result<Offset, Failure> {
    let key = Arc::new(Key {
        scenario: "run.clock".into(),
        instance: "".into(),
        subject: Subject::Shared,
        asked: None,
        target: "".into(),
        probe: "clock".into(),
        tick: 0,
        attempt: 1,
        vantage: "".into(),
    });
    let request = Request::Http(HttpRequest {
        method: "HEAD".to_owned(),
        url: url.to_owned(),
        headers: Vec::new(),
        address: None,
        family: Family::Any,
        body_limit: 0,
        timeout,
    });
    let exchange = transport.exchange(&key, 0, request).await;
    let received = clock.now();
    if let Some(failure) = exchange.failure {
        return Err(failure);
    }
    let date = match &exchange.answer {
        Some(Answer::Http(answer)) => answer
            .headers
            .iter()
            .find(|(name, _)| name == "date")
            .and_then(|(_, value)| date(value)),
        Some(Answer::Dns { .. } | Answer::Tls(_) | Answer::Tcp { .. } | Answer::Program(_))
        | None => None,
    };
    let Some(date) = date else {
        return Err(Failure {
            kind: FailureKind::Protocol,
            detail: format!("`{url}` answers without a Date that can be read"),
        });
    };
    // The answer was made at the end of what we waited for; before that stood name, TCP and TLS.
    let waited = exchange.timing.first_byte.unwrap_or_default();
    let half = waited / 2;
    let half_second = SignedDuration::from_millis(500);
    let ours = received.checked_sub(half).unwrap_or(received);
    let theirs = date.checked_add(half_second).unwrap_or(date);
    Ok(Offset {
        offset: theirs.duration_since(ours),
        within: half + half_second,
    })
}

fn date(value: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(value)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::FixedClock;
    use crate::fact::Digest;
    use crate::transport::{Body, Boxed, Content, Exchange, HttpAnswer, Timing};

    /// Answers everything with one Date.
    #[derive(Debug)]
    struct Dated(&'static str);

    impl Transport for Dated {
        fn exchange<'a>(
            &'a self,
            key: &'a Arc<Key>,
            step: u32,
            request: Request,
        ) -> Boxed<'a, Exchange> {
            Box::pin(std::future::ready(Exchange {
                key: Arc::clone(key),
                step,
                at: Timestamp::UNIX_EPOCH,
                request,
                source: None,
                destination: None,
                addresses: Vec::new(),
                timing: Timing {
                    first_byte: Some(SignedDuration::from_millis(200)),
                    ..Timing::default()
                },
                answer: Some(Answer::Http(HttpAnswer {
                    status: 200,
                    version: "HTTP/1.1".to_owned(),
                    headers: vec![("date".to_owned(), self.0.to_owned())],
                    body: Body {
                        digest: Digest::of(b""),
                        bytes: 0,
                        content: Content::Elsewhere,
                    },
                })),
                failure: None,
                masked: false,
            }))
        }

        fn keep(&self, _digest: &Digest, _octets: &bytes::Bytes) {}
    }

    #[tokio::test]
    async fn the_offset_is_their_date_against_the_middle_of_our_exchange() {
        let clock = FixedClock("2026-11-22T00:00:10Z".parse().unwrap());
        let transport = Dated("Sun, 22 Nov 2026 00:00:12 GMT");
        let seen = offset(
            &transport,
            &clock,
            "https://t.example/",
            Duration::from_secs(1),
        )
        .await;
        let expected = Offset {
            offset: SignedDuration::from_millis(2600),
            within: SignedDuration::from_millis(600),
        };
        assert_eq!(seen, Ok(expected));
        let transport = Dated("tomorrow");
        let seen = offset(
            &transport,
            &clock,
            "https://t.example/",
            Duration::from_secs(1),
        )
        .await;
        assert_eq!(seen.unwrap_err().kind, FailureKind::Protocol);
    }

    #[test]
    fn this_machine_can_listen_to_itself() {
        assert!(family(Family::Any).loopback);
        assert!(family(Family::Ipv4).loopback);
    }

    #[test]
    fn a_program_is_found_in_absolute_folders_only() {
        assert!(program("/nowhere:/bin:/usr/bin", "sh").is_some());
        assert_eq!(program("bin:.:", "sh"), None);
        assert_eq!(program("/bin:/usr/bin", "no-such-program"), None);
    }
}
