//! The mock world: consistent, deterministic, and the same on sockets.

use jiff::Timestamp;
use quintet::mock::{Answer, Request, World, answer};

/// The time all tests of the mock world use.
pub(crate) fn now() -> Timestamp {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

pub(crate) fn five() -> World {
    World::five().unwrap_or_else(|error| panic!("{error}: {error:?}"))
}

pub(crate) fn get(world: &World, url: &str) -> Answer {
    answer(world, &Request::get(url), now())
}

#[test]
fn the_shipped_world_is_read() {
    let world = five();
    for operator in world.operators() {
        let help = get(&world, &format!("{}help", operator.base_url()));
        assert_eq!(help.status, 200, "{help:?}");
    }
    if let Ok(urls) = std::env::var("SHOW") {
        for url in urls.split_whitespace() {
            let a = get(&world, url);
            eprintln!(
                "{url} {} {:?}\n{}",
                a.status,
                a.headers,
                String::from_utf8_lossy(a.body.octets())
            );
        }
    }
}
