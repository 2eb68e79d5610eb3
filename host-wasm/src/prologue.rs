//! What makes a guest ready, once it has the command line.
use s_server_core::Plan;
use s_server_core::StartError;
use s_server_core::io::Now;
use s_server_core::record::In;
use s_server_hosting::needs;

/// The frames: the contents of what the plan names, and the order to load.
pub fn frames(plan: &Plan) -> Result<Vec<u8>, StartError> {
    let mut frames = Vec::new();
    let mut put = |input: In<'_>| input.put(0, Now::default(), &mut frames);
    for (role, content) in needs::read(plan)? {
        let content = content.as_ref().map(Vec::as_slice).map_err(String::as_str);
        put(In::Need { role, content });
    }
    put(In::Load);
    Ok(frames)
}
