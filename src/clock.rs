//! Time: what the clock shows, and waiting for it.
//!
//! Every room takes its time from a [`Clock`], so that a recorded run can be
//! replayed at the time it was made and a test can fix the day. Time-outs of
//! network operations stay on real time; only waiting between polls is virtual.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

/// A future that owns what it needs and may move between threads.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Tells the time and waits for it.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Returns the current time, UTC.
    fn now(&self) -> Timestamp;

    /// Returns the time since the clock was made; it never goes backwards.
    fn elapsed(&self) -> Duration;

    /// Waits until the clock shows `time`; ready at once if that has passed.
    fn sleep_until(&self, time: Timestamp) -> Sleep;

    /// Returns a guard that keeps a virtual clock from jumping while work is in flight.
    fn busy(&self) -> Busy;
}

/// A guard that says "work is in flight"; a virtual clock stands still while one lives.
#[derive(Debug)]
#[must_use = "the clock is held only while the guard lives"]
pub struct Busy(Option<Arc<AtomicUsize>>);

impl Drop for Busy {
    fn drop(&mut self) {
        if let Some(count) = &self.0 {
            count.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// The machine's clock.
#[derive(Debug)]
pub struct RealClock {
    started: std::time::Instant,
}

impl RealClock {
    /// Returns the machine's clock, with zero elapsed time.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the machine's clock"
    )]
    pub fn new() -> Self {
        Self {
            started: std::time::Instant::now(),
        }
    }
}

impl Default for RealClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for RealClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the machine's clock"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    fn sleep_until(&self, time: Timestamp) -> Sleep {
        let wait = Duration::try_from(time.duration_since(self.now())).unwrap_or(Duration::ZERO);
        Box::pin(tokio::time::sleep(wait))
    }

    fn busy(&self) -> Busy {
        Busy(None)
    }
}

/// A clock that always shows the same time; waiting ends at once.
///
/// Replays run at the recorded time, and tests at a time of their choice.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep_until(&self, _time: Timestamp) -> Sleep {
        Box::pin(std::future::ready(()))
    }

    fn busy(&self) -> Busy {
        Busy(None)
    }
}

/// A clock that jumps to the earliest sleeper as soon as nothing is in flight.
#[derive(Debug, Clone)]
pub struct VirtualClock {
    start: Timestamp,
    now: Arc<Mutex<Timestamp>>,
    sleepers: Arc<Mutex<Vec<Timestamp>>>,
    in_flight: Arc<AtomicUsize>,
}

impl VirtualClock {
    /// Returns a clock that shows `start` until somebody sleeps.
    pub fn new(start: Timestamp) -> Self {
        Self {
            start,
            now: Arc::new(Mutex::new(start)),
            sleepers: Arc::default(),
            in_flight: Arc::default(),
        }
    }

    /// Moves to the earliest sleeper if no work is in flight.
    fn jump(&self) {
        if self.in_flight.load(Ordering::SeqCst) > 0 {
            return;
        }
        let sleepers = self.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(earliest) = sleepers.iter().min() {
            let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
            *now = (*now).max(*earliest);
        }
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn elapsed(&self) -> Duration {
        Duration::try_from(self.now().duration_since(self.start)).unwrap_or(Duration::ZERO)
    }

    fn sleep_until(&self, time: Timestamp) -> Sleep {
        let clock = self.clone();
        clock
            .sleepers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(time);
        Box::pin(async move {
            // Everything that can run runs before the clock jumps: yields go to the end of the queue.
            while clock.now() < time {
                for _ in 0..16 {
                    tokio::task::yield_now().await;
                }
                clock.jump();
            }
            let mut sleepers = clock
                .sleepers
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if let Some(index) = sleepers.iter().position(|t| *t == time) {
                sleepers.swap_remove(index);
            }
        })
    }

    fn busy(&self) -> Busy {
        self.in_flight.fetch_add(1, Ordering::SeqCst);
        Busy(Some(Arc::clone(&self.in_flight)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_virtual_clock_jumps_to_the_earliest_sleeper() {
        let start: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
        let clock = VirtualClock::new(start);
        let (late, early) = (
            start + Duration::from_hours(48),
            start + Duration::from_hours(1),
        );
        let order = Arc::new(Mutex::new(Vec::new()));
        let wait = |time: Timestamp, name: &'static str| {
            let (clock, order) = (clock.clone(), Arc::clone(&order));
            async move {
                clock.sleep_until(time).await;
                order.lock().unwrap().push((name, clock.now()));
            }
        };
        tokio::join!(wait(late, "late"), wait(early, "early"));
        assert_eq!(*order.lock().unwrap(), [("early", early), ("late", late)]);
        assert_eq!(clock.elapsed(), Duration::from_hours(48));
    }

    #[tokio::test]
    async fn a_virtual_clock_stands_still_while_work_is_in_flight() {
        let start: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
        let clock = VirtualClock::new(start);
        let guard = clock.busy();
        let sleep = clock.sleep_until(start + Duration::from_secs(30));
        tokio::pin!(sleep);
        for _ in 0..100 {
            tokio::select! { biased; () = &mut sleep => panic!("jumped"), () = tokio::task::yield_now() => {} }
        }
        drop(guard);
        sleep.await;
        assert_eq!(clock.elapsed(), Duration::from_secs(30));
    }
}
