//! What the plan names and the host could not read: told before anything is loaded, for every option that names a file.
//!
//! The rest of the engine asks for contents when it needs them, so a list that nothing asks for, or a store that is for
//! clients who are never asked for certificates, would not be missed. The original loads them all.
use s_server_core::options::needs::{Files, NO_CERTIFICATE_HINT, Need, Role, Slot, Source, Store};
use s_server_core::options::plan::Identity;
use s_server_core::{Plan, StartError};

use crate::loading::STORES;

/// The message about the first of the plan's needs that is not there, in the order in which the original loads.
pub fn check(plan: &Plan, files: &Files) -> Result<(), StartError> {
    let missing = plan.needs().into_iter().find_map(|need| match files.get(need.role) {
        Some(Err(why)) => Some(told(plan, &need, why)),
        _ => None,
    });
    missing.map_or(Ok(()), Err)
}

/// The original's line, and where that names no file, one of ours that does.
fn told(plan: &Plan, need: &Need, why: &str) -> StartError {
    let name = match &need.source {
        Source::File(name) | Source::Folder(name) | Source::PassPhrase(name) => String::from_utf8_lossy(name),
    };
    let could_not = |what: &str| {
        StartError::original(format!("Could not open file or uri for loading {what} from {name}: {why}\n"))
    };
    let ours = || StartError::of_option(need.role.option(), name.clone().into_owned(), why);
    match need.role {
        Role::Key(slot) => could_not(slot.titles().key),
        // The key is looked for first, but not that of -xcert, and it would be in there.
        Role::Certificate(slot) if !matches!(slot, Slot::Extra(_)) && !has_key(plan, slot) => {
            let error = could_not(slot.titles().key);
            if is_default(plan, slot) { error.with_hint(NO_CERTIFICATE_HINT) } else { error }
        }
        Role::Certificate(slot) => could_not(&certificate(slot.titles().certificate)),
        Role::Chain(slot) => could_not(&certificate(slot.titles().chain)),
        Role::RevocationList => could_not("CRL"),
        Role::Status(_) => could_not("OCSP response"),
        Role::Trust(Store::Default, _) => ours(),
        Role::Trust(Store::OfClients | Store::Own, _) => ours().after(STORES),
        Role::Pass | Role::SecondPass => ours().before(PASS_PHRASES),
        // Who was asked and did not answer is told by what needs the answer.
        Role::Asked(_) => StartError::default(),
    }
}

/// Corresponds to `app_passwd`.
const PASS_PHRASES: &str = "Error getting password\n";

/// A title that does not say that it is of a certificate has it said.
fn certificate(title: &str) -> String {
    if title.contains("certificate") { title.to_owned() } else { format!("certificate of {title}") }
}

fn has_key(plan: &Plan, slot: Slot) -> bool {
    plan.needs().iter().any(|need| need.role == Role::Key(slot))
}

/// Nobody named the file.
fn is_default(plan: &Plan, slot: Slot) -> bool {
    slot == Slot::First && matches!(plan.tls.identity, Some(Identity::Loaded { cert_is_default: true, .. }))
}
