//! The world on sockets: HTTPS, HTTP, whois, rsync, DNS and a CONNECT proxy, all on loopback.
//!
//! Every listener is bound to port 0 on 127.0.0.1 and, where the machine has it, to the
//! same port on `::1`. Names are told apart by SNI, by Host and, for whois, rsync and name servers, by the port;
//! [`Served::resolve`] says where a name's service is.

mod accept;
mod ca;
mod dns;
mod http;
mod log;
mod old_tls;
mod proxy;
mod rsync;
mod whois;

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpSocket, UdpSocket};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::fault::WireFault;
use super::fault::text::connection;
use super::request::{EDGE, IpFamily};
use super::rpki::rsync::{Conduct, hosts, view};
use super::world::{Ports, World};
use crate::clock::Clock;
pub use log::{Access, AccessLog, Protocol};

/// How often another port is tried when one is free on 127.0.0.1 but not on `::1`.
const PORT_ATTEMPTS: usize = 16;

/// The port of rsync daemons.
///
/// Source: RFC 5781, section 2.
const RSYNC: u16 = 873;

/// The port of name servers.
///
/// Source: RFC 1035, section 4.2.
const DNS: u16 = 53;

/// What is served, and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Writes the mock's ports into every URL, for clients that can neither be given
    /// addresses nor use a proxy.
    pub ports_in_urls: bool,
    /// Leaves `::1` out, as on a machine without IPv6.
    pub without_ipv6: bool,
    /// Where the program rsync is, which serves the repositories; `None` where it is not
    /// installed, and then nothing listens on their port.
    pub rsync: Option<PathBuf>,
}

/// Why the world cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// No socket could be opened on 127.0.0.1.
    #[error("cannot open a socket on loopback")]
    Socket(#[from] io::Error),
    /// The certification authority could not be made.
    #[error("cannot make the mock's certificates")]
    Certificate(#[from] rcgen::Error),
    /// The TLS configuration was refused.
    #[error("cannot configure TLS")]
    Tls(#[from] rustls::Error),
}

/// A world that is being served; dropping it closes its sockets, [`Served::shutdown`] waits for that.
#[derive(Debug)]
pub struct Served {
    addresses: BTreeMap<(String, u16), Vec<SocketAddr>>,
    https: Vec<SocketAddr>,
    http: Vec<SocketAddr>,
    dns: Vec<SocketAddr>,
    proxy: SocketAddr,
    ca_pem: String,
    ca_der: Vec<u8>,
    trust_anchor: String,
    ipv6: bool,
    log: AccessLog,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
    /// Sockets that are bound but do not listen: connections to them are refused.
    deaf: Vec<TcpSocket>,
}

/// What every front shares.
#[derive(Clone, Debug)]
struct Shared {
    world: Arc<World>,
    clock: Arc<dyn Clock>,
    log: AccessLog,
    stop: watch::Receiver<bool>,
}

impl Served {
    /// Opens all sockets and serves the world until it is shut down.
    ///
    /// # Errors
    ///
    /// [`ServeError`] if no socket can be opened on 127.0.0.1 or a certificate cannot be
    /// made. A machine without `::1` is no error: see [`Served::has_ipv6`].
    pub async fn start(
        world: World,
        clock: Arc<dyn Clock>,
        options: &Options,
    ) -> Result<Self, ServeError> {
        let ipv6 =
            !options.without_ipv6 && TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).await.is_ok();
        let https = bind(ipv6).await?;
        let http = bind(ipv6).await?;
        let world = match (
            options.ports_in_urls,
            addresses(&https).first(),
            addresses(&http).first(),
        ) {
            (true, Some(https), Some(http)) => world.with_ports(Ports {
                https: https.port(),
                http: http.port(),
            }),
            _ => world,
        };
        let authority = ca::Authority::new(&world, clock.now())?;
        let (stop, stopped) = watch::channel(false);
        let log = AccessLog::default();
        let shared = Shared {
            world: Arc::new(world),
            clock,
            log: log.clone(),
            stop: stopped,
        };
        let mut served = Self {
            addresses: BTreeMap::new(),
            https: addresses(&https),
            http: addresses(&http),
            dns: Vec::new(),
            proxy: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            ca_pem: authority.ca_pem(),
            ca_der: authority.ca_der(),
            trust_anchor: shared.world.zone_digest("").unwrap_or_default(),
            ipv6,
            log,
            stop,
            tasks: JoinSet::new(),
            deaf: Vec::new(),
        };
        let tls = authority.acceptor()?;
        for listener in https {
            served
                .tasks
                .spawn(http::serve(listener, Some(tls.clone()), shared.clone()));
        }
        for listener in http {
            served
                .tasks
                .spawn(http::serve(listener, None, shared.clone()));
        }
        let edge = bind_edge(served.https.first()).await;
        let several: Vec<SocketAddr> = match &edge {
            // In the order of `ADDRESSES`.
            Some(edge) => {
                let mut all = served.https.clone();
                all.splice(1..1, edge.local_addr());
                all
            }
            None => served.https.clone(),
        };
        if let Some(edge) = edge {
            let edge = http::serve(edge, Some(tls), shared.clone());
            served.tasks.spawn(edge);
        }
        for host in shared.world.web_hosts() {
            let places = match shared.world.addresses(host).any(|address| address == EDGE) {
                true => several.clone(),
                false => served.https.clone(),
            };
            served.addresses.insert((host.to_owned(), 443), places);
            served
                .addresses
                .insert((host.to_owned(), 80), served.http.clone());
        }
        served.open_whois(&shared).await?;
        if let Some(program) = &options.rsync {
            let daemons = Arc::new(rsync::Daemons::new(program.clone())?);
            served.open_rsync(&daemons, &shared).await?;
        }
        served.open_dns(&shared).await?;
        served.open_broken(&shared).await?;
        let proxy = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        served.proxy = proxy.local_addr()?;
        let map = Arc::new(served.addresses.clone());
        served.tasks.spawn(proxy::serve(proxy, map, shared));
        Ok(served)
    }

    async fn open_whois(&mut self, shared: &Shared) -> Result<(), ServeError> {
        let hosts = shared.world.operators().filter_map(|o| o.whois.as_ref());
        for host in hosts.map(|w| w.host.clone()).collect::<Vec<_>>() {
            let listeners = bind(self.ipv6).await?;
            self.addresses
                .insert((host.clone(), 43), addresses(&listeners));
            for listener in listeners {
                self.tasks
                    .spawn(whois::serve(listener, host.clone(), shared.clone()));
            }
        }
        Ok(())
    }

    /// Gives each host of repositories a port of its own for rsync.
    async fn open_rsync(
        &mut self,
        daemons: &Arc<rsync::Daemons>,
        shared: &Shared,
    ) -> Result<(), ServeError> {
        let now = shared.clock.now();
        let plans = shared.world.rpki_plans();
        let hosts: Vec<String> = plans
            .flat_map(|plan| {
                hosts(plan)
                    .into_iter()
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            })
            .collect();
        for host in hosts {
            let mut places = Vec::new();
            for listener in bind(self.ipv6).await? {
                let place = listener.local_addr()?;
                let of = match place {
                    SocketAddr::V4(_) => IpFamily::V4,
                    SocketAddr::V6(_) => IpFamily::V6,
                };
                let (shared, daemons) = (shared.clone(), Arc::clone(daemons));
                match view(&shared.world, &host, of, now).map(|view| view.conduct) {
                    Some(Conduct::Serves) => {
                        self.tasks
                            .spawn(rsync::serve(listener, host.clone(), daemons, shared));
                    }
                    Some(Conduct::Silent) => {
                        self.tasks
                            .spawn(accept::mistreat(listener, false, host.clone(), shared));
                    }
                    // A port that nobody has refuses; ours may have it again before it is asked.
                    Some(Conduct::Refuses) | None => {
                        drop(listener);
                        let deaf = match of {
                            IpFamily::V4 => TcpSocket::new_v4()?,
                            IpFamily::V6 => TcpSocket::new_v6()?,
                        };
                        deaf.bind(SocketAddr::new(place.ip(), 0))?;
                        places.push(deaf.local_addr()?);
                        self.deaf.push(deaf);
                        continue;
                    }
                }
                places.push(place);
            }
            self.addresses.insert((host, RSYNC), places);
        }
        Ok(())
    }

    /// Serves the resolver, and each name server on a port of its own.
    async fn open_dns(&mut self, shared: &Shared) -> Result<(), ServeError> {
        self.dns = self.open_server(&None, shared).await?;
        let servers: Vec<Arc<str>> = shared.world.name_servers().map(Arc::from).collect();
        for server in servers {
            let places = self.open_server(&Some(Arc::clone(&server)), shared).await?;
            self.addresses.insert((server.to_string(), DNS), places);
        }
        Ok(())
    }

    async fn open_server(
        &mut self,
        whose: &dns::Whose,
        shared: &Shared,
    ) -> Result<Vec<SocketAddr>, ServeError> {
        let mut places = Vec::new();
        for listener in bind(self.ipv6).await? {
            let address = listener.local_addr()?;
            // A free TCP port may be taken for UDP; then another pair is tried.
            let (listener, socket) = match UdpSocket::bind(address).await {
                Ok(socket) => (listener, socket),
                Err(_) => dns::bind_pair(address.ip()).await?,
            };
            places.push(listener.local_addr()?);
            let (udp, tcp) = (whose.clone(), whose.clone());
            self.tasks
                .spawn(dns::serve_udp(socket, udp, shared.clone()));
            self.tasks
                .spawn(dns::serve_tcp(listener, tcp, shared.clone()));
        }
        Ok(places)
    }

    /// Gives services whose connections misbehave as a whole sockets of their own.
    async fn open_broken(&mut self, shared: &Shared) -> Result<(), ServeError> {
        let names: Vec<(String, u16)> = self.addresses.keys().cloned().collect();
        for (host, port) in names {
            let kind = connection(&shared.world, &host);
            let kind = kind.filter(|kind| {
                matches!(
                    kind,
                    WireFault::Refuse | WireFault::Silent | WireFault::Reset
                )
            });
            let Some(kind) = kind.filter(|_| !matches!(port, 80 | RSYNC)) else {
                continue;
            };
            let mut places = Vec::new();
            if kind == WireFault::Refuse {
                let v4 = TcpSocket::new_v4()?;
                v4.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
                places.push(v4.local_addr()?);
                self.deaf.push(v4);
                if self.ipv6 {
                    let v6 = TcpSocket::new_v6()?;
                    v6.bind(SocketAddr::from((Ipv6Addr::LOCALHOST, 0)))?;
                    places.push(v6.local_addr()?);
                    self.deaf.push(v6);
                }
            } else {
                let listeners = bind(self.ipv6).await?;
                places = addresses(&listeners);
                for listener in listeners {
                    let reset = kind == WireFault::Reset;
                    self.tasks.spawn(accept::mistreat(
                        listener,
                        reset,
                        host.clone(),
                        shared.clone(),
                    ));
                }
            }
            self.addresses.insert((host, port), places);
        }
        Ok(())
    }

    /// Returns the addresses of a name's service, IPv4 first; empty for what is not served.
    /// Ports are the real services': 443, 80, 43, 53 and 873.
    pub fn resolve(&self, host: &str, port: u16) -> &[SocketAddr] {
        self.addresses
            .get(&(host.to_owned(), port))
            .map_or(&[], Vec::as_slice)
    }

    /// Iterates over all services as host, port and addresses.
    pub fn services(&self) -> impl Iterator<Item = (&str, u16, &[SocketAddr])> {
        self.addresses
            .iter()
            .map(|((host, port), places)| (host.as_str(), *port, places.as_slice()))
    }

    /// Returns where HTTPS is served for all names, IPv4 first.
    pub fn https(&self) -> &[SocketAddr] {
        &self.https
    }

    /// Returns where HTTP is served for all names, IPv4 first.
    pub fn http(&self) -> &[SocketAddr] {
        &self.http
    }

    /// Returns where the resolver is, over UDP and TCP alike, IPv4 first.
    pub fn dns(&self) -> &[SocketAddr] {
        &self.dns
    }

    /// Returns the DS record of the root zone, which DNSSEC begins with here.
    pub fn trust_anchor(&self) -> &str {
        &self.trust_anchor
    }

    /// Returns where the CONNECT proxy is.
    pub fn proxy(&self) -> SocketAddr {
        self.proxy
    }

    /// Returns the certificate of the mock's certification authority in PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// Returns the certificate of the mock's certification authority in DER.
    pub fn ca_der(&self) -> &[u8] {
        &self.ca_der
    }

    /// Says whether the world is served on `::1` too.
    pub fn has_ipv6(&self) -> bool {
        self.ipv6
    }

    /// Returns the log of everything that was asked.
    pub fn log(&self) -> &AccessLog {
        &self.log
    }

    /// Closes all sockets and connections and waits until every task has ended.
    ///
    /// # Errors
    ///
    /// The panic of a task, if one panicked.
    pub async fn shutdown(mut self) -> Result<(), tokio::task::JoinError> {
        self.stop.send_replace(true);
        while let Some(ended) = self.tasks.join_next().await {
            ended?;
        }
        Ok(())
    }
}

/// Listens on one port of 127.0.0.1 and, if asked, on the same port of `::1`.
async fn bind(ipv6: bool) -> io::Result<Vec<TcpListener>> {
    for _ in 0..PORT_ATTEMPTS {
        let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        if !ipv6 {
            return Ok(vec![v4]);
        }
        if let Ok(v6) = TcpListener::bind((Ipv6Addr::LOCALHOST, v4.local_addr()?.port())).await {
            return Ok(vec![v4, v6]);
        }
    }
    Err(io::Error::from(io::ErrorKind::AddrInUse))
}

/// Listens on the second address of repositories, on the port of the first if that is free;
/// `None` where the machine has no such address.
async fn bind_edge(first: Option<&SocketAddr>) -> Option<TcpListener> {
    let port = first.map_or(0, SocketAddr::port);
    match TcpListener::bind((EDGE, port)).await {
        Ok(listener) => Some(listener),
        Err(_) => TcpListener::bind((EDGE, 0)).await.ok(),
    }
}

fn addresses(listeners: &[TcpListener]) -> Vec<SocketAddr> {
    listeners
        .iter()
        .filter_map(|l| l.local_addr().ok())
        .collect()
}
