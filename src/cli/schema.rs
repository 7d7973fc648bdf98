//! `quintet schema`: JSON Schemas of the files of a suite, for editors.

use super::exit::Exit;
use super::shell::Shell;
use crate::scenario::{is_embedded, schema_names, schema_text};
use crate::yaml::nearest;

/// Prints or writes the JSON Schemas of the files of a suite
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  quintet schema                which schemas there are
  quintet schema scenario       the schema of scenario files
  quintet schema --write        write all of them into scenarios/schema/

An editor with a YAML language server completes keys in files that begin with
  # yaml-language-server: $schema=../schema/scenario.v1.json")]
pub struct Args {
    /// Name of a schema, such as `scenario`; a list of them if absent
    name: Option<String>,

    /// Write the schema, or all of them, into `schema/` below the suite
    #[arg(long)]
    write: bool,
}

/// Runs the verb.
pub fn run(args: &Args, shell: &Shell) -> Exit {
    let names: Vec<&str> = match &args.name {
        None => schema_names().collect(),
        Some(name) => {
            let name = name.trim_end_matches(".v1.json").trim_end_matches(".v1");
            let Some(found) = schema_names().find(|n| *n == name) else {
                shell.error(&format!("unknown schema `{name}`"));
                let known: Vec<&str> = schema_names().collect();
                match nearest(name, known.iter().copied()) {
                    Some(near) => shell.hint(&format!("did you mean `{near}`?")),
                    None => shell.hint(&format!("there are {}", known.join(", "))),
                }
                return Exit::Usage;
            };
            vec![found]
        }
    };
    if args.write {
        return write(&names, shell);
    }
    if args.name.is_none() {
        names.iter().for_each(|name| shell.line(name));
        return Exit::Met;
    }
    for name in names {
        shell.print(&schema_text(name).unwrap_or_default());
    }
    Exit::Met
}

fn write(names: &[&str], shell: &Shell) -> Exit {
    if is_embedded(&shell.suite) {
        shell.error("the embedded suite is part of the program; name a folder with `--suite`");
        return Exit::Usage;
    }
    let folder = shell.suite.join("schema");
    if let Err(error) = std::fs::create_dir_all(&folder) {
        shell.error(&format!("creating `{}`: {error}", folder.display()));
        return Exit::Usage;
    }
    for name in names {
        let path = folder.join(format!("{name}.v1.json"));
        let text = schema_text(name).unwrap_or_default();
        if let Err(error) = std::fs::write(&path, text) {
            shell.error(&format!("writing `{}`: {error}", path.display()));
            return Exit::Usage;
        }
        shell.note(&format!("wrote {}", path.display()));
    }
    Exit::Met
}
