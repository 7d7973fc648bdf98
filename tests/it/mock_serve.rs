//! The mock world on real sockets.

use std::net::SocketAddr;
use std::sync::Arc;

use hickory_proto::op::{Message, Query, ResponseCode};
use hickory_proto::rr::{Name, RecordType};
use quintet::clock::RealClock;
use quintet::mock::World;
use quintet::mock::fault::Fault;
use quintet::mock::serve::{Options, Protocol, Served};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};

use crate::mock_world::five;

/// Serves a world at the machine's time, because TLS clients look at it.
pub(crate) async fn serve(world: World, options: &Options) -> Served {
    Served::start(world, Arc::new(RealClock::new()), options)
        .await
        .unwrap()
}

/// Reads a shipped fault.
pub(crate) fn shipped(name: &str) -> Fault {
    let path = format!(
        "{}/scenarios/worlds/faults/{name}.yaml",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(&path).unwrap();
    let source = quintet::yaml::Source {
        name: path.into(),
        text: text.into(),
    };
    Fault::read(&source).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn tls(served: &Served) -> rustls::ClientConfig {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(served.ca_der().to_vec().into()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

/// Returns a client that resolves the world's names by its map, to one family.
fn client(served: &Served, v6: bool) -> reqwest::Client {
    let mut builder = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .tls_backend_preconfigured(tls(served));
    for (host, port, places) in served.services() {
        if port == 443 {
            let places: Vec<SocketAddr> = places
                .iter()
                .copied()
                .filter(|p| p.is_ipv6() == v6)
                .collect();
            builder = builder.resolve_to_addrs(host, &places);
        }
    }
    builder.build().unwrap()
}

#[tokio::test]
async fn all_registries_answer_over_tls_on_both_families() {
    let served = serve(five(), &Options::default()).await;
    let families: &[bool] = if served.has_ipv6() {
        &[false, true]
    } else {
        &[false]
    };
    for v6 in families {
        let client = client(&served, *v6);
        for operator in five().operators() {
            // The resolve map names the port; a URL's own port would win.
            let response = client
                .get(format!("{}help", operator.base_url()))
                .send()
                .await
                .unwrap();
            assert_eq!(
                (response.status().as_u16(), response.version()),
                (200, reqwest::Version::HTTP_2)
            );
            assert!(
                response
                    .text()
                    .await
                    .unwrap()
                    .contains("nro_rdap_profile_0")
            );
        }
    }
    let log = served.log().all();
    assert_eq!(log.len(), five().operators().count() * families.len());
    assert!(
        log.iter()
            .all(|a| a.protocol == Protocol::Https && a.asked.ends_with("help") && a.status == 200)
    );
    served.shutdown().await.unwrap();
}

#[tokio::test]
async fn urls_carry_the_ports_when_asked() {
    let served = serve(
        five(),
        &Options {
            ports_in_urls: true,
            ..Options::default()
        },
    )
    .await;
    let port = served.https()[0].port();
    let client = client(&served, false);
    let url = format!("https://rdap.apnic.test:{port}/ip/203.64.0.0/16");
    let response = client.get(url).send().await.unwrap();
    let location = response.headers()["location"].to_str().unwrap();
    assert_eq!(
        location,
        format!("https://rdap.ripe.test:{port}/ip/203.64.0.0/16")
    );
    let text = client
        .get(location)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        text.contains(&format!(
            "\"https://rdap.ripe.test:{port}/ip/203.64.0.0/16\""
        )),
        "{text}"
    );
    served.shutdown().await.unwrap();
}

#[tokio::test]
async fn whois_answers_one_line_and_closes() {
    let served = serve(five(), &Options::default()).await;
    for (host, expected) in [
        (
            "whois.afrinic.test",
            "inetnum:        102.16.9.0 - 102.16.9.255",
        ),
        (
            "whois.arin.test",
            "NetRange:       104.16.9.0 - 104.16.9.255",
        ),
        ("whois.lacnic.test", "inetnum:        177.16.9.0/24"),
    ] {
        for place in served.resolve(host, 43) {
            let mut stream = TcpStream::connect(place).await.unwrap();
            let number = expected
                .split_whitespace()
                .nth(1)
                .unwrap()
                .split('/')
                .next()
                .unwrap();
            stream
                .write_all(format!("-r {number}\r\n").as_bytes())
                .await
                .unwrap();
            let mut text = String::new();
            stream.read_to_string(&mut text).await.unwrap();
            assert!(text.contains(expected), "{text}");
        }
    }
    served.shutdown().await.unwrap();
}

fn question(name: &str, kind: RecordType) -> Vec<u8> {
    let mut message = Message::query();
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(Name::from_ascii(name).unwrap(), kind));
    message.to_vec().unwrap()
}

async fn udp(server: SocketAddr, message: &[u8]) -> Message {
    let local = if server.is_ipv4() {
        "127.0.0.1:0"
    } else {
        "[::1]:0"
    };
    let socket = UdpSocket::bind(local).await.unwrap();
    socket.send_to(message, server).await.unwrap();
    let mut buffer = [0; 4096];
    let (length, _) = socket.recv_from(&mut buffer).await.unwrap();
    Message::from_vec(&buffer[..length]).unwrap()
}

#[tokio::test]
async fn dns_answers_over_udp_and_tcp() {
    let served = serve(five(), &Options::default()).await;
    for server in served.dns() {
        let reply = udp(*server, &question("RDAP.arin.test.", RecordType::AAAA)).await;
        assert_eq!(reply.answers[0].data.to_string(), "::1");
        assert!(reply.metadata.authentic_data);
        let reply = udp(*server, &question("nowhere.test.", RecordType::A)).await;
        assert_eq!(reply.metadata.response_code, ResponseCode::NXDomain);
        let reply = udp(*server, &question("16.102.in-addr.arpa.", RecordType::NS)).await;
        let names: Vec<String> = reply.answers.iter().map(|a| a.data.to_string()).collect();
        assert_eq!(names, ["ns1.savanna.test.", "ns2.savanna.test."]);

        let message = question("16.102.in-addr.arpa.", RecordType::DS);
        let mut stream = TcpStream::connect(server).await.unwrap();
        stream
            .write_u16(u16::try_from(message.len()).unwrap())
            .await
            .unwrap();
        stream.write_all(&message).await.unwrap();
        let mut reply = vec![0; usize::from(stream.read_u16().await.unwrap())];
        stream.read_exact(&mut reply).await.unwrap();
        let reply = Message::from_vec(&reply).unwrap();
        assert_eq!(
            (reply.answers.len(), reply.answers[0].record_type()),
            (1, RecordType::DS)
        );
    }
    served.shutdown().await.unwrap();
}

#[tokio::test]
async fn foreign_programs_come_in_through_the_proxy() {
    let served = serve(five(), &Options::default()).await;
    let client = reqwest::Client::builder()
        .proxy(reqwest::Proxy::all(format!("http://{}", served.proxy())).unwrap())
        .tls_backend_preconfigured(tls(&served))
        .build()
        .unwrap();
    let response = client
        .get("https://rdap.ripe.test/ip/104.16.8.0/22")
        .send()
        .await
        .unwrap();
    assert_eq!(
        response.url().as_str(),
        "https://rdap.arin.test/registry/ip/104.16.8.0/22"
    );
    assert_eq!(response.status().as_u16(), 200);
    assert!(client.get("https://www.example.org/").send().await.is_err());
    served.shutdown().await.unwrap();
}

#[tokio::test]
async fn shutting_down_ends_what_is_silent() {
    let world = five().with_fault(&shipped("wire-silent")).unwrap();
    let registry = world.faults()[0].registry.clone();
    let operator = world.operator(&registry).unwrap().clone();
    let served = serve(world, &Options::default()).await;
    let client = client(&served, false);
    let pending = tokio::spawn(client.get(format!("{}help", operator.base_url())).send());
    while served.log().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(served.log().all()[0].protocol, Protocol::Mistreated);
    served.shutdown().await.unwrap();
    assert!(pending.await.unwrap().is_err());
}

/// Asks the faulty registry and one other; returns what became of the first.
async fn asked_under(name: &str) -> Result<reqwest::Response, reqwest::Error> {
    let world = five().with_fault(&shipped(name)).unwrap();
    let bad = world.operator(&world.faults()[0].registry).unwrap().clone();
    let good = world.registries().find(|o| o.id != bad.id).unwrap().clone();
    let served = serve(
        world,
        &Options {
            without_ipv6: true,
            ..Options::default()
        },
    )
    .await;
    let client = client(&served, false);
    let response = client
        .get(format!("{}help", good.base_url()))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status().as_u16(), 200);
    let block = bad.networks[0].block.first_text();
    let response = client
        .get(format!("{}ip/{block}", bad.base_url()))
        .send()
        .await;
    served.shutdown().await.unwrap();
    response
}

#[tokio::test]
async fn refused_and_reset_connections_and_wrong_certificates_reach_the_client() {
    for (name, expected) in [
        ("wire-refuse", "refused"),
        ("wire-reset", "reset"),
        ("wire-wrong-certificate", "NotValidForName"),
        ("wire-expired-certificate", "Expired"),
        ("wire-untrusted-certificate", "UnknownIssuer"),
    ] {
        let error = asked_under(name).await.unwrap_err();
        let text = format!("{error:?}");
        assert!(text.contains(expected), "{name}: {text}");
    }
}

#[tokio::test]
async fn hostile_bodies_go_over_the_wire() {
    let world = five().with_fault(&shipped("wire-cut")).unwrap();
    let bad = world.operator(&world.faults()[0].registry).unwrap().clone();
    let served = serve(world, &Options::default()).await;
    let url = format!(
        "{}ip/{}",
        bad.base_url(),
        bad.networks[0].block.first_text()
    );
    let response = client(&served, false).get(&url).send().await.unwrap();
    assert!(response.bytes().await.is_err());
    served.shutdown().await.unwrap();

    for (name, at_least) in [
        ("json-long", 10_000_000),
        ("body-endless", 10_000_000),
        ("json-deep", 200_000),
        ("gzip-bomb", 900_000),
    ] {
        let world = five().with_fault(&shipped(name)).unwrap();
        let bad = world.operator(&world.faults()[0].registry).unwrap().clone();
        let served = serve(world, &Options::default()).await;
        let url = format!(
            "{}ip/{}",
            bad.base_url(),
            bad.networks[0].block.first_text()
        );
        let mut response = client(&served, false).get(&url).send().await.unwrap();
        let mut seen = 0;
        while let Some(part) = response.chunk().await.unwrap() {
            seen += part.len();
            if seen >= at_least {
                break;
            }
        }
        assert!(seen >= at_least, "{name}: {seen}");
        drop(response);
        served.shutdown().await.unwrap();
    }
}
