//! `-WWW` and `-HTTP`: files out of the served folder. Corresponds to `www_body` in `apps/s_server.c`.
//!
//! The core makes the name and the answer; the host opens the file, and refuses whatever is not a plain file inside the
//! folder. Unlike the original's, an answer says with its status what it is, and how long.
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::media;
use super::path::{self, PathError};
use super::unsent::Unsent;
use super::{Cx, Flow, Mode};
use crate::engine::Detail;
use crate::io::{FileReply, FileRequest, Interest, Outcome, Refusal};
use crate::render::page;
use crate::request::{Request, RequestReader};
use crate::text;

/// A file is asked for in pieces of this size.
pub const PIECE: usize = 65_536;

/// The head that a file of `-HTTP` brings is looked for in this many bytes (`HEAD`).
const HEAD_LIMIT: usize = 65_536;

pub(crate) struct Files {
    /// `-HTTP`: the files bring their own heads.
    heads_in_files: bool,
    /// `-http_server_binmode`, which only shows in a message.
    binary: bool,
    state: State,
    request: RequestReader,
    unsent: Unsent,
    buffer: Vec<u8>,
}

enum State {
    /// No request line yet.
    Reading,
    /// The host was asked for the file.
    Opening { name: Vec<u8>, head_only: bool },
    /// `-WWW`: the file is open, its name does not tell its type, and the host was asked for the first piece.
    Looking { len: u64, head_only: bool },
    /// The file is open, and so much of it is to come; `asked`: the host was asked for the next piece.
    Sending { left: u64, asked: bool },
    /// As before, but only the head of a `-HTTP` file is wanted: what came of it so far.
    SendingHead { head: Vec<u8> },
    /// Nothing comes after what is unsent.
    Ending,
}

impl Files {
    pub fn new(heads_in_files: bool, binary: bool) -> Self {
        let (request, unsent, buffer) = Default::default();
        Self { heads_in_files, binary, state: State::Reading, request, unsent, buffer }
    }
}

impl Mode for Files {
    fn on_seated(&mut self, cx: &mut Cx<'_>) {
        cx.tell_non_blocking();
    }

    fn on_handshake_waits(&mut self, cx: &mut Cx<'_>) {
        cx.say_read_blocks();
    }

    /// Only a request is read; while an answer is sent nothing is, so that a client cannot fill memory.
    fn interest(&self, flushed: bool) -> Interest {
        let reading = matches!(self.state, State::Reading) || !self.unsent.is_empty();
        let asked = match self.state {
            State::Opening { .. } | State::Looking { .. } | State::SendingHead { .. } => true,
            State::Sending { asked, .. } => asked,
            State::Reading | State::Ending => false,
        };
        Interest { wire: reading, flushed: !flushed, file: asked, ..Interest::default() }
    }

    fn step(&mut self, cx: &mut Cx<'_>) -> Flow {
        if let State::Sending { asked: true, .. } = self.state {
            // The head waits for the first piece, to leave in one record with it.
            return Flow::Wait;
        }
        if !self.unsent.is_empty() {
            return self.unsent.send(cx);
        }
        match &mut self.state {
            State::Reading => self.read(cx),
            State::Sending { asked: asked @ false, .. } if cx.flushed => {
                *asked = true;
                cx.out.file(FileRequest::Read { max: PIECE });
                Flow::Wait
            }
            State::Opening { .. } | State::Looking { .. } | State::Sending { .. } | State::SendingHead { .. } => {
                Flow::Wait
            }
            State::Ending => Flow::Close(Outcome::Next),
        }
    }

    fn on_file(&mut self, cx: &mut Cx<'_>, reply: FileReply<'_>) -> Flow {
        match (core::mem::replace(&mut self.state, State::Ending), reply) {
            (State::Opening { name, head_only }, FileReply::Opened { len }) => {
                if !cx.plan.text.quiet {
                    text::err(cx.out, &[b"FILE:", &name[..], b"\n"].concat());
                }
                self.state = self.begin(cx, &name, len, head_only);
            }
            (State::Opening { name, head_only }, FileReply::Refused(why)) => {
                self.on_refused(&name, why, head_only);
            }
            (State::Looking { len, head_only }, reply) => {
                let first = if let FileReply::Data(bytes) = reply { bytes } else { b"" };
                self.head(media::of_content(first), len);
                if !head_only && !first.is_empty() {
                    return self.on_piece(cx, len, first);
                }
            }
            (State::Sending { left, .. }, FileReply::Data(bytes)) => return self.on_piece(cx, left, bytes),
            (State::SendingHead { mut head }, FileReply::Data(bytes)) => {
                head.extend_from_slice(bytes);
                match end_of_head(&head) {
                    Some(end) => self.unsent.extend_from_slice(&head[..end]),
                    None if head.len() >= HEAD_LIMIT => self.unsent.extend(head),
                    None => {
                        self.state = State::SendingHead { head };
                        cx.out.file(FileRequest::Read { max: PIECE });
                    }
                }
            }
            (State::SendingHead { head }, FileReply::End) => self.unsent.extend(head),
            // The end of the file, or of what could be read of it: the length in the head tells the client which.
            (State::Sending { .. }, _) => {}
            (state, _) => self.state = state,
        }
        Flow::More
    }
}

impl Files {
    fn read(&mut self, cx: &mut Cx<'_>) -> Flow {
        if let Err(flow) = cx.receive_request(&mut self.buffer) {
            return flow;
        }
        if let Some(request) = self.request.read(&self.buffer) {
            self.on_request(cx, request);
        }
        Flow::More
    }

    fn on_request(&mut self, cx: &mut Cx<'_>, request: Request) {
        cx.tell_request(&request);
        let (target, head_only) = match request {
            Request::Get { target, versioned: true } => (target, false),
            Request::Get { target, versioned: false } => {
                let name = target.strip_prefix(b"/").unwrap_or(&target);
                return self.refuse(400, name, "is an invalid file name", false);
            }
            Request::Head { target } => (target, true),
            Request::Other { method } => {
                self.unsent.extend_from_slice(&page::method_refusal(&method));
                self.state = State::Ending;
                return;
            }
        };
        if path::without_origin(&target) == b"/stats" && !self.heads_in_files {
            self.unsent.extend_from_slice(page::HEAD);
            if !head_only {
                let info = cx.info(Detail::Page);
                self.unsent.extend(page::page(&info, &cx.stats(), cx.plan));
            }
            self.state = State::Ending;
            return;
        }
        let (name, verdict) = path::resolve(&target);
        match verdict {
            Ok(()) => {
                cx.out.file(FileRequest::Open { name: &name });
                self.state = State::Opening { name, head_only };
            }
            Err(PathError::DotsOrColon) => self.refuse(403, &name, "contains '..' or ':'", head_only),
            Err(PathError::Absolute) => self.refuse(403, &name, "is an invalid path", head_only),
            Err(PathError::Malformed) => self.refuse(400, &name, "is an invalid path", head_only),
        }
    }

    fn begin(&mut self, cx: &mut Cx<'_>, name: &[u8], len: u64, head_only: bool) -> State {
        if self.heads_in_files {
            if !head_only {
                return send(cx, len);
            }
            cx.out.file(FileRequest::Read { max: PIECE });
            return State::SendingHead { head: Vec::new() };
        }
        let kind = media::of_name(name).or((len == 0).then_some(media::TEXT));
        let Some(kind) = kind else {
            cx.out.file(FileRequest::Read { max: PIECE });
            return State::Looking { len, head_only };
        };
        self.head(kind, len);
        if head_only { State::Ending } else { send(cx, len) }
    }

    /// `-WWW`: the head of a file.
    fn head(&mut self, kind: &str, len: u64) {
        let head = format!("HTTP/1.0 200 ok\r\nContent-type: {kind}\r\nContent-Length: {len}\r\n\r\n");
        self.unsent.extend_from_slice(head.as_bytes());
    }

    /// A piece of a file of which so much was to come. One that grows meanwhile is as long as the head says.
    fn on_piece(&mut self, cx: &mut Cx<'_>, left: u64, bytes: &[u8]) -> Flow {
        let bytes = &bytes[..bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX))];
        let left = left - bytes.len() as u64;
        self.state = if left == 0 { State::Ending } else { State::Sending { left, asked: false } };
        self.unsent.send_with(cx, bytes)
    }

    fn on_refused(&mut self, name: &[u8], why: Refusal, head_only: bool) {
        let mode = if self.binary { "rb" } else { "r" };
        match why {
            Refusal::Directory => self.refuse(403, name, "is a directory", head_only),
            Refusal::NotServed => self.refuse(403, name, "is not a file in the served folder", head_only),
            Refusal::Denied => self.answer(403, &open_error(name, mode), head_only),
            Refusal::NotFound => self.answer(404, &open_error(name, mode), head_only),
            Refusal::Failed => self.answer(500, &open_error(name, mode), head_only),
        }
    }

    fn refuse(&mut self, status: u16, name: &[u8], what: &str, head_only: bool) {
        let body = [b"'", name, b"' ", what.as_bytes(), b"\r\n"].concat();
        self.answer(status, &body, head_only);
    }

    /// An answer in plain text. What the client chose is escaped in it: not every client believes the content type.
    fn answer(&mut self, status: u16, body: &[u8], head_only: bool) {
        let body = page::escape(body);
        let head = format!(
            "HTTP/1.0 {status} {}\r\nContent-type: text/plain\r\nContent-Length: {}\r\n\r\n",
            reason(status),
            body.len()
        );
        self.unsent.extend_from_slice(head.as_bytes());
        if !head_only {
            self.unsent.extend(body);
        }
        self.state = State::Ending;
    }
}

/// Asks for the first piece of a file of this length.
fn send(cx: &mut Cx<'_>, len: u64) -> State {
    if len == 0 {
        return State::Ending;
    }
    cx.out.file(FileRequest::Read { max: PIECE });
    State::Sending { left: len, asked: true }
}

fn open_error(name: &[u8], mode: &str) -> Vec<u8> {
    [b"Error opening '", name, b"' mode='", mode.as_bytes(), b"'\r\n"].concat()
}

fn reason(status: u16) -> String {
    let words = match status {
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        _ => "Internal Server Error",
    };
    words.into()
}

/// Where the head ends: after the first empty line.
fn end_of_head(bytes: &[u8]) -> Option<usize> {
    let after = |pattern: &[u8]| bytes.windows(pattern.len()).position(|w| w == pattern).map(|at| at + pattern.len());
    [after(b"\r\n\r\n"), after(b"\n\n")].into_iter().flatten().min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{Input, Wait};
    use crate::options::plan::{Mode, Plan};
    use crate::scripted::{Talk, plan};

    fn www() -> Plan {
        Plan { mode: Mode::Files { heads_in_files: false, binary: false }, ..plan() }
    }

    fn http() -> Plan {
        Plan { mode: Mode::Files { heads_in_files: true, binary: true }, ..plan() }
    }

    fn get(plan: Plan, request: &str, replies: &[FileReply<'_>]) -> Talk {
        let mut talk = Talk::new(plan);
        talk.wire("H").wire(request);
        for reply in replies {
            talk.feed(Input::File(*reply));
        }
        talk
    }

    fn answer(talk: &Talk) -> String {
        assert_eq!(talk.wait, Wait::Closed(Outcome::Next));
        let wire = talk.out.wire();
        wire.strip_prefix("<H").and_then(|w| w.strip_suffix("<|")).expect("one answer, then the end").replace('<', "")
    }

    #[test]
    fn a_file_is_sent_with_its_type_and_length() {
        let replies = [FileReply::Opened { len: 5 }, FileReply::Data(b"hel"), FileReply::Data(b"lo"), FileReply::End];
        let talk = get(www(), "GET /sub/page.html HTTP/1.0\r\n\r\n", &replies);
        assert_eq!(answer(&talk), "HTTP/1.0 200 ok\r\nContent-type: text/html\r\nContent-Length: 5\r\n\r\nhello");
        assert_eq!(talk.out.err(), "accepting\nFILE:sub/page.html\n");
        let max = PIECE;
        let read = format!("Read {{ max: {max} }}");
        assert_eq!(talk.out.files, ["Open sub/page.html", &read, &read]);
    }

    #[test]
    fn a_name_that_tells_no_type_leaves_it_to_the_first_piece() {
        for (data, kind) in [("key\n", "text/plain"), ("k\0y\n", "application/octet-stream")] {
            let head = format!("HTTP/1.0 200 ok\r\nContent-type: {kind}\r\nContent-Length: 8\r\n\r\n");
            let data = data.as_bytes();
            let replies = [FileReply::Opened { len: 8 }, FileReply::Data(data), FileReply::Data(data)];
            let talk = get(www(), "GET /key HTTP/1.0\r\n\r\n", &replies);
            assert_eq!(answer(&talk), head.clone() + &String::from_utf8([data, data].concat()).unwrap());
            let talk = get(www(), "HEAD /key HTTP/1.0\r\n\r\n", &replies[..2]);
            assert_eq!(answer(&talk), head);
        }
        let talk = get(www(), "GET /key HTTP/1.0\r\n\r\n", &[FileReply::Opened { len: 0 }]);
        assert!(answer(&talk).ends_with("Content-type: text/plain\r\nContent-Length: 0\r\n\r\n"));
    }

    #[test]
    fn http_files_bring_their_own_head() {
        let file = [FileReply::Opened { len: 12 }, FileReply::Data(b"X: y\r\n\r\nbody")];
        assert_eq!(answer(&get(http(), "GET /raw.http HTTP/1.0\r\n\r\n", &file)), "X: y\r\n\r\nbody");
        assert_eq!(answer(&get(http(), "HEAD /raw.http HTTP/1.0\r\n\r\n", &file)), "X: y\r\n\r\n");
        let bare = [FileReply::Opened { len: 4 }, FileReply::Data(b"body"), FileReply::End];
        assert_eq!(answer(&get(http(), "HEAD /raw.http HTTP/1.0\r\n\r\n", &bare)), "body");
    }

    #[test]
    fn head_has_no_body() {
        let talk = get(www(), "HEAD /a.txt HTTP/1.0\r\n\r\n", &[FileReply::Opened { len: 7 }]);
        assert_eq!(answer(&talk), "HTTP/1.0 200 ok\r\nContent-type: text/plain\r\nContent-Length: 7\r\n\r\n");
    }

    #[test]
    fn refusals_have_their_status_and_the_originals_words() {
        for (request, reply, status, body) in [
            ("GET /no HTTP/1.0", Some(Refusal::NotFound), "404 Not Found", "Error opening 'no' mode='r'\r\n"),
            ("GET / HTTP/1.0", Some(Refusal::NotFound), "404 Not Found", "Error opening '' mode='r'\r\n"),
            ("GET /sub HTTP/1.0", Some(Refusal::Directory), "403 Forbidden", "'sub' is a directory\r\n"),
            ("GET /x HTTP/1.0", Some(Refusal::Denied), "403 Forbidden", "Error opening 'x' mode='r'\r\n"),
            (
                "GET /f HTTP/1.0",
                Some(Refusal::NotServed),
                "403 Forbidden",
                "'f' is not a file in the served folder\r\n",
            ),
            ("GET /../x HTTP/1.0", None, "403 Forbidden", "'../x' contains '..' or ':'\r\n"),
            ("GET /%2e%2e/x HTTP/1.0", None, "403 Forbidden", "'../x' contains '..' or ':'\r\n"),
            ("GET //etc/passwd HTTP/1.0", None, "403 Forbidden", "'/etc/passwd' is an invalid path\r\n"),
            ("GET page.txt HTTP/1.0", None, "400 Bad Request", "'page.txt' is an invalid path\r\n"),
            ("GET /page.txt", None, "400 Bad Request", "'page.txt' is an invalid file name\r\n"),
        ] {
            let replies: Vec<_> = reply.into_iter().map(FileReply::Refused).collect();
            let talk = get(www(), &format!("{request}\r\n\r\n"), &replies);
            let head = format!("HTTP/1.0 {status}\r\nContent-type: text/plain\r\nContent-Length: {}", body.len());
            assert_eq!(answer(&talk), format!("{head}\r\n\r\n{body}"), "{request}");
        }
    }

    #[test]
    fn what_the_client_chose_is_escaped() {
        let talk = get(www(), "GET /a&b HTTP/1.0\r\n\r\n", &[FileReply::Refused(Refusal::NotFound)]);
        assert!(answer(&talk).ends_with("\r\n\r\nError opening 'a&amp;b' mode='r'\r\n"));
    }

    #[test]
    fn stats_is_the_page_and_a_file_under_http() {
        let talk = get(www(), "GET /stats HTTP/1.0\r\n\r\n", &[]);
        assert!(answer(&talk).contains("HTML>"));
        let talk = get(www(), "GET HTTPS://LOCALHOST/stats HTTP/1.0\r\n\r\n", &[]);
        assert!(answer(&talk).contains("HTML>"));
        let talk = get(http(), "GET /stats HTTP/1.0\r\n\r\n", &[]);
        assert_eq!(talk.out.files, ["Open stats"]);
    }

    #[test]
    fn the_next_piece_is_asked_for_when_the_last_one_has_left() {
        let mut talk = get(www(), "GET /a HTTP/1.0\r\n\r\n", &[FileReply::Opened { len: 9 }]);
        assert_eq!(talk.out.files.len(), 2);
        talk.feed_only(Input::File(FileReply::Data(b"abc")));
        talk.feed_only(Input::File(FileReply::Data(b"def")));
        assert_eq!(talk.out.files.len(), 3, "one piece may be on its way beside the one in the host's buffers");
        assert!(talk.interest().flushed && !talk.interest().wire);
        talk.feed_only(Input::WireFlushed);
        assert_eq!(talk.out.files.len(), 4);
    }
}
