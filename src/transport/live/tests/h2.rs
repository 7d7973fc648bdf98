//! Answers over HTTP/2 that end in the middle, frame by frame.

use rustls::ServerConfig;
use tokio_rustls::server::TlsStream;

use super::tls::{Authority, BOTH, in_2026, serve, trusting};
use super::*;

/// Frame types (RFC 9113, section 6).
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// A frame of the first stream a client opens, or of the connection.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// The head of an answer 200, with a Content-Length of two digits where one is given.
fn head(length: Option<&[u8; 2]>) -> Vec<u8> {
    // RFC 7541, appendix A: 8 is `:status: 200`, 28 is `content-length`.
    let mut block = vec![0x88];
    if let Some(digits) = length {
        block.extend([0x0f, 28 - 15, 2]);
        block.extend(digits);
    }
    frame(HEADERS, END_HEADERS, 1, &block)
}

/// How a connection ends after the last frame.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// With a goodbye of TLS.
    Goodbye,
    /// TCP is closed without one.
    Closed,
    /// TCP is reset.
    Reset,
    /// The client hangs up.
    Theirs,
}

/// Reads a request to the frame that ends its stream.
async fn heard(stream: &mut TlsStream<TcpStream>) {
    let mut preface = [0; 24];
    stream.read_exact(&mut preface).await.unwrap();
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.unwrap();
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        stream.read_exact(&mut vec![0; length]).await.unwrap();
        if head[3] == HEADERS {
            return;
        }
    }
}

/// Answers one request with these frames and ends.
async fn answered(frames: Vec<Vec<u8>>, end: End) -> Exchange {
    let authority = Authority::new();
    let mut config: ServerConfig = authority.server("rdap.example", 2027, BOTH);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let (address, served) = serve(config, move |mut stream| async move {
        let settings = frame(SETTINGS, 0, 0, &[]);
        stream.write_all(&settings).await.unwrap();
        heard(&mut stream).await;
        stream.write_all(&frames.concat()).await.unwrap();
        stream.flush().await.unwrap();
        match end {
            End::Goodbye => stream.shutdown().await.unwrap(),
            End::Closed => {}
            End::Reset => {
                stream.get_ref().0.set_zero_linger().unwrap();
                return;
            }
            End::Theirs => {
                let mut rest = Vec::new();
                // How the client hangs up is not what is asked here.
                drop(stream.read_to_end(&mut rest).await);
            }
        }
        if end != End::Theirs {
            // What the client still sends must not turn our close into a reset.
            drop(stream.get_mut().0.shutdown().await);
            drop(stream.get_mut().0.read_to_end(&mut Vec::new()).await);
        }
    })
    .await;
    let live = in_2026(trusting(vec![authority.root()], address));
    let exchange = ask(&live, get("https://rdap.example/")).await;
    drop(live);
    assert!(served.await.unwrap());
    exchange
}

#[track_caller]
fn check(exchange: &Exchange, expected: FailureKind) {
    assert_eq!(kind(exchange), expected, "{:?}", exchange.failure);
    let answer = http(exchange);
    assert_eq!(answer.version, "HTTP/2.0");
    assert_eq!(text(&answer.body), "half");
}

#[tokio::test]
async fn a_connection_closed_in_the_middle_is_truncated_as_over_http_1() {
    for length in [None, Some(b"50")] {
        for end in [End::Goodbye, End::Closed] {
            let frames = vec![head(length), frame(DATA, 0, 1, b"half")];
            check(&answered(frames, end).await, FailureKind::Truncated);
        }
    }
}

#[tokio::test]
async fn a_stream_ended_before_its_length_is_truncated() {
    let frames = vec![head(Some(b"50")), frame(DATA, END_STREAM, 1, b"half")];
    let exchange = answered(frames, End::Theirs).await;
    assert_eq!(
        kind(&exchange),
        FailureKind::Truncated,
        "{:?}",
        exchange.failure
    );
}

#[tokio::test]
async fn a_connection_closed_before_the_head_is_truncated() {
    let exchange = answered(Vec::new(), End::Goodbye).await;
    assert_eq!(
        kind(&exchange),
        FailureKind::Truncated,
        "{:?}",
        exchange.failure
    );
    assert_eq!(exchange.answer, None);
}

#[tokio::test]
async fn a_connection_that_is_reset_in_the_middle_is_a_reset() {
    let frames = vec![head(None), frame(DATA, 0, 1, b"half")];
    let exchange = answered(frames, End::Reset).await;
    assert_eq!(
        kind(&exchange),
        FailureKind::Reset,
        "{:?}",
        exchange.failure
    );
}

#[tokio::test]
async fn a_stream_that_is_reset_is_a_reset() {
    for code in [2_u32, 8] {
        let reset = frame(RST_STREAM, 0, 1, &code.to_be_bytes());
        let frames = vec![head(None), frame(DATA, 0, 1, b"half"), reset];
        check(&answered(frames, End::Theirs).await, FailureKind::Reset);
    }
}

#[tokio::test]
async fn a_connection_given_up_with_an_error_is_a_reset() {
    let farewell = [0_u32.to_be_bytes(), 2_u32.to_be_bytes()].concat();
    let frames = vec![
        head(None),
        frame(DATA, 0, 1, b"half"),
        frame(GOAWAY, 0, 0, &farewell),
    ];
    let exchange = answered(frames, End::Theirs).await;
    assert_eq!(
        kind(&exchange),
        FailureKind::Reset,
        "{:?}",
        exchange.failure
    );
}
