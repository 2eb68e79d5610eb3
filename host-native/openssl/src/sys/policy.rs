//! What came of the certificate policies of a chain.
use std::ffi::c_int;

use foreign_types_shared::ForeignTypeRef;
use openssl::x509::X509StoreContextRef;

use super::printed;
use crate::ffi;

/// Corresponds to `X509_STORE_CTX_get_explicit_policy`.
pub fn explicit_policy(store: &X509StoreContextRef) -> bool {
    // SAFETY: a live store context.
    unsafe { ffi::X509_STORE_CTX_get_explicit_policy(store.as_ptr()) != 0 }
}

/// Which policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policies {
    /// `X509_policy_tree_get0_policies`
    Authority,
    /// `X509_policy_tree_get0_user_policies`
    User,
}

/// The policies as `X509_POLICY_NODE_print` prints them; `None` when there is no list.
pub fn print(store: &X509StoreContextRef, which: Policies) -> Option<Vec<u8>> {
    // SAFETY: a live store context, which keeps the tree.
    let tree = unsafe { ffi::X509_STORE_CTX_get0_policy_tree(store.as_ptr()) };
    let nodes = match which {
        // SAFETY: null or a live tree, which keeps the list.
        Policies::Authority => unsafe { ffi::X509_policy_tree_get0_policies(tree) },
        // SAFETY: as above.
        Policies::User => unsafe { ffi::X509_policy_tree_get0_user_policies(tree) },
    };
    if nodes.is_null() {
        return None;
    }
    Some(printed(|bio| {
        // SAFETY: a live list.
        for index in 0..unsafe { openssl_sys::OPENSSL_sk_num(nodes.cast()) } {
            // SAFETY: the list has that index.
            let node = unsafe { openssl_sys::OPENSSL_sk_value(nodes.cast(), index) };
            // SAFETY: a live BIO; the list holds nodes.
            unsafe { ffi::X509_POLICY_NODE_print(bio, node.cast(), INDENT) };
        }
        1
    }))
}

const INDENT: c_int = 2;
