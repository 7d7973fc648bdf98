//! TCP and DNS.

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::A;
use hickory_proto::rr::{RData, Record};
use tokio::net::UdpSocket;

use super::*;
use crate::transport::options::Lookup;
use crate::transport::{DnsRequest, TcpRead, TcpRequest};

fn whois(read: TcpRead) -> TcpRequest {
    TcpRequest {
        host: "whois.example".to_owned(),
        port: 43,
        send: b"192.0.2.1\r\n".to_vec(),
        read,
        address: None,
        limit: 1000,
        family: Family::Any,
        timeout: Duration::from_secs(10),
    }
}

async fn talk(live: &Live, request: TcpRequest) -> Exchange {
    live.exchange(&key(), 0, Request::Tcp(request)).await
}

/// Serves one conversation: reads a line, sends these octets, closes.
async fn answer_line(answer: Vec<u8>) -> (SocketAddr, JoinHandle<Vec<u8>>) {
    let (listener, address) = listen().await;
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            line.push(stream.read_u8().await.unwrap());
        }
        // The other side may have hung up at its limit.
        drop(stream.write_all(&answer).await);
        line
    });
    (address, served)
}

#[track_caller]
fn transcript(exchange: &Exchange) -> String {
    match &exchange.answer {
        Some(Answer::Tcp { body }) => text(body),
        other => panic!("{other:?} {:?}", exchange.failure),
    }
}

#[tokio::test]
async fn a_whois_answer_is_read_to_its_end() {
    let (address, served) = answer_line(b"inetnum: 192.0.2.0\r\n\r\n".to_vec()).await;
    let live = live(leads("whois.example", 43, &[address]));
    let exchange = talk(&live, whois(TcpRead::All)).await;
    assert_eq!(exchange.failure, None);
    assert_eq!(transcript(&exchange), "inetnum: 192.0.2.0\r\n\r\n");
    assert_eq!(exchange.destination, Some(address));
    assert!(exchange.source.is_some() && exchange.timing.connect.is_some());
    assert_eq!(served.await.unwrap(), b"192.0.2.1\r\n");
}

#[tokio::test]
async fn an_endless_whois_answer_is_cut_at_its_limit() {
    let (address, served) = answer_line(vec![b'x'; 5_000_000]).await;
    let live = live(leads("whois.example", 43, &[address]));
    let exchange = talk(&live, whois(TcpRead::All)).await;
    assert_eq!(
        exchange.failure.as_ref().unwrap().kind,
        FailureKind::BodyLimit
    );
    assert_eq!(transcript(&exchange).len(), 1000);
    served.await.unwrap();
}

#[tokio::test]
async fn a_greeting_is_its_first_line() {
    let (address, served) = answer_line(b"hello\r\nmore".to_vec()).await;
    let live = live(leads("whois.example", 43, &[address]));
    let exchange = talk(&live, whois(TcpRead::Line)).await;
    assert_eq!(transcript(&exchange), "hello\r\n");
    served.await.unwrap();
    let (address, served) = answer_line(b"hel".to_vec()).await;
    let live = super::live(leads("whois.example", 43, &[address]));
    let exchange = talk(&live, whois(TcpRead::Line)).await;
    assert_eq!(
        exchange.failure.as_ref().unwrap().kind,
        FailureKind::Truncated
    );
    assert_eq!(transcript(&exchange), "hel");
    served.await.unwrap();
}

#[tokio::test]
async fn silence_after_connecting_is_a_timeout_with_an_empty_transcript() {
    let (_listener, address) = listen().await;
    let live = live(leads("whois.example", 43, &[address]));
    let mut request = whois(TcpRead::All);
    request.timeout = Duration::from_millis(100);
    let exchange = talk(&live, request).await;
    assert_eq!(
        exchange.failure.as_ref().unwrap().kind,
        FailureKind::Timeout
    );
    assert_eq!(transcript(&exchange), "");
}

#[tokio::test]
async fn one_address_of_a_name_can_be_asked_for() {
    let (listener, open) = listen().await;
    let closed = SocketAddr::from(([127, 0, 0, 2], open.port()));
    let live = live(leads("whois.example", 43, &[closed, open]));
    for (address, expected) in [(open, None), (closed, Some(FailureKind::Connect))] {
        let request = TcpRequest {
            address: Some(address.ip()),
            read: TcpRead::Nothing,
            ..whois(TcpRead::Nothing)
        };
        let exchange = talk(&live, request).await;
        assert_eq!(exchange.failure.as_ref().map(|f| f.kind), expected);
        assert_eq!(exchange.addresses, [closed.ip(), open.ip()]);
        assert_eq!(exchange.destination, Some(address));
    }
    let any = talk(&live, whois(TcpRead::Nothing)).await;
    assert_eq!((any.failure, any.destination), (None, Some(open)));
    drop(listener);
}

fn question(tcp: bool) -> DnsRequest {
    DnsRequest {
        name: "rdap.example".to_owned(),
        record_type: "A".to_owned(),
        server: Some("ns.example".to_owned()),
        tcp,
        recurse: true,
        dnssec: false,
        family: Family::Any,
        timeout: Duration::from_secs(10),
    }
}

/// Answers a query with one address.
fn respond(octets: &[u8], change: impl FnOnce(&mut Message)) -> Vec<u8> {
    let query = Message::from_vec(octets).unwrap();
    assert!(query.metadata.authentic_data && query.metadata.recursion_desired);
    assert_eq!(query.edns.as_ref().unwrap().max_payload(), 1232);
    let mut answer = Message::response(query.metadata.id, query.metadata.op_code);
    answer.metadata.authentic_data = true;
    let name = query.queries[0].name().clone();
    answer.add_queries(query.queries);
    let address = RData::A(A::new(127, 0, 0, 1));
    answer.add_answer(Record::from_rdata(name, 60, address));
    change(&mut answer);
    answer.to_vec().unwrap()
}

#[track_caller]
fn message(exchange: &Exchange) -> (Message, bool) {
    match &exchange.answer {
        Some(Answer::Dns { message, tcp }) => (Message::from_vec(message).unwrap(), *tcp),
        other => panic!("{other:?} {:?}", exchange.failure),
    }
}

#[tokio::test]
async fn a_dns_answer_over_udp_is_kept_without_its_id() {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = socket.local_addr().unwrap();
    let served = tokio::spawn(async move {
        let mut buffer = [0; 2000];
        let (length, peer) = socket.recv_from(&mut buffer).await.unwrap();
        // A stray message with another id comes first and is passed over.
        let mut stray = respond(&buffer[..length], |_| {});
        stray[0] ^= 0xff;
        socket.send_to(&stray, peer).await.unwrap();
        let answer = respond(&buffer[..length], |_| {});
        socket.send_to(&answer, peer).await.unwrap();
    });
    let live = live(leads("ns.example", 53, &[address]));
    let exchange = live
        .exchange(&key(), 0, Request::Dns(question(false)))
        .await;
    served.await.unwrap();
    assert_eq!(exchange.failure, None);
    let (message, tcp) = message(&exchange);
    assert!(!tcp && message.metadata.authentic_data);
    assert_eq!(message.metadata.id, 0);
    assert_eq!(message.answers.len(), 1);
    assert_eq!(exchange.destination, Some(address));
    assert!(exchange.source.is_some());
}

#[tokio::test]
async fn a_dns_answer_over_tcp_is_framed() {
    let (listener, address) = listen().await;
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let length = stream.read_u16().await.unwrap();
        let mut octets = vec![0; usize::from(length)];
        stream.read_exact(&mut octets).await.unwrap();
        let answer = respond(&octets, |_| {});
        let length = u16::try_from(answer.len()).unwrap();
        stream.write_u16(length).await.unwrap();
        stream.write_all(&answer).await.unwrap();
    });
    let live = live(leads("ns.example", 53, &[address]));
    let exchange = live.exchange(&key(), 0, Request::Dns(question(true))).await;
    served.await.unwrap();
    assert_eq!(exchange.failure, None);
    assert!(message(&exchange).1);
}

#[tokio::test]
async fn an_answer_to_another_question_is_a_protocol_failure_and_kept() {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = socket.local_addr().unwrap();
    let served = tokio::spawn(async move {
        let mut buffer = [0; 2000];
        let (length, peer) = socket.recv_from(&mut buffer).await.unwrap();
        let answer = respond(&buffer[..length], |answer| {
            let other = hickory_proto::rr::Name::from_ascii("evil.example.").unwrap();
            answer.queries[0].set_name(other);
        });
        socket.send_to(&answer, peer).await.unwrap();
    });
    let live = live(leads("ns.example", 53, &[address]));
    let exchange = live
        .exchange(&key(), 0, Request::Dns(question(false)))
        .await;
    served.await.unwrap();
    assert_eq!(
        exchange.failure.as_ref().unwrap().kind,
        FailureKind::Protocol
    );
    assert_eq!(message(&exchange).0.answers.len(), 1);
}

#[tokio::test]
async fn a_dns_server_that_nobody_runs_is_a_connect_failure() {
    let (listener, address) = listen().await;
    drop(listener);
    let live = live(leads("ns.example", 53, &[address]));
    for tcp in [false, true] {
        let exchange = live.exchange(&key(), 0, Request::Dns(question(tcp))).await;
        let failure = exchange.failure.unwrap();
        assert_eq!(failure.kind, FailureKind::Connect, "{failure:?}");
    }
    let mut request = question(false);
    request.server = None;
    let exchange = live.exchange(&key(), 0, Request::Dns(request)).await;
    assert_eq!(exchange.failure.unwrap().kind, FailureKind::Here);
}

#[tokio::test]
async fn names_can_be_looked_up_at_a_server_of_the_targets_own() {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let mut options = options();
    options.lookup = Lookup::Server(socket.local_addr().unwrap());
    let resolver = tokio::spawn(async move {
        let mut buffer = [0; 2000];
        for _ in 0..2 {
            let (length, peer) = socket.recv_from(&mut buffer).await.unwrap();
            let query = Message::from_vec(&buffer[..length]).unwrap();
            let exists = query.queries[0].name().to_string() == "rdap.example.";
            let answer = respond(&buffer[..length], |answer| {
                if !exists {
                    answer.answers.clear();
                    answer.metadata.response_code = ResponseCode::NXDomain;
                }
            });
            socket.send_to(&answer, peer).await.unwrap();
        }
    });
    let (address, served) = serve_once(HELLO.to_vec(), false).await;
    let live = live(options);
    let mut request = get(&format!("http://rdap.example:{}/", address.port()));
    request.family = Family::Ipv4;
    let exchange = ask(&live, request.clone()).await;
    assert_eq!(http(&exchange).status, 200);
    assert_eq!(exchange.destination, Some(address));
    served.await.unwrap();
    request.url = "http://nowhere.example/".to_owned();
    let failure = ask(&live, request).await.failure.unwrap();
    assert_eq!(failure.kind, FailureKind::Dns);
    assert!(failure.detail.contains("Non-Existent"), "{failure:?}");
    resolver.await.unwrap();
}
