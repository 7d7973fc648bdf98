//! A hand-made `ClientHello` that offers one version of TLS, and what a server says first.
//!
//! A TLS library offers what it is willing to speak. To see whether a server still
//! accepts TLS 1.0 or 1.1 the offer must be made without being able to keep it: the
//! connection is dropped after the `ServerHello`.

use rustls::pki_types::ServerName;
use rustls::{AlertDescription, CipherSuite};
use tokio::io::{AsyncRead, AsyncReadExt};

/// Most octets that are read for a `ServerHello`; ours: the largest seen has a tenth of it.
const LARGEST: usize = 16 * 1024;

/// Content types of records (RFC 8446, section 5.1).
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;

/// Handshake types (RFC 8446, section 4).
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;

/// Extension types (IANA, TLS `ExtensionType` Values).
const SERVER_NAME: u16 = 0;
const GROUPS: u16 = 10;
const POINT_FORMATS: u16 = 11;
const SIGNATURES: u16 = 13;
const ALPN: u16 = 16;
const MASTER_SECRET: u16 = 23;
const VERSIONS: u16 = 43;
const KEY_SHARE: u16 = 51;
const RENEGOTIATION: u16 = 0xff01;

/// Group X25519, of whose public keys any 32 octets are one (RFC 7748, section 5).
const X25519: u16 = 29;

/// Suites of TLS 1.3.
const SUITES_13: &[u16] = &[0x1301, 0x1302, 0x1303];

/// Suites of TLS 1.2, the better ones first, as far as some server may still want them.
const SUITES_12: &[u16] = &[
    0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0x009e, 0x009f, 0xc023, 0xc027, 0xc009, 0xc013,
    0xc00a, 0xc014, 0x009c, 0x009d, 0x003c, 0x003d, 0x002f, 0x0035, 0x000a,
];

/// Suites of TLS 1.0 and 1.1.
const SUITES_10: &[u16] = &[
    0xc009, 0xc013, 0xc00a, 0xc014, 0x0033, 0x0039, 0x002f, 0x0035, 0x000a, 0x0005,
];

/// Signature schemes, those of TLS 1.0 last.
const SCHEMES: &[u16] = &[
    0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201,
];

/// Groups, all of which TLS 1.0 to 1.3 know.
const CURVES: &[u16] = &[X25519, 23, 24, 25];

/// What a server said first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum First {
    /// The version and suite it chose.
    Hello {
        /// Such as `TLSv1.2`.
        version: String,
        /// The suite's name, or its number in hex.
        cipher: String,
    },
    /// An alert, in words.
    Alert(String),
}

/// Returns the number of a version by name; `None` for an unknown name.
pub(super) fn version_number(name: &str) -> Option<u16> {
    match name {
        "TLSv1.0" => Some(0x0301),
        "TLSv1.1" => Some(0x0302),
        "TLSv1.2" => Some(0x0303),
        "TLSv1.3" => Some(0x0304),
        _ => None,
    }
}

/// Returns the name of a version by number.
pub(super) fn version_name(number: u16) -> String {
    match number {
        0x0300 => "SSLv3".to_owned(),
        0x0301..=0x0304 => format!("TLSv1.{}", number - 0x0301),
        _ => format!("0x{number:04x}"),
    }
}

/// Writes a `ClientHello` in one record; `random` holds the random, the session id and a key.
pub(super) fn client_hello(
    version: u16,
    host: &ServerName<'_>,
    alpn: &[String],
    random: &[[u8; 32]; 3],
) -> Vec<u8> {
    let [random, session, share] = random;
    let tls13 = version == 0x0304;
    let mut body = Vec::with_capacity(512);
    body.extend(version.min(0x0303).to_be_bytes());
    body.extend(random);
    // A session id makes boxes in between take TLS 1.3 for a resumption (RFC 8446, appendix D.4).
    sized8(&mut body, if tls13 { session } else { &[] });
    let suites = match version {
        0x0304 => SUITES_13,
        0x0303 => SUITES_12,
        _ => SUITES_10,
    };
    sized16(&mut body, &words(suites));
    sized8(&mut body, &[0]);
    let mut extensions = Vec::with_capacity(256);
    if let ServerName::DnsName(name) = host {
        let mut entry = vec![0];
        sized16(&mut entry, name.as_ref().as_bytes());
        extension(&mut extensions, SERVER_NAME, &in16(&entry));
    }
    extension(&mut extensions, GROUPS, &in16(&words(CURVES)));
    extension(&mut extensions, POINT_FORMATS, &[1, 0]);
    if version >= 0x0303 {
        extension(&mut extensions, SIGNATURES, &in16(&words(SCHEMES)));
    }
    if !alpn.is_empty() {
        let mut list = Vec::new();
        for protocol in alpn {
            sized8(&mut list, protocol.as_bytes());
        }
        extension(&mut extensions, ALPN, &in16(&list));
    }
    if tls13 {
        extension(&mut extensions, VERSIONS, &[2, 3, 4]);
        let mut entry = X25519.to_be_bytes().to_vec();
        sized16(&mut entry, share);
        extension(&mut extensions, KEY_SHARE, &in16(&entry));
    } else {
        extension(&mut extensions, MASTER_SECRET, &[]);
        extension(&mut extensions, RENEGOTIATION, &[0]);
    }
    sized16(&mut body, &extensions);
    let mut message = vec![CLIENT_HELLO, 0];
    sized16(&mut message, &body);
    // Records of a first `ClientHello` say TLS 1.0 whatever they offer (RFC 8446, section 5.1).
    let mut record = vec![HANDSHAKE, 3, 1];
    sized16(&mut record, &message);
    record
}

/// Appends a list after its length in one octet.
fn sized8(out: &mut Vec<u8>, octets: &[u8]) {
    let kept = octets.get(..255).unwrap_or(octets);
    out.push(u8::try_from(kept.len()).unwrap_or(u8::MAX));
    out.extend(kept);
}

/// Appends a list after its length in two octets.
fn sized16(out: &mut Vec<u8>, octets: &[u8]) {
    let kept = octets.get(..usize::from(u16::MAX)).unwrap_or(octets);
    out.extend(u16::try_from(kept.len()).unwrap_or(u16::MAX).to_be_bytes());
    out.extend(kept);
}

fn in16(octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(octets.len() + 2);
    sized16(&mut out, octets);
    out
}

fn words(numbers: &[u16]) -> Vec<u8> {
    numbers.iter().flat_map(|n| n.to_be_bytes()).collect()
}

fn extension(out: &mut Vec<u8>, number: u16, octets: &[u8]) {
    out.extend(number.to_be_bytes());
    sized16(out, octets);
}

/// Reads records until a `ServerHello` is whole or an alert came.
///
/// # Errors
///
/// An I/O error; of kind `InvalidData` if what came is no TLS.
pub(super) async fn read_first(
    stream: &mut (impl AsyncRead + Unpin + Send),
) -> std::io::Result<First> {
    let mut messages = Vec::new();
    loop {
        let mut header = [0; 5];
        stream.read_exact(&mut header).await?;
        let [kind, major, _, high, low] = header;
        let length = usize::from(u16::from_be_bytes([high, low]));
        if major != 3 || !matches!(kind, ALERT | HANDSHAKE) {
            return Err(invalid("what came is no TLS record"));
        }
        if length == 0 || messages.len() + length > LARGEST {
            return Err(invalid(
                "a record of the `ServerHello` is empty or too large",
            ));
        }
        let start = messages.len();
        messages.resize(start + length, 0);
        stream
            .read_exact(messages.get_mut(start..).unwrap_or_default())
            .await?;
        if kind == ALERT {
            return match messages.get(start..) {
                Some([_, number]) => Ok(First::Alert(alert_words(*number))),
                _ => Err(invalid("an alert has not two octets")),
            };
        }
        if let Some(first) = server_hello(&messages)? {
            return Ok(first);
        }
    }
}

fn invalid(why: &str) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidData, why)
}

fn alert_words(number: u8) -> String {
    match AlertDescription::from(number).as_str() {
        Some(name) => format!("{name} ({number})"),
        None => number.to_string(),
    }
}

/// Reads a `ServerHello`; `None` if it is not whole yet.
fn server_hello(octets: &[u8]) -> std::io::Result<Option<First>> {
    let &[kind, high, middle, low, ref rest @ ..] = octets else {
        return Ok(None);
    };
    if kind != SERVER_HELLO {
        return Err(invalid("the first message is no `ServerHello`"));
    }
    let length = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
    if length > LARGEST {
        return Err(invalid("the `ServerHello` is too large"));
    }
    let Some(body) = rest.get(..length) else {
        return Ok(None);
    };
    parse(body)
        .map(Some)
        .ok_or_else(|| invalid("the `ServerHello` is cut or malformed"))
}

/// Reads version and suite (RFC 8446, section 4.1.3; RFC 5246, section 7.4.1.3).
fn parse(body: &[u8]) -> Option<First> {
    let mut reader = Reader(body);
    let mut version = reader.number()?;
    reader.take(32)?;
    let session = usize::from(*reader.take(1)?.first()?);
    reader.take(session)?;
    let cipher = reader.number()?;
    reader.take(1)?;
    // TLS 1.0 allows a `ServerHello` without extensions.
    if let Some(length) = reader.number() {
        let mut extensions = Reader(reader.take(usize::from(length))?);
        while let Some(number) = extensions.number() {
            let length = extensions.number()?;
            let value = extensions.take(usize::from(length))?;
            if number == VERSIONS {
                version = Reader(value).number()?;
            }
        }
    }
    Some(First::Hello {
        version: version_name(version),
        cipher: cipher_name(CipherSuite::from(cipher)),
    })
}

/// Returns the name of a suite, or its number in hex.
pub(super) fn cipher_name(suite: CipherSuite) -> String {
    suite
        .as_str()
        .map_or_else(|| format!("0x{:04x}", u16::from(suite)), str::to_owned)
}

/// Takes octets from the front.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u16> {
        let octets: [u8; 2] = self.take(2)?.try_into().ok()?;
        Some(u16::from_be_bytes(octets))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(octets: &[u8]) -> std::io::Result<First> {
        read_first(&mut &*octets).await
    }

    fn hello(version: u16, extensions: &[u8]) -> Vec<u8> {
        let mut body = version.to_be_bytes().to_vec();
        body.extend([7; 32]);
        body.extend([0, 0xc0, 0x13, 0]);
        body.extend(extensions);
        let mut message = vec![SERVER_HELLO, 0];
        sized16(&mut message, &body);
        message
    }

    fn record(kind: u8, octets: &[u8]) -> Vec<u8> {
        let mut record = vec![kind, 3, 1];
        sized16(&mut record, octets);
        record
    }

    #[tokio::test]
    async fn a_server_hello_tells_version_and_suite() {
        let expected = |version: &str| First::Hello {
            version: version.to_owned(),
            cipher: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA".to_owned(),
        };
        for (number, name) in [
            (0x0301, "TLSv1.0"),
            (0x0302, "TLSv1.1"),
            (0x0303, "TLSv1.2"),
        ] {
            let whole = record(HANDSHAKE, &hello(number, &[]));
            assert_eq!(read(&whole).await.unwrap(), expected(name));
        }
        let chosen = [0, 6, 0, 43, 0, 2, 3, 4];
        let whole = record(HANDSHAKE, &hello(0x0303, &chosen));
        assert_eq!(read(&whole).await.unwrap(), expected("TLSv1.3"));
    }

    #[tokio::test]
    async fn a_server_hello_may_come_in_pieces() {
        let message = hello(0x0303, &[]);
        let mut octets = Vec::new();
        for piece in message.chunks(3) {
            octets.extend(record(HANDSHAKE, piece));
        }
        assert!(matches!(read(&octets).await, Ok(First::Hello { .. })));
    }

    #[tokio::test]
    async fn an_alert_is_named() {
        let alert = record(ALERT, &[2, 70]);
        let expected = First::Alert("ProtocolVersion (70)".to_owned());
        assert_eq!(read(&alert).await.unwrap(), expected);
    }

    #[tokio::test]
    async fn hostile_octets_are_refused_in_bounds() {
        let mut inputs = vec![
            b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
            b"SSH-2.0-x\r\n".to_vec(),
            record(HANDSHAKE, &[]),
            record(ALERT, &[2]),
            record(HANDSHAKE, &[SERVER_HELLO, 0xff, 0xff, 0xff]),
            record(HANDSHAKE, &[11, 0, 0, 0]),
            record(HANDSHAKE, &hello(0x0303, &[0, 9, 0, 43, 0, 99])),
        ];
        let whole = record(HANDSHAKE, &hello(0x0303, &[0, 6, 0, 43, 0, 2, 3, 4]));
        inputs.extend((0..whole.len()).map(|cut| whole[..cut].to_vec()));
        let drip = record(HANDSHAKE, &[SERVER_HELLO, 0, 0x40, 0]);
        let mut endless = drip;
        for _ in 0..20 {
            endless.extend(record(HANDSHAKE, &[0; 1000]));
        }
        inputs.push(endless);
        for input in inputs {
            assert!(read(&input).await.is_err(), "{input:02x?}");
        }
    }
}
