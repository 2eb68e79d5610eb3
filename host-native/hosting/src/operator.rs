//! The operator's input, one read at a time.
use std::io::{self, PipeReader};

use crate::system::Stdin;

/// Where the operator's input comes from. It is opened for the interactive mode alone; the other modes have no operator.
#[derive(Debug)]
pub enum OperatorInput {
    /// Standard input of this process.
    Stdin,
    /// What is written into this pipe. Its end is the operator's end of input.
    Pipe(PipeReader),
    /// There is no operator: neither a byte nor an end ever comes.
    Nobody,
}

impl OperatorInput {
    /// Starts the thread that waits for input. `wake` is called when there is some that somebody asked for.
    pub(crate) fn open(self, wake: impl Fn() + Send + 'static) -> io::Result<Option<Operator>> {
        let stdin = match self {
            Self::Stdin => Stdin::start(wake)?,
            Self::Pipe(reader) => Stdin::over(reader, wake)?,
            Self::Nobody => return Ok(None),
        };
        Ok(Some(Operator::new(stdin)))
    }
}

/// What came of a read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// One unit, never empty.
    Unit(Vec<u8>),
    /// The end of input, or an error that is as good as one.
    End,
}

/// Standard input, read only when somebody wants to hear the operator.
pub struct Operator {
    stdin: Stdin,
    /// Read while nobody was seated, for whoever asks next.
    kept: Option<Arrival>,
}

impl Operator {
    /// The operator at this input.
    fn new(stdin: Stdin) -> Self {
        Self { stdin, kept: None }
    }

    /// What the operator said, at most `max` bytes of it. `None`: nothing yet; the poll is woken when there is.
    pub fn hear(&mut self, max: usize) -> Option<Arrival> {
        if let Some(kept) = self.kept.take() {
            return Some(kept);
        }
        let read = self.stdin.read(max);
        if read.is_none() {
            self.stdin.watch();
        }
        read.map(|read| read.ok().filter(|unit| !unit.is_empty()).map_or(Arrival::End, Arrival::Unit))
    }

    /// He said nothing when he was asked last, and the poll will be woken when he does.
    pub fn is_awaited(&self) -> bool {
        self.kept.is_none() && self.stdin.is_watched()
    }

    /// The same, and the next [`Operator::hear`] gives it again. `None` also when it was overheard before.
    pub fn overhear(&mut self, max: usize) -> Option<Arrival> {
        if self.kept.is_some() {
            return None;
        }
        self.kept = self.hear(max);
        self.kept.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use s_server_core::io::OPERATOR_UNIT as UNIT;
    use std::io::{PipeWriter, Write, pipe};
    use std::sync::mpsc::{Receiver, channel};
    use std::time::Duration;

    fn operator() -> (Operator, PipeWriter, Receiver<()>) {
        let (reader, writer) = pipe().unwrap();
        let (wake, woken) = channel();
        let operator = OperatorInput::Pipe(reader).open(move || wake.send(()).unwrap_or_default()).unwrap();
        (operator.unwrap(), writer, woken)
    }

    fn hear(operator: &mut Operator, woken: &Receiver<()>, max: usize) -> Arrival {
        loop {
            if let Some(arrival) = operator.hear(max) {
                return arrival;
            }
            woken.recv_timeout(Duration::from_secs(10)).expect("a wake-up");
        }
    }

    #[test]
    fn nobody_is_not_waited_for() {
        assert!(OperatorInput::Nobody.open(|| ()).unwrap().is_none());
    }

    #[test]
    fn one_read_is_one_unit_of_at_most_what_was_asked_for() {
        let (mut operator, mut keys, woken) = operator();
        keys.write_all(b"abc\nQ\n").unwrap();
        assert_eq!(hear(&mut operator, &woken, 4), Arrival::Unit(b"abc\n".into()));
        assert_eq!(hear(&mut operator, &woken, UNIT), Arrival::Unit(b"Q\n".into()));
    }

    #[test]
    fn input_that_is_there_is_heard_at_once() {
        let (mut operator, mut keys, _woken) = operator();
        keys.write_all(b"now\n").unwrap();
        assert_eq!(operator.hear(UNIT), Some(Arrival::Unit(b"now\n".into())));
    }

    #[test]
    fn the_poll_is_woken_only_after_somebody_asked() {
        let (mut operator, mut keys, woken) = operator();
        assert_eq!(operator.hear(UNIT), None);
        keys.write_all(b"x").unwrap();
        woken.recv_timeout(Duration::from_secs(10)).expect("a wake-up");
        assert_eq!(operator.hear(UNIT), Some(Arrival::Unit(b"x".into())));
        keys.write_all(b"y").unwrap();
        assert!(woken.recv_timeout(Duration::from_millis(50)).is_err());
    }

    #[test]
    fn the_end_comes_to_everyone_who_asks() {
        let (mut operator, keys, woken) = operator();
        drop(keys);
        assert_eq!(hear(&mut operator, &woken, UNIT), Arrival::End);
        assert_eq!(hear(&mut operator, &woken, UNIT), Arrival::End);
    }

    #[test]
    fn what_was_overheard_is_kept() {
        let (mut operator, mut keys, _woken) = operator();
        keys.write_all(b"Q\n").unwrap();
        let unit = Arrival::Unit(b"Q\n".into());
        let heard = std::iter::from_fn(|| Some(operator.overhear(UNIT))).flatten().next();
        assert_eq!(heard, Some(unit.clone()));
        assert_eq!(operator.overhear(UNIT), None);
        assert_eq!(operator.hear(UNIT), Some(unit));
    }
}
