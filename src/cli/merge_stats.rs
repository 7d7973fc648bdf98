//! `quintet merge-stats`: the NRO's five files, made again from saved statistics.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::exit::Exit;
use super::shell::Shell;
use crate::clock::{Clock, RealClock};
use crate::inspect::iana::{self, Names};
use crate::inspect::merge::{
    Conflict, Inputs, Merged, Numbers, Row, Rows, conflicts_of, iana_rows, merge,
    read as read_rows, stays, write_conflicts, write_records, write_rows,
};
use crate::registry::RegistryId;
use crate::scenario::suite::Suite;

/// Arguments of the verb.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  quintet merge-stats --iana delegated-iana-latest -o 20181013 --day 2018-10-13 \\
    arin.gz afrinic.gz lacnic.gz ripencc.gz apnic.gz
  quintet merge-stats --iana ipv4-address-space.csv --iana as-numbers.xml … -o today *-extended-latest
  quintet merge-stats … --previous 20181012/combined-stat --grace 20181011 -o 20181013

Writes combined-stat, merged-stat, conflicts, unclaimed and overclaimed as the NRO's program does
(docs/merge.md). Files may be compressed with gzip. Where two files list the same number and neither IANA nor
the day before decides, the last file wins; the NRO's program reads them in the order arin, afrinic,
lacnic, ripencc, apnic.

Exit codes: 0 no conflict, nothing unclaimed or overclaimed, 1 some, 2 a file could not be read.")]
pub struct Args {
    /// Delegated statistics of the registries
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// What IANA gave: a file in the form of statistics, or IANA's own registries, CSV or XML
    #[arg(long, required = true, value_name = "FILE")]
    iana: Vec<PathBuf>,

    /// The combined file of the day before
    #[arg(long, value_name = "FILE")]
    previous: Option<PathBuf>,

    /// Folder of two days before: conflicts and unclaimed rows that were there too are named
    #[arg(long, value_name = "DIR")]
    grace: Option<PathBuf>,

    /// The day the files are of; today if not given
    #[arg(long, value_name = "YYYY-MM-DD")]
    day: Option<Date>,

    /// Folder that the files are written to
    #[arg(long, short, value_name = "DIR")]
    out: PathBuf,
}

/// Largest file that is read, in octets, after decompression; the largest statistics have 14 MB,
/// the combined file 70 MB.
const LARGEST: u64 = 1024 * 1024 * 1024;

/// Most rows of each list that are printed.
const MOST_PRINTED: usize = 10;

/// Runs the verb.
pub fn run(args: &Args, shell: &Shell) -> Exit {
    match go(args, shell) {
        Ok(exit) => exit,
        Err(reason) => {
            shell.error(&reason);
            Exit::Usage
        }
    }
}

fn go(args: &Args, shell: &Shell) -> Result<Exit, String> {
    let texts = args.files.iter().map(|path| read(path));
    let texts: Vec<String> = texts.collect::<Result<_, _>>()?;
    let iana = iana_text(args, shell)?;
    let previous = args.previous.as_deref().map(read).transpose()?;
    let rows = |path: &Path, text| rows_of(path, text, shell);
    let files = args.files.iter().zip(&texts);
    let inputs = Inputs {
        registries: files
            .map(|(path, text)| rows(path, text))
            .collect::<Result<_, _>>()?,
        iana: rows(Path::new("IANA"), &iana)?,
        previous: match (&args.previous, &previous) {
            (Some(path), Some(text)) => Some(rows(path, text)?),
            _ => None,
        },
    };
    let now = RealClock::new().now().to_zoned(TimeZone::UTC).date();
    let day = args.day.unwrap_or(now).strftime("%Y%m%d").to_string();
    let merged = merge(&inputs);
    // What is not needed for writing is given back first.
    drop(inputs);
    write(&args.out, &merged, &day).map_err(|error| format!("{}: {error}", args.out.display()))?;
    shell.note(&format!("wrote five files to {}", args.out.display()));
    print(&merged, &day, shell);
    if let Some(folder) = &args.grace {
        print_stayed(&merged, folder, &day, shell)?;
    }
    let is_clean =
        merged.conflicts.is_empty() && merged.unclaimed.is_empty() && merged.overclaimed.is_empty();
    Ok(if is_clean { Exit::Met } else { Exit::Failed })
}

/// Returns what IANA gave as rows of statistics.
fn iana_text(args: &Args, shell: &Shell) -> Result<String, String> {
    let texts = args.iana.iter().map(|path| read(path));
    let texts: Vec<String> = texts.collect::<Result<_, _>>()?;
    if let [text] = texts.as_slice()
        && !read_rows(text).0.is_empty()
    {
        return Ok(text.clone());
    }
    let mut documents = Vec::new();
    for (path, text) in args.iana.iter().zip(&texts) {
        let document = iana::read(text.as_bytes());
        if let (Some(wrong), true) = (document.wrong.first(), document.entries.is_empty()) {
            return Err(format!(
                "{}:{}: {}",
                path.display(),
                wrong.line,
                wrong.message
            ));
        }
        documents.push(document);
    }
    let Some(suite) = super::suite::read(shell) else {
        return Err(
            "names of registries come from the suite; name its folder with `--suite`".to_owned(),
        );
    };
    let (names, stats) = names_of(&suite);
    let name = |id: &RegistryId| {
        let mut all = stats.iter();
        let found = all.find(|(known, _)| known == id);
        found.map_or_else(|| id.to_string(), |(_, name)| name.clone())
    };
    Ok(iana_rows(&documents, &names, name))
}

/// Returns the names of the suite's registries, and what statistics call them.
fn names_of(suite: &Suite) -> (Names, Vec<(RegistryId, String)>) {
    let mut names = Names::new();
    let mut stats = Vec::new();
    for (_, registry) in suite.registries.iter() {
        let text = |pointer: &str| {
            let found = registry.data.pointer(pointer);
            found.and_then(|value| value.as_str()).map(str::to_owned)
        };
        names = names.with_name(&registry.name, &registry.id);
        if let Some(name) = text("/stats/name") {
            names = names.with_name(&name, &registry.id);
            stats.push((registry.id.clone(), name));
        }
        if let Some(host) = text("/whois/host") {
            names = names.with_whois(&host, &registry.id);
        }
    }
    (names, stats)
}

/// Reads the rows of a file; lines that cannot be read are told.
fn rows_of<'a>(path: &Path, text: &'a str, shell: &Shell) -> Result<Rows<'a>, String> {
    let name = path.display();
    let (rows, wrong) = read_rows(text);
    if rows.is_empty() {
        return Err(format!("{name}: no rows of delegated statistics"));
    }
    for one in wrong.iter().take(MOST_PRINTED) {
        shell.note(&format!("{name}:{}: left out: {}", one.line, one.message));
    }
    Ok(rows)
}

/// Reads a file, decompressed if it is gzip.
fn read(path: &Path) -> Result<String, String> {
    let name = path.display();
    let refuse = |error: io::Error| format!("{name}: {error}");
    let mut octets = Vec::new();
    let file = File::open(path).map_err(refuse)?;
    file.take(LARGEST + 1)
        .read_to_end(&mut octets)
        .map_err(refuse)?;
    if octets.starts_with(&[0x1f, 0x8b]) {
        let mut plain = Vec::new();
        let decoder = MultiGzDecoder::new(octets.as_slice());
        decoder
            .take(LARGEST + 1)
            .read_to_end(&mut plain)
            .map_err(refuse)?;
        octets = plain;
    }
    if u64::try_from(octets.len()).is_ok_and(|bytes| bytes > LARGEST) {
        return Err(format!("{name}: larger than {LARGEST} octets"));
    }
    // Statistics are ASCII; what is not is left out line by line.
    Ok(String::from_utf8(octets)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

fn write(folder: &Path, merged: &Merged<'_>, day: &str) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let file = |name: &str| File::create(folder.join(name)).map(BufWriter::new);
    let mut combined = file("combined-stat")?;
    write_records(&mut combined, &merged.combined, day)?;
    combined.flush()?;
    let mut joined = file("merged-stat")?;
    write_records(&mut joined, &merged.joined(), day)?;
    joined.flush()?;
    let mut conflicts = file("conflicts")?;
    write_conflicts(&mut conflicts, &merged.conflicts, day)?;
    conflicts.flush()?;
    for (name, rows) in [
        ("unclaimed", &merged.unclaimed),
        ("overclaimed", &merged.overclaimed),
    ] {
        let mut out = file(name)?;
        write_rows(&mut out, rows, day)?;
        out.flush()?;
    }
    Ok(())
}

fn print(merged: &Merged<'_>, day: &str, shell: &Shell) {
    for (name, rows) in [
        ("combined", &merged.combined),
        ("unclaimed", &merged.unclaimed),
        ("overclaimed", &merged.overclaimed),
    ] {
        let counts = Numbers::ALL.map(|kind| format!("{} {}", rows.of(kind).len(), kind.as_str()));
        shell.line(&format!(
            "{name:<12} {} rows: {}",
            rows.len(),
            counts.join(", ")
        ));
        if name != "combined" {
            print_rows(rows.iter(), rows.len(), day, shell);
        }
    }
    shell.line(&format!(
        "{:<12} {} pairs",
        "conflicts",
        merged.conflicts.len()
    ));
    for conflict in merged.conflicts.iter().take(MOST_PRINTED) {
        let (a, b) = (conflict.earlier.text(day), conflict.later.text(day));
        shell.line(&format!("  {a}\n  {b}"));
    }
}

fn print_rows<'r, 'a: 'r>(
    rows: impl Iterator<Item = &'r Row<'a>>,
    count: usize,
    day: &str,
    shell: &Shell,
) {
    for row in rows.take(MOST_PRINTED) {
        shell.line(&format!("  {}", row.text(day)));
    }
    if count > MOST_PRINTED {
        shell.line(&format!("  and {} more", count - MOST_PRINTED));
    }
}

/// Names what was there two days before too.
fn print_stayed(
    merged: &Merged<'_>,
    folder: &Path,
    day: &str,
    shell: &Shell,
) -> Result<(), String> {
    let conflicts = read(&folder.join("conflicts"))?;
    let unclaimed = read(&folder.join("unclaimed"))?;
    let (before, _) = conflicts_of(&conflicts);
    let stayed = stays(pairs(&merged.conflicts), pairs(&before));
    let named = merged
        .conflicts
        .iter()
        .zip(&stayed)
        .filter(|(_, stays)| **stays);
    let named: Vec<&Conflict<'_>> = named.map(|(conflict, _)| conflict).collect();
    let count = named.len();
    shell.line(&format!(
        "{:<12} {count} conflicts were there two days before",
        "stayed"
    ));
    for conflict in named.into_iter().take(MOST_PRINTED) {
        let (a, b) = (conflict.earlier.text(day), conflict.later.text(day));
        shell.line(&format!("  {a}\n  {b}"));
    }
    let (before, _) = read_rows(&unclaimed);
    let own = merged.unclaimed.iter().map(|row| vec![*row]);
    let stayed = stays(own, before.iter().map(|row| vec![*row]));
    let count = stayed.iter().filter(|stays| **stays).count();
    shell.line(&format!(
        "{:<12} {count} unclaimed rows were there two days before",
        "stayed"
    ));
    Ok(())
}

fn pairs<'a>(conflicts: &[Conflict<'a>]) -> Vec<Vec<Row<'a>>> {
    conflicts.iter().map(|c| vec![c.earlier, c.later]).collect()
}

#[cfg(test)]
mod tests {
    use super::super::run_in;
    use super::*;

    /// Runs the verb over files with these contents; returns exit, stdout, stderr and the folder it wrote.
    fn merge_files(name: &str, iana: &str, contents: &[&str]) -> (Exit, String, String, PathBuf) {
        let folder = std::env::temp_dir().join(format!("quintet-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let place = |file: &str| folder.join(file).to_string_lossy().into_owned();
        std::fs::write(place("iana"), iana).unwrap();
        let mut words = vec![
            "merge-stats".to_owned(),
            "--day".to_owned(),
            "2018-10-13".to_owned(),
        ];
        words.extend([
            "--iana".to_owned(),
            place("iana"),
            "-o".to_owned(),
            place("out"),
        ]);
        for (number, content) in contents.iter().enumerate() {
            let file = place(&number.to_string());
            std::fs::write(&file, content).unwrap();
            words.push(file);
        }
        let suite = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios"));
        let (shell, out, err) = Shell::into_buffers(suite);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let exit = run_in(&shell, &words).unwrap();
        (exit, out.text(), err.text(), folder)
    }

    #[test]
    fn the_five_files_are_written_in_their_formats() {
        let iana = "iana|ZZ|asn|1|10|19920101|allocated|arin|iana\niana|ZZ|ipv4|192.0.2.0|256|19920101|reserved|ietf|iana\n";
        let files = [
            "2|arin|1|2||20181013|-0400\narin|US|asn|1|4|20010101|allocated|x\narin||asn|5|1||reserved|\narin|US|ipv4|192.0.2.0|256|20010101|assigned|x\n",
            "ripencc|NL|asn|4|1|20010101|allocated|y\nripencc|NL|asn|20|1|20010101|allocated|y\n",
        ];
        let (exit, out, err, folder) = merge_files("merge", iana, &files);
        assert_eq!(exit, Exit::Failed, "{err}");
        let file = |name: &str| std::fs::read_to_string(folder.join("out").join(name)).unwrap();
        let combined = file("combined-stat");
        assert!(combined.starts_with("2|nro|20181013|"), "{combined}");
        assert!(
            combined.contains("|19821213|20181013|+0000\nnro|*|asn|*|"),
            "{combined}"
        );
        assert!(combined.contains("arin|ZZ|asn|5|1|20181013|reserved|arin|e-stats\n"));
        assert_eq!(
            file("conflicts"),
            "arin|US|asn|1|4|20010101|assigned|x|e-stats\r\nripencc|NL|asn|4|1|20010101|assigned|y|e-stats\r\n\r\n\
             arin|US|ipv4|192.0.2.0|256|20010101|assigned|x|e-stats\r\niana|ZZ|ipv4|192.0.2.0|256|19920101|reserved|ietf|iana\r\n\r\n"
        );
        assert_eq!(
            file("unclaimed"),
            "arin|ZZ|asn|6|5|20181013|available|arin|iana\n\n"
        );
        assert_eq!(
            file("overclaimed"),
            "ripencc|NL|asn|20|1|20010101|assigned|y|e-stats\n\n"
        );
        assert!(out.contains("conflicts    2 pairs"), "{out}");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_file_without_rows_is_a_usage_error() {
        let (exit, _, err, folder) = merge_files(
            "merge-none",
            "x",
            &["arin|US|asn|1|4|20010101|allocated|x\n"],
        );
        assert_eq!(exit, Exit::Usage);
        assert!(err.contains("no header of a number registry"), "{err}");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
