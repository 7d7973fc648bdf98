//! `quintet completions`: completions for a shell.

use clap::CommandFactory as _;

use super::Cli;
use super::exit::Exit;
use super::shell::Shell;

/// Arguments of the verb.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  quintet completions bash > /etc/bash_completion.d/quintet")]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

/// Prints the completions.
pub fn run(args: &Args, shell: &Shell) -> Exit {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "quintet", &mut text);
    shell.print(&String::from_utf8_lossy(&text));
    Exit::Met
}
