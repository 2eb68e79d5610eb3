//! `-policy_print`: what came of the certificate policies of a chain.
use openssl::x509::X509StoreContextRef;

use super::sys::policy::{self, Policies};

/// The lines about them. Corresponds to `policies_print` in `apps/lib/apps.c`.
pub fn describe(store: &X509StoreContextRef) -> String {
    let explicit = if policy::explicit_policy(store) { "True" } else { "False" };
    let mut text = format!("Require explicit Policy: {explicit}\n");
    for (title, which) in [("Authority", Policies::Authority), ("User", Policies::User)] {
        text += &match policy::print(store, which) {
            Some(nodes) => format!("{title} Policies:\n{}", String::from_utf8_lossy(&nodes)),
            None => format!("{title} Policies: <empty>\n"),
        };
    }
    text
}
