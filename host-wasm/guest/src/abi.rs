//! The functions that an embedder calls.
//!
//! ```text
//!   _initialize()                once, before anything else
//!   s_server_abi()        -> i32   version of the frame format
//!   s_server_buffer(len)  -> i32   address of at least `len` bytes for the next input; 0: there is no room
//!   s_server_step(len)    -> i32   takes the frames in the first `len` of these bytes; length of the output
//!   s_server_output()     -> i32   address of the output, valid until the next step
//! ```
use std::cell::RefCell;

use s_server_core::record::VERSION;

use crate::step::Guest;

/// The guest, and what goes in and out of it.
struct Module {
    guest: Guest,
    input: Vec<u8>,
    output: Vec<u8>,
}

thread_local! {
    static MODULE: RefCell<Module> =
        RefCell::new(Module { guest: Guest::default(), input: Vec::new(), output: Vec::new() });
}

fn address(bytes: &[u8]) -> i32 {
    bytes.as_ptr().expose_provenance() as i32
}

// SAFETY: no other symbol of this module has that name.
#[unsafe(no_mangle)]
extern "C" fn s_server_abi() -> i32 {
    i32::from(VERSION)
}

// SAFETY: no other symbol of this module has that name.
#[unsafe(no_mangle)]
extern "C" fn s_server_buffer(len: i32) -> i32 {
    let len = len as u32 as usize;
    MODULE.with_borrow_mut(|Module { input, .. }| {
        if input.try_reserve(len.saturating_sub(input.len())).is_err() {
            return 0;
        }
        input.resize(len.max(input.len()), 0);
        address(input)
    })
}

// SAFETY: no other symbol of this module has that name.
#[unsafe(no_mangle)]
extern "C" fn s_server_step(len: i32) -> i32 {
    MODULE.with_borrow_mut(|Module { guest, input, output }| {
        output.clear();
        // More than was asked for is not there.
        let len = (len as u32 as usize).min(input.len());
        guest.step(&input[..len], output);
        output.len() as i32
    })
}

// SAFETY: no other symbol of this module has that name.
#[unsafe(no_mangle)]
extern "C" fn s_server_output() -> i32 {
    MODULE.with_borrow(|Module { output, .. }| address(output))
}
