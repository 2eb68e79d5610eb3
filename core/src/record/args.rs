//! The command line with all that its meaning depends on, so that the same plan can be made again elsewhere.
use alloc::vec;
use alloc::vec::Vec;

use super::field::{Field, Malformed, Payload, structs, sums};
use crate::RunPlan;
use crate::io::Stream;
use crate::options::refusals;
use crate::options::{self, Build, Features, OptionError, ProviderParameter, Refusals, Support, World};
use crate::sink::Sink;

/// The command line, and what it met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Args {
    /// The words, program name first.
    pub argv: Vec<Vec<u8>>,
    /// The build that reads them.
    pub build: Build,
    /// Value of `HARNESS_OSSL_PREFIX`; empty without it.
    pub prefix: Vec<u8>,
    /// What the world said while they were read, in order.
    pub answers: Vec<Answer>,
}

/// One answer of the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To [`World::is_directory`], [`World::takes_parameter`] and [`World::empty_message_file`].
    Is(bool),
    /// To [`World::seed_random`], [`World::load_provider`] and [`World::set_provider_parameter`]; an error is the text to
    /// print.
    Done(Result<(), Vec<u8>>),
    /// To [`World::load_engine`]: the text to print.
    Text(Vec<u8>),
    /// To [`World::support`], of an engine that refuses something.
    Support(Support),
}

structs! {
    Build { reference, features, refusals }
    Args { argv, build, prefix, answers }
}

/// Whether the engine refuses something. What, stands in the answers.
impl<'a> Field<'a> for &'static Refusals {
    fn put(&self, to: &mut Vec<u8>) {
        (!self.is_none()).put(to);
    }

    fn take(from: &mut Payload<'a>) -> Result<Self, Malformed> {
        from.take().map(|some: bool| if some { &SOME } else { &refusals::NONE })
    }
}

/// An engine that refuses something, which is asked what.
static SOME: Refusals = Refusals { ahead: &["-"], ..refusals::NONE };

impl<'a> Field<'a> for Features {
    fn put(&self, to: &mut Vec<u8>) {
        self.bits().put(to);
    }

    fn take(from: &mut Payload<'a>) -> Result<Self, Malformed> {
        from.take().map(Self::from_bits)
    }
}

sums! {
    <'a> Answer { 0 Is(is), 1 Done(done), 2 Text(text), 3 Support(support) }
    <'a> Support { 0 AsTheTable, 1 Ahead, 2 Refused(why) }
}

impl Args {
    /// A command line that nothing is known about but its words.
    pub fn new(argv: Vec<Vec<u8>>, build: Build, prefix: Vec<u8>) -> Self {
        Self { argv, build, prefix, answers: Vec::new() }
    }

    /// What the command line means in this world, whose answers are kept.
    pub fn ask(&mut self, world: &mut dyn World) -> Result<RunPlan, OptionError> {
        let mut asked = Asked { world, answers: Vec::new() };
        let plan = self.plan(&mut asked);
        self.answers = asked.answers;
        plan
    }

    /// The same once more, from the answers that were kept: the outer error is that they do not fit.
    pub(super) fn repeat(&self, out: &mut dyn Sink) -> Result<Result<RunPlan, OptionError>, Unanswered> {
        let mut kept = Kept { answers: self.answers.iter(), unanswered: false, out };
        let plan = self.plan(&mut kept);
        if kept.unanswered || kept.answers.next().is_some() { Err(Unanswered) } else { Ok(plan) }
    }

    fn plan(&self, world: &mut dyn World) -> Result<RunPlan, OptionError> {
        let words = self.argv.iter().skip(1).map(Vec::as_slice);
        let options = options::parse(words, &self.build, world)?;
        options.into_plan(&self.build, world, &self.prefix)
    }
}

/// The answers that were kept are not those to what is asked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unanswered;

/// A world whose answers are kept.
struct Asked<'a> {
    world: &'a mut dyn World,
    answers: Vec<Answer>,
}

impl World for Asked<'_> {
    fn note(&mut self, text: &[u8]) {
        self.world.note(text);
    }

    fn is_directory(&mut self, path: &[u8]) -> bool {
        let is = self.world.is_directory(path);
        self.answers.push(Answer::Is(is));
        is
    }

    fn load_engine(&mut self, name: &[u8]) -> Vec<u8> {
        let text = self.world.load_engine(name);
        self.answers.push(Answer::Text(text.clone()));
        text
    }

    fn takes_parameter(&mut self, name: &'static str, value: &[u8]) -> bool {
        let is = self.world.takes_parameter(name, value);
        self.answers.push(Answer::Is(is));
        is
    }

    fn empty_message_file(&mut self, path: &[u8]) -> bool {
        let is = self.world.empty_message_file(path);
        self.answers.push(Answer::Is(is));
        is
    }

    fn seed_random(&mut self, list: &[u8]) -> Result<(), Vec<u8>> {
        let done = self.world.seed_random(list);
        self.answers.push(Answer::Done(done.clone()));
        done
    }

    fn set_provider_path(&mut self, path: &[u8]) {
        self.world.set_provider_path(path);
    }

    fn load_provider(&mut self, name: &[u8]) -> Result<(), Vec<u8>> {
        let done = self.world.load_provider(name);
        self.answers.push(Answer::Done(done.clone()));
        done
    }

    fn set_provider_parameter(&mut self, parameter: &ProviderParameter<'_>) -> Result<(), Vec<u8>> {
        let done = self.world.set_provider_parameter(parameter);
        self.answers.push(Answer::Done(done.clone()));
        done
    }

    fn support(&mut self, build: &Build, option: &'static str) -> Support {
        let support = self.world.support(build, option);
        if !build.refusals.is_none() {
            self.answers.push(Answer::Support(support.clone()));
        }
        support
    }

    fn show_version(&mut self) {
        self.world.show_version();
    }

    #[cfg(feature = "noop-hook")]
    fn is_without_effect(&mut self, name: &str) -> bool {
        self.world.is_without_effect(name)
    }
}

/// A world that is gone: it gives the answers that were kept.
struct Kept<'a, 'b> {
    answers: core::slice::Iter<'a, Answer>,
    unanswered: bool,
    out: &'b mut dyn Sink,
}

impl Kept<'_, '_> {
    fn is(&mut self) -> bool {
        match self.answers.next() {
            Some(&Answer::Is(is)) => is,
            _ => {
                self.unanswered = true;
                false
            }
        }
    }

    fn done(&mut self) -> Result<(), Vec<u8>> {
        match self.answers.next() {
            Some(Answer::Done(done)) => done.clone(),
            _ => {
                self.unanswered = true;
                Ok(())
            }
        }
    }
}

impl World for Kept<'_, '_> {
    fn note(&mut self, text: &[u8]) {
        self.out.print(Stream::Err, text);
    }

    fn is_directory(&mut self, _: &[u8]) -> bool {
        self.is()
    }

    fn load_engine(&mut self, _: &[u8]) -> Vec<u8> {
        match self.answers.next() {
            Some(Answer::Text(text)) => text.clone(),
            _ => {
                self.unanswered = true;
                vec![]
            }
        }
    }

    fn takes_parameter(&mut self, _: &'static str, _: &[u8]) -> bool {
        self.is()
    }

    fn empty_message_file(&mut self, _: &[u8]) -> bool {
        self.is()
    }

    fn seed_random(&mut self, _: &[u8]) -> Result<(), Vec<u8>> {
        self.done()
    }

    fn load_provider(&mut self, _: &[u8]) -> Result<(), Vec<u8>> {
        self.done()
    }

    fn set_provider_parameter(&mut self, _: &ProviderParameter<'_>) -> Result<(), Vec<u8>> {
        self.done()
    }

    fn support(&mut self, build: &Build, option: &'static str) -> Support {
        match self.answers.as_slice().first() {
            _ if build.refusals.is_none() => build.refusals.support(option),
            Some(Answer::Support(support)) => {
                self.answers.next();
                support.clone()
            }
            _ => {
                self.unanswered = true;
                Support::AsTheTable
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::testing::{BUNDLED, DEBIAN, OTHER_ENGINE, TestWorld, words};
    use crate::scripted::Recorder;

    fn args(line: &str, build: Build) -> Args {
        let argv = [b"s_server".to_vec()].into_iter().chain(words(line).into_iter().map(Into::into));
        Args::new(argv.collect(), build, b"> ".to_vec())
    }

    #[test]
    fn the_same_plan_is_made_again_without_the_world() {
        let line = "-www -CApath . -provider default -rand r -verify_hostname a -engine e -msgfile m -naccept 3";
        let mut args = args(line, DEBIAN);
        let plan = args.ask(&mut TestWorld::default()).unwrap();
        assert_eq!(args.answers.len(), 6, "{:?}", args.answers);
        let mut out = Recorder::default();
        assert_eq!(args.repeat(&mut out), Ok(Ok(plan)));
        assert_eq!(out.err(), "loading e\n");
    }

    #[test]
    fn so_is_what_another_engine_refuses_or_has() {
        for line in ["-tls1_1", "-async -nameopt oneline", "-psk 00", "-help"] {
            let mut args = args(line, OTHER_ENGINE);
            let asked = args.ask(&mut TestWorld::default());
            let mut bytes = Vec::new();
            args.put(&mut bytes);
            let read: Args = Payload::new(&bytes).take().unwrap();
            assert_eq!(read.repeat(&mut Recorder::default()), Ok(asked), "{line}");
        }
    }

    #[test]
    fn so_is_the_same_error() {
        for line in ["-provider no1", "-provparam no1:a=b", "-msgfile no/m"] {
            let mut args = args(line, BUNDLED);
            let error = args.ask(&mut TestWorld::default()).unwrap_err();
            assert_eq!(args.repeat(&mut Recorder::default()), Ok(Err(error)));
        }
    }

    #[test]
    fn answers_that_do_not_fit_are_noticed() {
        let mut args = args("-CApath .", BUNDLED);
        assert_eq!(args.repeat(&mut Recorder::default()), Err(Unanswered), "none");
        args.answers = vec![Answer::Done(Ok(()))];
        assert_eq!(args.repeat(&mut Recorder::default()), Err(Unanswered), "another one");
        args.answers = vec![Answer::Is(true), Answer::Is(true)];
        assert_eq!(args.repeat(&mut Recorder::default()), Err(Unanswered), "one too many");
    }

    #[test]
    fn they_are_read_as_they_were_written() {
        let mut written = args("-engine e -CApath . -provider default", DEBIAN);
        written.ask(&mut TestWorld::default()).unwrap();
        let mut bytes = Vec::new();
        written.put(&mut bytes);
        assert_eq!(Payload::new(&bytes).take::<Args>(), Ok(written));
    }
}
