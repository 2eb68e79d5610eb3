//! The accept loop: one client after the other, or any number on several threads.
mod alone;

use std::io;
use std::thread;

use s_server_core::options::plan::{Concurrency, Mode, Plan};

use crate::descriptors::{self, Shortage};
use crate::desk::Desk;
use crate::driver::{Driver, Station};
use crate::house::House;
use crate::listen::{At, Bound, Failure, listen_for};
use crate::operator::Operator;
use crate::service::Service;
use crate::system::{Listener, Stdin};

/// All that serving takes from the system: made before anybody is told that clients are served.
pub struct Ready(Way);

enum Way {
    /// One client at a time.
    Serial(Station, Desk),
    /// Any number of clients, on that many threads.
    Workers(Vec<Station>),
    /// Each on a thread of its own.
    Alone(Station),
}

/// Listens as the plan says, and gets ready to serve.
pub fn open(plan: &Plan) -> Result<(Ready, At), Failure> {
    let Bound { listener, at } = listen_for(plan)?;
    Ok((Ready::new(plan, listener).map_err(Failure::Short)?, at))
}

/// What wakes a poll.
type Wake = Box<dyn Fn() + Send>;

impl Ready {
    fn new(plan: &Plan, listener: Listener) -> Result<Self, Shortage> {
        let cores = thread::available_parallelism().map_or(1, |n| n.get());
        Self::with(plan, cores, listener, Stdin::start)
    }

    fn with(
        plan: &Plan,
        cores: usize,
        listener: Listener,
        stdin: impl FnOnce(Wake) -> io::Result<Stdin>,
    ) -> Result<Self, Shortage> {
        drop(descriptors::take(descriptors::serving(plan))?);
        Ok(Self(match plan.concurrency(cores) {
            Concurrency::Serial => {
                let station = Station::new(listener)?;
                let waker = station.waker().clone();
                let operator = match plan.mode {
                    Mode::Interactive { .. } => {
                        Some(Operator::new(stdin(Box::new(move || waker.wake().unwrap_or_default()))?))
                    }
                    _ => None,
                };
                Way::Serial(station, Desk::new(plan, operator))
            }
            Concurrency::Workers(_) if plan.blocks() => {
                // Whether there can be threads at all.
                thread::Builder::new().spawn(|| ())?.join().unwrap_or_default();
                Way::Alone(Station::new(listener)?)
            }
            Concurrency::Workers(workers) => Way::Workers(stations(listener, workers)?),
        }))
    }

    /// Serves until the plan, the operator or a client's failure ends it.
    pub fn serve<S: Service>(self, house: &House<S>) -> io::Result<()> {
        match self.0 {
            Way::Serial(station, desk) => worker(house, station, Some(desk)).run(),
            Way::Workers(stations) => side_by_side(house, stations),
            Way::Alone(station) => alone::each_alone(house, station),
        }
    }
}

/// One station for each worker, all on the one listener. Where descriptors are short there are fewer, and a client has what
/// it needs.
fn stations(listener: Listener, workers: usize) -> Result<Vec<Station>, Shortage> {
    let mut others = Vec::new();
    let more = || listener.try_clone().and_then(Station::new).ok();
    // Those of the first worker, which takes the listener as it is, and of a client.
    let kept = descriptors::take(descriptors::WORKER)?;
    while others.len() + 1 < workers
        && let Some(station) = more()
    {
        others.push(station);
    }
    drop(kept);
    let mut stations = vec![Station::new(listener)?];
    stations.append(&mut others);
    Ok(stations)
}

/// Any number of clients, on a thread for each station, of which this is one.
fn side_by_side<S: Service>(house: &House<S>, stations: Vec<Station>) -> io::Result<()> {
    thread::scope(|scope| {
        let mut drivers = stations.into_iter().map(|station| worker(house, station, None));
        let mine = drivers.next();
        // Fewer work where threads are short.
        let others: Vec<_> = drivers
            .map_while(|mut driver| thread::Builder::new().spawn_scoped(scope, move || driver.run()).ok())
            .collect();
        let result = mine.map_or(Ok(()), |mut driver| driver.run());
        others.into_iter().map(|other| other.join().expect("a worker does not panic")).fold(result, Result::and)
    })
}

fn worker<S: Service>(house: &House<S>, station: Station, desk: Option<Desk>) -> Driver<'_, S> {
    house.wakes(station.waker());
    Driver::new(house, station, desk)
}

#[cfg(test)]
mod tests;
