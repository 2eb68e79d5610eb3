//! The accept loop: one client after the other, or any number on several threads.
mod alone;

use std::fmt;
use std::io;
use std::thread;

use s_server_core::options::plan::Mode;
use s_server_core::options::run::{Concurrency, RunPlan};

use crate::admission::Admission;
use crate::clock::Clock;
use crate::descriptors::{self, Shortage};
use crate::driver::{Driver, Station};
use crate::host::Host;
use crate::link::Link;
use crate::link::datagrams::Datagrams;
use crate::listen::{At, Bound, Failure, Reached, listen_for};
use crate::operator::OperatorInput;
use crate::service::Service;
use crate::system::Listener;

/// All that serving takes from the system: made before anybody is told that clients are served.
#[derive(Debug)]
pub struct Ready(Over);

/// What clients come over.
#[derive(Debug)]
enum Over {
    Streams(Way<Listener>),
    Datagrams(Way<Datagrams>),
}

/// How clients will be served, over links of one kind.
pub(crate) enum Way<L: Link> {
    /// One client at a time.
    Serial(Station<L>, Admission),
    /// Any number of clients, on that many threads.
    Workers(Vec<Station<L>>),
    /// Each on a thread of its own.
    Alone(Station<L>),
}

impl<L: Link> fmt::Debug for Way<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial(..) => f.write_str("Serial"),
            Self::Workers(stations) => write!(f, "Workers({})", stations.len()),
            Self::Alone(_) => f.write_str("Alone"),
        }
    }
}

/// Listens as the plan says, and gets ready to serve clients, and `operator` where the mode has one.
///
/// # Errors
/// Why nothing listens, or nobody could be served.
pub fn open(plan: &RunPlan, operator: OperatorInput) -> Result<(Ready, At), Failure> {
    let Bound { socket, at } = listen_for(plan)?;
    let cores = thread::available_parallelism().map_or(1, |n| n.get());
    let ready = Ready::at(plan, cores, socket, operator).map_err(Failure::Short)?;
    Ok((ready, at))
}

impl Ready {
    /// At this socket, on a machine of so many processors.
    fn at(plan: &RunPlan, cores: usize, socket: Reached, operator: OperatorInput) -> Result<Self, Shortage> {
        Ok(Self(match socket {
            Reached::Listens(listener) => Over::Streams(Way::with(plan, cores, listener, operator)?),
            Reached::Datagrams(socket) => Over::Datagrams(Way::with(plan, cores, Datagrams::new(socket), operator)?),
        }))
    }

    /// Serves until the plan, the operator or a client's failure ends it.
    ///
    /// # Errors
    /// The system has no poll any more.
    pub fn serve<S: Service, C: Clock>(self, host: &Host<S, C>) -> io::Result<()> {
        match self.0 {
            Over::Streams(way) => way.serve(host),
            Over::Datagrams(way) => way.serve(host),
        }
    }
}

impl<L: Link> Way<L> {
    /// On this link, on a machine of so many processors.
    pub(crate) fn with(plan: &RunPlan, cores: usize, link: L, operator: OperatorInput) -> Result<Self, Shortage> {
        drop(descriptors::take(descriptors::serving(plan))?);
        Ok(match plan.concurrency(cores) {
            Concurrency::Serial => {
                let station = Station::new(link)?;
                let waker = station.waker();
                let operator = match plan.connection.mode {
                    Mode::Interactive { .. } => operator.open(move || waker.wake())?,
                    _ => None,
                };
                Self::Serial(station, Admission::new(&plan.connection, operator))
            }
            // Whoever shares a socket shares its worker.
            Concurrency::Workers(_) if plan.connection.blocks() && plan.connection.datagrams.is_none() => {
                // Whether there can be threads at all.
                thread::Builder::new().spawn(|| ())?.join().unwrap_or_default();
                Self::Alone(Station::new(link)?)
            }
            Concurrency::Workers(workers) => Self::Workers(stations(link, workers)?),
        })
    }

    pub(crate) fn serve<S: Service, C: Clock>(self, host: &Host<S, C>) -> io::Result<()> {
        match self {
            Self::Serial(station, admission) => worker(host, station, Some(admission)).run(),
            Self::Workers(stations) => side_by_side(host, stations),
            Self::Alone(station) => alone::each_alone(host, station),
        }
    }
}

/// One station for each worker, all on the one link. Where descriptors are short there are fewer, and a client has what it
/// needs.
fn stations<L: Link>(link: L, workers: usize) -> Result<Vec<Station<L>>, Shortage> {
    let mut others = Vec::new();
    let more = || link.try_clone().and_then(Station::new).ok();
    // Those of the first worker, which takes the link as it is, and of a client.
    let kept = descriptors::take(descriptors::WORKER)?;
    while others.len() + 1 < workers
        && let Some(station) = more()
    {
        others.push(station);
    }
    drop(kept);
    let mut stations = vec![Station::new(link)?];
    stations.append(&mut others);
    Ok(stations)
}

/// Any number of clients, on a thread for each station, of which this is one.
fn side_by_side<S: Service, C: Clock, L: Link>(host: &Host<S, C>, stations: Vec<Station<L>>) -> io::Result<()> {
    thread::scope(|scope| {
        let mut drivers = stations.into_iter().map(|station| worker(host, station, None));
        let mine = drivers.next();
        // Fewer work where threads are short.
        let others: Vec<_> = drivers
            .map_while(|mut driver| thread::Builder::new().spawn_scoped(scope, move || driver.run()).ok())
            .collect();
        let result = mine.map_or(Ok(()), |mut driver| driver.run());
        others.into_iter().map(|other| other.join().expect("a worker does not panic")).fold(result, Result::and)
    })
}

fn worker<S: Service, C: Clock, L: Link>(
    host: &Host<S, C>,
    station: Station<L>,
    admission: Option<Admission>,
) -> Driver<'_, S, C, L> {
    host.wakes(&station.waker());
    Driver::new(host, station, admission)
}

#[cfg(test)]
mod datagrams;
#[cfg(test)]
mod places;
#[cfg(test)]
mod tests;
