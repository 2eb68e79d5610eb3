//! `-policy_print`: what came of the certificate policies of a chain.
use openssl::x509::X509StoreContextRef;

use super::sys::policy::{self, Policies};

/// The lines about them. Corresponds to `policies_print` in `apps/lib/apps.c`.
pub fn describe(store: &X509StoreContextRef) -> Vec<u8> {
    let explicit = if policy::explicit_policy(store) { "True" } else { "False" };
    let mut text = format!("Require explicit Policy: {explicit}\n").into_bytes();
    for (title, which) in [("Authority", Policies::Authority), ("User", Policies::User)] {
        match policy::print(store, which) {
            Some(nodes) => text.extend([format!("{title} Policies:\n").as_bytes(), &nodes].concat()),
            None => text.extend(format!("{title} Policies: <empty>\n").bytes()),
        }
    }
    text
}
