//! Accepting connections until the world is shut down.

use std::future::Future;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::{Access, Protocol, Shared};
use crate::mock::request::IpFamily;

/// Accepts connections and runs each in a task of its own; ends, with all of them, at shutdown.
pub(super) async fn connections<F, Fut>(listener: TcpListener, shared: &Shared, handle: F)
where
    F: Fn(TcpStream, SocketAddr) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    let mut stop = shared.stop.clone();
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            // The sender is dropped with the served world: that is the end, too.
            _ = stop.changed() => break,
            accepted = listener.accept() => {
                if let Ok((stream, peer)) = accepted {
                    open.spawn(handle(stream, peer));
                }
            }
            Some(_) = open.join_next(), if !open.is_empty() => {}
        }
    }
    drop(listener);
    open.shutdown().await;
}

/// Returns the family of an address.
pub(super) const fn family(address: &SocketAddr) -> IpFamily {
    match address {
        SocketAddr::V4(_) => IpFamily::V4,
        SocketAddr::V6(_) => IpFamily::V6,
    }
}

/// Accepts connections and resets them, or keeps them open without a word.
pub(super) async fn mistreat(listener: TcpListener, reset: bool, host: String, shared: Shared) {
    let seen = shared.clone();
    connections(listener, &shared, move |stream, peer| {
        seen.log.push(Access {
            time: seen.clock.now(),
            protocol: Protocol::Mistreated,
            host: host.clone(),
            asked: String::new(),
            accept: None,
            family: family(&peer),
            status: 0,
        });
        async move {
            if reset {
                // Without lingering, closing sends a reset; if that cannot be set, it is closed.
                stream.set_zero_linger().unwrap_or_default();
            } else {
                std::future::pending::<()>().await;
            }
            drop(stream);
        }
    })
    .await;
}
