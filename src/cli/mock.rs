//! `quintet mock`: serves the mock world for anybody's client.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::exit::Exit;
use super::shell::Shell;
use super::world::{self, NoWorld};
use crate::clock::{Clock as _, RealClock};
use crate::mock::World;
use crate::mock::rpki::{Repositories, write_tree};
use crate::mock::serve::{Options, Served};

/// Arguments of the verb.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  quintet mock --ca mock-ca.pem
  curl --proxy http://127.0.0.1:PORT --cacert mock-ca.pem https://rdap.apnic.test/help
  quintet mock --rpki-dir rpki          trust anchor locators and objects, for a validator
  quintet mock --fault afrinic-self-without-type
  quintet list --faults                what can be made wrong")]
pub struct Args {
    /// Makes one thing wrong; may be given several times
    #[arg(long, value_name = "NAME")]
    fault: Vec<String>,

    /// Writes the certificate of the mock's certification authority here
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,

    /// Writes the RPKI as it is now here: trust anchor locators and a cache that validators read offline
    #[arg(long, value_name = "DIR")]
    rpki_dir: Option<PathBuf>,

    /// Writes ports into every URL, for clients that can neither be given addresses nor use a proxy
    #[arg(long)]
    ports_in_urls: bool,

    /// Prints where things are as JSON
    #[arg(long)]
    json: bool,
}

/// Serves until interrupted.
pub fn run(args: &Args, shell: &Shell) -> Exit {
    match serve(args, shell) {
        Ok(exit) => exit,
        Err(error) => error.complain(shell),
    }
}

fn serve(args: &Args, shell: &Shell) -> Result<Exit, NoWorld> {
    let world = world::read(&shell.suite, &args.fault)?;
    let Ok(runtime) = tokio::runtime::Runtime::new() else {
        shell.error("cannot start the runtime");
        return Ok(Exit::Internal);
    };
    runtime.block_on(async {
        let options = Options {
            ports_in_urls: args.ports_in_urls,
            rsync: world::rsync(shell),
            ..Options::default()
        };
        if let Some(folder) = &args.rpki_dir
            && let Err(error) = write_rpki(&world, folder)
        {
            shell.error(&format!(
                "cannot write the RPKI to `{}`: {error}",
                folder.display()
            ));
            return Ok(Exit::Usage);
        }
        let served = world::serve(world, Arc::new(RealClock::new()), &options).await?;
        if let Some(path) = &args.ca {
            if let Err(error) = std::fs::write(path, served.ca_pem()) {
                shell.error(&format!("cannot write `{}`: {error}", path.display()));
                return Ok(Exit::Usage);
            }
        }
        shell.print(&if args.json {
            as_json(&served)
        } else {
            as_text(&served, args)
        });
        // An interrupt that cannot be waited for would leave a server nobody can stop.
        if tokio::signal::ctrl_c().await.is_err() {
            shell.error("cannot wait for an interrupt");
        }
        shell.note(&format!("{} requests were answered", served.log().len()));
        Ok(match served.shutdown().await {
            Ok(()) => Exit::Met,
            Err(error) => {
                shell.error(&format!("a task of the mock failed: {error}"));
                Exit::Internal
            }
        })
    })
}

/// Writes the RPKI of a world at this hour into a folder.
fn write_rpki(world: &World, folder: &Path) -> io::Result<()> {
    let now = RealClock::new().now();
    let repositories = Repositories::of(world, now).map_err(io::Error::other)?;
    write_tree(&repositories, folder)
}

fn as_json(served: &Served) -> String {
    let services: Vec<serde_json::Value> = served
        .services()
        .map(|(host, port, addresses)| serde_json::json!({ "host": host, "port": port, "addresses": addresses }))
        .collect();
    let all = serde_json::json!({
        "proxy": format!("http://{}", served.proxy()),
        "dns": served.dns(),
        "trust_anchor": served.trust_anchor(),
        "services": services,
        "ca": served.ca_pem(),
    });
    format!("{all}\n")
}

fn as_text(served: &Served, args: &Args) -> String {
    let mut text = String::new();
    let ca = args
        .ca
        .as_ref()
        .map_or_else(|| "FILE".to_owned(), |path| path.display().to_string());
    let mut line = |words: String| {
        text.push_str(&words);
        text.push('\n');
    };
    line(format!("proxy    http://{}", served.proxy()));
    for address in served.dns() {
        line(format!("resolver {address}"));
    }
    line(format!("anchor   . {}", served.trust_anchor()));
    // Names that share a socket are told apart by SNI or Host; one line says it for all of them.
    let mut by_place: BTreeMap<(u16, Vec<String>), Vec<&str>> = BTreeMap::new();
    for (host, port, addresses) in served.services() {
        let places = addresses.iter().map(ToString::to_string).collect();
        by_place.entry((port, places)).or_default().push(host);
    }
    for ((port, places), hosts) in &by_place {
        let name = match port {
            443 => "https",
            80 => "http",
            43 => "whois",
            53 => "dns",
            873 => "rsync",
            _ => "service",
        };
        line(format!(
            "{name:<8} {}  {}",
            places.join(" "),
            hosts.join(" ")
        ));
    }
    if served.services().all(|(_, port, _)| port != 873) {
        line("rsync is not installed: repositories are served over HTTPS only".to_owned());
    }
    if !served.has_ipv6() {
        line("no IPv6 on this machine: served on 127.0.0.1 only".to_owned());
    }
    line(String::new());
    if args.ca.is_none() {
        line("Give --ca FILE to have the certificate of the mock's authority written.".to_owned());
    }
    line(format!(
        "curl --proxy http://{} --cacert {ca} https://rdap.apnic.test/help",
        served.proxy()
    ));
    line("Ctrl-C ends it.".to_owned());
    text
}
