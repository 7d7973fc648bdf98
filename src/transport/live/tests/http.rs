//! HTTP hops.

use std::net::Ipv6Addr;

use super::*;
use crate::transport::options::{Credential, Lookup, Manners};

#[tokio::test]
async fn a_hop_is_recorded_with_addresses_timing_and_body() {
    let (address, served) = serve_once(HELLO.to_vec(), false).await;
    let live = live(leads("rdap.example", 80, &[address]));
    let exchange = ask(&live, get("http://rdap.example/help?x=1")).await;
    let answer = http(&exchange);
    assert_eq!(exchange.failure, None);
    assert_eq!((answer.status, answer.version.as_str()), (200, "HTTP/1.1"));
    assert_eq!(text(&answer.body), "hello");
    assert_eq!(answer.body.digest, Digest::of(b"hello"));
    assert!(
        answer
            .headers
            .contains(&("x-name".to_owned(), "café".to_owned()))
    );
    assert_eq!(exchange.destination, Some(address));
    assert!(
        exchange
            .source
            .is_some_and(|source| source.ip().is_loopback())
    );
    assert_eq!(exchange.addresses, [address.ip()]);
    let timing = exchange.timing;
    assert!(timing.dns.is_some() && timing.connect >= timing.dns);
    assert!(timing.first_byte.is_some() && timing.total >= timing.connect);
    let asked = served.await.unwrap();
    assert!(asked.starts_with("GET /help?x=1 HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains("host: rdap.example\r\n"), "{asked}");
    assert!(asked.contains("user-agent: quintet/"), "{asked}");
    assert!(!asked.contains("accept-encoding"), "{asked}");
}

#[tokio::test]
async fn an_open_connection_is_used_again_and_has_no_connect_time() {
    let (listener, address) = listen().await;
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        for _ in 0..2 {
            request(&mut stream).await;
            stream.write_all(HELLO).await.unwrap();
        }
    });
    let live = live(leads("rdap.example", 80, &[address]));
    let first = ask(&live, get("http://rdap.example/1")).await;
    let second = ask(&live, get("http://rdap.example/2")).await;
    served.await.unwrap();
    assert_eq!(first.source, second.source);
    assert_eq!((second.timing.dns, second.timing.connect), (None, None));
    assert!(second.timing.first_byte.is_some());
    assert_eq!(second.addresses, first.addresses);
}

#[tokio::test]
async fn a_port_in_the_url_leads_to_another_port_and_is_still_named() {
    let (address, served) = serve_once(HELLO.to_vec(), false).await;
    let live = live(leads("rdap.example", 8080, &[address]));
    let exchange = ask(&live, get("http://rdap.example:8080/help")).await;
    assert_eq!(http(&exchange).status, 200);
    assert_eq!(exchange.destination, Some(address));
    let asked = served.await.unwrap();
    assert!(asked.contains("host: rdap.example:8080\r\n"), "{asked}");
    let Request::Http(kept) = &exchange.request else {
        panic!("no HTTP request");
    };
    assert_eq!(kept.url, "http://rdap.example:8080/help");
}

#[tokio::test]
async fn a_port_in_the_url_without_a_place_is_connected_to() {
    let (address, served) = serve_once(HELLO.to_vec(), false).await;
    let live = live(options());
    let exchange = ask(&live, get(&format!("http://{address}/"))).await;
    assert_eq!(http(&exchange).status, 200);
    served.await.unwrap();
}

#[tokio::test]
async fn a_family_is_forced_by_the_resolver() {
    let (v4, first) = serve_once(HELLO.to_vec(), false).await;
    let Ok(listener) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).await else {
        skip("no ::1 on this machine");
        return;
    };
    let v6 = listener.local_addr().unwrap();
    let second = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        request(&mut stream).await;
        stream.write_all(HELLO).await.unwrap();
    });
    let live = live(leads("rdap.example", 80, &[v6, v4]));
    for (family, address) in [(Family::Ipv4, v4), (Family::Ipv6, v6)] {
        let exchange = ask(
            &live,
            HttpRequest {
                family,
                ..get("http://rdap.example/")
            },
        )
        .await;
        assert_eq!(
            exchange.destination,
            Some(address),
            "{:?}",
            exchange.failure
        );
        assert_eq!(exchange.addresses, [address.ip()]);
    }
    first.await.unwrap();
    second.await.unwrap();
}

#[tokio::test]
async fn one_address_of_a_name_is_chosen_and_the_name_still_sent() {
    let (first, _served) = serve_once(HELLO.to_vec(), false).await;
    let Ok(listener) = TcpListener::bind("127.0.0.2:0").await else {
        skip("no 127.0.0.2 on this machine");
        return;
    };
    let second = listener.local_addr().unwrap();
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let asked = request(&mut stream).await;
        stream.write_all(HELLO).await.unwrap();
        asked
    });
    let live = live(leads("rdap.example", 80, &[first, second]));
    let at = |address| HttpRequest {
        address: Some(address),
        ..get("http://rdap.example/")
    };
    let exchange = ask(&live, at(second.ip())).await;
    assert_eq!(exchange.destination, Some(second), "{:?}", exchange.failure);
    let asked = served.await.unwrap();
    assert!(asked.contains("host: rdap.example\r\n"), "{asked}");
    let exchange = ask(&live, at("127.0.0.9".parse().unwrap())).await;
    assert_eq!(kind(&exchange), FailureKind::Dns);
    assert_eq!(
        exchange.failure.unwrap().detail,
        "`rdap.example` does not have the address `127.0.0.9`"
    );
}

#[tokio::test]
async fn a_name_without_an_address_of_the_family_is_a_dns_failure() {
    let (_listener, address) = listen().await;
    let live = live(leads("rdap.example", 80, &[address]));
    let mut request = get("http://rdap.example/");
    request.family = Family::Ipv6;
    let exchange = ask(&live, request).await;
    assert_eq!(kind(&exchange), FailureKind::Dns);
    assert_eq!(
        exchange.failure.unwrap().detail,
        "`rdap.example` has no IPv6 address"
    );
    let exchange = ask(&live, get("http://other.example/")).await;
    assert_eq!(kind(&exchange), FailureKind::Dns);
}

#[track_caller]
fn partial(exchange: &Exchange, expected: FailureKind, body: &str) {
    assert_eq!(kind(exchange), expected, "{:?}", exchange.failure);
    assert_eq!(text(&http(exchange).body), body);
}

#[tokio::test]
async fn half_an_answer_is_truncated_and_kept() {
    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf".to_vec();
    let (address, served) = serve_once(half, false).await;
    let live = live(leads("a.example", 80, &[address]));
    let exchange = ask(&live, get("http://a.example/")).await;
    partial(&exchange, FailureKind::Truncated, "half");
    served.await.unwrap();
    for answer in [&b"HTTP/1.1 200 OK\r\nContent-Le"[..], b""] {
        let (address, served) = serve_once(answer.to_vec(), false).await;
        let live = super::live(leads("a.example", 80, &[address]));
        let exchange = ask(&live, get("http://a.example/")).await;
        assert_eq!(kind(&exchange), FailureKind::Truncated);
        assert_eq!(exchange.answer, None);
        served.await.unwrap();
    }
}

#[tokio::test]
async fn a_chunked_body_without_its_end_is_truncated() {
    let cut = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n".to_vec();
    let (address, served) = serve_once(cut, false).await;
    let live = live(leads("a.example", 80, &[address]));
    let exchange = ask(&live, get("http://a.example/")).await;
    partial(&exchange, FailureKind::Truncated, "half");
    served.await.unwrap();
}

#[tokio::test]
async fn a_reset_is_told_from_a_close() {
    let (address, served) = serve_once(Vec::new(), true).await;
    let live = live(leads("a.example", 80, &[address]));
    let exchange = ask(&live, get("http://a.example/")).await;
    assert_eq!(
        kind(&exchange),
        FailureKind::Reset,
        "{:?}",
        exchange.failure
    );
    served.await.unwrap();
}

#[tokio::test]
async fn a_port_nobody_listens_on_is_a_connect_failure() {
    let (listener, address) = listen().await;
    drop(listener);
    let live = live(leads("a.example", 80, &[address]));
    let exchange = ask(&live, get("http://a.example/")).await;
    assert_eq!(kind(&exchange), FailureKind::Connect);
    assert_eq!(exchange.addresses, [address.ip()]);
    let detail = exchange.failure.unwrap().detail;
    assert!(
        detail.starts_with("connecting to `a.example`: "),
        "{detail}"
    );
    assert!(detail.contains("refused"), "{detail}");
}

#[tokio::test]
async fn words_that_are_no_http_are_a_protocol_failure() {
    for answer in [
        &b"SSH-2.0-OpenSSH_9.2\r\n"[..],
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    ] {
        let (address, served) = serve_once(answer.to_vec(), false).await;
        let live = live(leads("a.example", 80, &[address]));
        let exchange = ask(&live, get("http://a.example/")).await;
        assert_eq!(
            kind(&exchange),
            FailureKind::Protocol,
            "{:?}",
            exchange.failure
        );
        served.await.unwrap();
    }
}

#[tokio::test]
async fn silence_is_a_timeout_and_what_came_before_is_kept() {
    let (listener, address) = listen().await;
    let live = live(leads("a.example", 80, &[address]));
    let mut request = get("http://a.example/");
    request.timeout = Duration::from_millis(150);
    let exchange = ask(&live, request.clone()).await;
    assert_eq!(kind(&exchange), FailureKind::Timeout);
    let detail = exchange.failure.unwrap().detail;
    assert!(
        detail.starts_with("waiting for the answer of `a.example`"),
        "{detail}"
    );
    let served = tokio::spawn(async move {
        let (first, _) = listener.accept().await.unwrap();
        let (mut stream, _) = listener.accept().await.unwrap();
        super::request(&mut stream).await;
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nslow";
        stream.write_all(head).await.unwrap();
        (first, stream)
    });
    let exchange = ask(&live, request).await;
    partial(&exchange, FailureKind::Timeout, "slow");
    drop(served.await.unwrap());
}

#[tokio::test]
async fn an_endless_body_is_cut_at_the_limit_and_the_connection_dropped() {
    let (listener, address) = listen().await;
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        request(&mut stream).await;
        let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        stream.write_all(head).await.unwrap();
        let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
        while stream.write_all(chunk.as_bytes()).await.is_ok() {}
    });
    let folder = Folder::new("endless");
    let mut options = leads("a.example", 80, &[address]);
    options.spool.clone_from(&folder.0);
    let live = live(options);
    let mut request = get("http://a.example/");
    request.body_limit = 100_001;
    let exchange = ask(&live, request).await;
    assert_eq!(kind(&exchange), FailureKind::BodyLimit);
    let body = &http(&exchange).body;
    assert_eq!(body.bytes, 100_001);
    assert_eq!(text(body), "x".repeat(100_001));
    assert!(matches!(body.content, Content::File(_)));
    served.await.unwrap();
}

#[tokio::test]
async fn redirects_and_coded_bodies_are_kept_as_they_are() {
    let moved = b"HTTP/1.1 301 Moved\r\nLocation: http://elsewhere.example/\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08";
    let (address, served) = serve_once(moved.to_vec(), false).await;
    let live = live(leads("a.example", 80, &[address]));
    let mut request = get("http://a.example/");
    request
        .headers
        .push(("accept-encoding".to_owned(), "gzip".to_owned()));
    let exchange = ask(&live, request).await;
    let answer = http(&exchange);
    assert_eq!((answer.status, answer.body.bytes), (301, 3));
    assert_eq!(answer.body.digest, Digest::of(b"\x1f\x8b\x08"));
    assert!(served.await.unwrap().contains("accept-encoding: gzip"));
}

#[tokio::test]
async fn private_addresses_are_refused_where_only_public_ones_are_allowed() {
    let mut options = options();
    options.public_only = true;
    options.lookup = Lookup::Machine;
    let live = live(options);
    for url in [
        "http://localhost/",
        "http://127.0.0.1:1/",
        "http://[::1]/",
        "http://10.0.0.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::ffff:169.254.169.254]/",
    ] {
        let exchange = ask(&live, get(url)).await;
        assert_eq!(kind(&exchange), FailureKind::RedirectRefused, "{url}");
        assert_eq!(exchange.destination, None);
    }
    for url in ["ftp://a.example/", "file:///etc/passwd", "nonsense"] {
        assert_eq!(
            kind(&ask(&live, get(url)).await),
            FailureKind::RedirectRefused
        );
    }
}

#[tokio::test]
async fn a_name_map_asks_staging_for_production() {
    let (address, served) = serve_once(HELLO.to_vec(), false).await;
    let mut options = leads("rdap.staging.example", 80, &[address]);
    options.names =
        BTreeMap::from([("rdap.example".to_owned(), "rdap.staging.example".to_owned())]);
    let exchange = ask(&live(options), get("http://rdap.example/help")).await;
    assert_eq!(http(&exchange).status, 200);
    let Request::Http(kept) = &exchange.request else {
        panic!("no HTTP request");
    };
    assert_eq!(kept.url, "http://rdap.staging.example/help");
    assert!(served.await.unwrap().contains("host: rdap.staging.example"));
}

#[tokio::test]
async fn secrets_are_not_sent_in_the_clear_or_to_strangers() {
    let (address, served) = serve_once(HELLO.to_vec(), false).await;
    let mut options = leads("a.example", 80, &[address]);
    options.credentials = vec![Credential {
        host: "a.example".to_owned(),
        header: "Authorization".to_owned(),
        value: "Bearer very-secret".to_owned(),
    }];
    let exchange = ask(&live(options), get("http://a.example/")).await;
    assert_eq!(http(&exchange).status, 200);
    assert!(
        !served
            .await
            .unwrap()
            .to_lowercase()
            .contains("authorization")
    );
}

#[tokio::test]
async fn a_host_that_refuses_twice_is_left_alone_and_hears_no_more() {
    let (listener, address) = listen().await;
    let served = tokio::spawn(async move {
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().await.unwrap();
            request(&mut stream).await;
            let answer = b"HTTP/1.1 429 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
            stream.write_all(answer).await.unwrap();
        }
        listener
    });
    let mut options = leads("a.example", 80, &[address]);
    options.manners = Manners {
        per_second: None,
        ..Manners::guest()
    };
    let live = live(options);
    for _ in 0..2 {
        let exchange = ask(&live, get("http://a.example/")).await;
        assert_eq!(http(&exchange).status, 429);
    }
    let exchange = ask(&live, get("http://a.example/")).await;
    assert_eq!(kind(&exchange), FailureKind::LeftAlone);
    assert_eq!((exchange.answer, exchange.destination), (None, None));
    // A third connection would wait here.
    let listener = served.await.unwrap().into_std().unwrap();
    let third = listener.accept().unwrap_err();
    assert_eq!(third.kind(), std::io::ErrorKind::WouldBlock);
}

#[tokio::test]
async fn a_service_that_falls_silent_is_not_waited_for() {
    let (listener, address) = listen().await;
    let served = tokio::spawn(async move {
        let (mut first, _) = listener.accept().await.unwrap();
        request(&mut first).await;
        let (mut second, _) = listener.accept().await.unwrap();
        request(&mut second).await;
        let begun = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhel";
        second.write_all(begun).await.unwrap();
        // Held open until both are given up.
        let mut rest = Vec::new();
        second.read_to_end(&mut rest).await.unwrap();
    });
    let live = live(LiveOptions {
        silence: Duration::from_millis(300),
        ..leads("rdap.example", 80, &[address])
    });
    let nothing = ask(&live, get("http://rdap.example/1")).await;
    let part = ask(&live, get("http://rdap.example/2")).await;
    for (exchange, stage) in [(&nothing, "answer"), (&part, "read")] {
        let failure = exchange.failure.as_ref().unwrap();
        assert_eq!(failure.kind, FailureKind::Timeout, "{stage}: {failure:?}");
        assert!(failure.detail.contains("300ms"), "{}", failure.detail);
    }
    assert_eq!(text(&http(&part).body), "hel");
    drop(live);
    served.await.unwrap();
}
