//! What a gate is told beside its policy: the bundle that it compares with, and why it may pass all the same.

use std::path::Path;
use std::sync::Arc;

use super::judging::{self, CannotJudge, Terms};
use super::kept;
use super::shell::Shell;
use crate::audit::Audit;
use crate::bundle::Bundle;
use crate::scenario::suite::Suite;

/// Judges the bundle that a gate compares with, by the suite of today, so that no check has changed
/// between the two; as it was judged where its target is not known any more.
///
/// # Errors
///
/// [`CannotJudge`].
pub(super) fn judged(
    suite: &Suite,
    path: &Path,
    shell: &Shell,
) -> Result<(String, Box<Audit>), CannotJudge> {
    let bundle = Bundle::open(path)?;
    let name = name_of(path);
    let own = own_suite(&bundle, shell)?;
    let suite = own.as_deref().unwrap_or(suite);
    let audit = match judging::judge(suite, &bundle, &Terms::plain(suite)) {
        Err(CannotJudge::Target(target)) => {
            let kept = kept::newest_audit(path)?;
            let Some(audit) = kept else {
                return Err(CannotJudge::Target(target));
            };
            shell.note(&format!(
                "the suite has no target `{target}`; `{name}` is compared with as it was judged"
            ));
            audit
        }
        judged => judged?,
    };
    Ok((name, Box::new(audit)))
}

/// Reads the suite with the target's file that another run was given; `None` where it was given none,
/// and where reading fails, which is told when the target is not found.
pub(super) fn own_suite(bundle: &Bundle, shell: &Shell) -> Result<Option<Arc<Suite>>, CannotJudge> {
    if bundle.run().target.file.is_none() {
        return Ok(None);
    }
    Ok(super::suite::read_for(shell, bundle)?)
}

/// Returns the name of a bundle's folder, for people.
fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// Reads why a gate is overridden: somebody must say something.
pub(super) fn reason(text: &str) -> Result<String, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.is_empty() {
        Err("an override needs a reason, which is recorded and shown".to_owned())
    } else {
        Ok(words.join(" "))
    }
}
