//! The contract of engines, on OpenSSL.
use std::sync::Arc;

use contract::{Claim, Subject};
use s_server_core::engine::TlsContext;
use s_server_core::options::Build;
use s_server_core::{Plan, StartError};

use super::pair::{Printed, new};

struct Openssl;

impl Subject for Openssl {
    fn build(&self) -> Build {
        super::build()
    }

    fn context(&self, plan: &Plan) -> Result<Arc<dyn TlsContext>, StartError> {
        let context = new(plan, &mut Printed::default());
        context.map(|context| Arc::new(context) as _)
    }
}

fn run(claim: Claim) {
    claim(&Openssl);
}

contract::suite!(run);
