//! Both ends of a client's stream: what the test does with it, and what a worker does.
use std::collections::VecDeque;
use std::io::{self, Read, Write};

use s_server_core::io::Now;

use super::{Event, SetPoll, Source, State, World, nothing};
use crate::link::ClientStream;

/// What lies between a client and its worker.
#[derive(Default)]
pub(super) struct Pipe {
    to_server: VecDeque<u8>,
    /// The client sends nothing more.
    ended: bool,
    received: Vec<u8>,
    /// How much more the client takes.
    room: usize,
    /// A worker found no room: the poll tells when there is some.
    full: bool,
    /// Poll and id.
    pub watched: Option<(usize, u64)>,
    /// When it was accepted.
    pub accepted: Option<Now>,
    half_closed: Option<Now>,
    pub closed: Option<Now>,
}

impl Pipe {
    pub fn with(room: usize) -> Self {
        Self { room, ..Self::default() }
    }
}

/// A client, as the test has it. What is asked of it is answered when every worker waits.
pub struct Client {
    pub(super) world: World,
    pub(super) number: usize,
}

impl Client {
    /// Sends bytes.
    pub fn send(&self, bytes: &[u8]) {
        self.change(|pipe, event| {
            pipe.to_server.extend(bytes);
            event.readable = true;
        });
    }

    /// Ends its side of the stream.
    pub fn end(&self) {
        self.change(|pipe, event| {
            pipe.ended = true;
            (event.readable, event.read_closed) = (true, true);
        });
    }

    /// Has room for so many bytes more.
    pub fn takes(&self, bytes: usize) {
        self.change(|pipe, event| {
            pipe.room = pipe.room.saturating_add(bytes);
            event.writable = std::mem::take(&mut pipe.full);
        });
    }

    /// Everything that it was sent.
    pub fn received(&self) -> Vec<u8> {
        self.ask(|pipe| pipe.received.clone())
    }

    /// How much of what it sent was not read.
    pub fn unread(&self) -> usize {
        self.ask(|pipe| pipe.to_server.len())
    }

    /// When it was accepted.
    pub fn accepted(&self) -> Option<Now> {
        self.ask(|pipe| pipe.accepted)
    }

    /// When the server ended its side.
    pub fn half_closed(&self) -> Option<Now> {
        self.ask(|pipe| pipe.half_closed)
    }

    /// When the server closed the stream.
    pub fn closed(&self) -> Option<Now> {
        self.ask(|pipe| pipe.closed)
    }

    fn ask<T>(&self, what: impl FnOnce(&Pipe) -> T) -> T {
        what(&self.world.settle().pipes[self.number])
    }

    /// Changes what lies in between, and has the poll tell about it.
    fn change(&self, change: impl FnOnce(&mut Pipe, &mut Event)) {
        let state = &mut *self.world.state();
        let pipe = &mut state.pipes[self.number];
        let (poll, id) = pipe.watched.unwrap_or_default();
        let mut event = nothing(Source::Stream(id));
        change(pipe, &mut event);
        if pipe.watched.is_some() && event != nothing(event.of) {
            state.polls[poll].tell(event);
            self.world.work();
        }
    }
}

/// The stream of an accepted client.
pub struct SetStream {
    pub(super) world: World,
    pub(super) number: usize,
}

impl SetStream {
    fn on_pipe<T>(&self, what: impl FnOnce(&mut Pipe, Now) -> T) -> T {
        let State { pipes, now, .. } = &mut *self.world.state();
        what(&mut pipes[self.number], *now)
    }
}

impl ClientStream for SetStream {
    type Poll = SetPoll;

    fn register(&mut self, poll: &SetPoll, id: u64) -> io::Result<()> {
        let state = &mut *self.world.state();
        let pipe = &mut state.pipes[self.number];
        pipe.watched = Some((poll.number, id));
        let readable = pipe.ended || !pipe.to_server.is_empty();
        let sleeper = &mut state.polls[poll.number];
        sleeper.watches = true;
        sleeper.tell(Event {
            readable,
            read_closed: pipe.ended,
            writable: pipe.room > 0,
            ..nothing(Source::Stream(id))
        });
        Ok(())
    }

    fn half_close(&self) -> io::Result<()> {
        self.on_pipe(|pipe, now| pipe.half_closed = Some(now));
        Ok(())
    }
}

impl Read for SetStream {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.on_pipe(|pipe, _| match (pipe.to_server.is_empty(), pipe.ended) {
            (false, _) => pipe.to_server.read(to),
            (true, true) => Ok(0),
            (true, false) => Err(io::ErrorKind::WouldBlock.into()),
        })
    }
}

impl Write for SetStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        assert!(self.on_pipe(|pipe, _| pipe.half_closed.is_none()), "nothing is sent after the end");
        self.on_pipe(|pipe, _| {
            if pipe.room == 0 {
                pipe.full = true;
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let taken = bytes.len().min(pipe.room);
            pipe.received.extend(&bytes[..taken]);
            // A client that takes everything always does.
            pipe.room = if pipe.room == usize::MAX { usize::MAX } else { pipe.room - taken };
            Ok(taken)
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for SetStream {
    fn drop(&mut self) {
        self.on_pipe(|pipe, now| (pipe.closed, pipe.watched) = (Some(now), None));
        self.world.rest();
    }
}
