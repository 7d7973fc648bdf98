//! Time: what the clock shows, and waiting for it.
//!
//! Every room takes its time from a [`Clock`], so that a recorded run can be
//! replayed at the time it was made and a test can fix the day. Time-outs of
//! network operations stay on real time; only waiting between polls is virtual.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

/// A future that owns what it needs and may move between threads.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A wait of somebody who works, which gives the guard back.
pub type Wait = Pin<Box<dyn Future<Output = Busy> + Send>>;

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

    /// Waits until the clock shows `time`, and lets a virtual clock jump meanwhile; the guard
    /// that is given back is held before anybody else sees the clock there.
    fn wait(&self, time: Timestamp, busy: Busy) -> Wait {
        let sleep = self.sleep_until(time);
        Box::pin(async move {
            sleep.await;
            busy
        })
    }
}

/// A guard that says "work is in flight"; a virtual clock stands still while one lives.
#[derive(Debug)]
#[must_use = "the clock is held only while the guard lives"]
pub struct Busy(Option<VirtualClock>);

impl Drop for Busy {
    fn drop(&mut self) {
        if let Some(clock) = &self.0 {
            clock.rest();
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

/// How often somebody who sleeps without a guard looks whether anything is still in flight; ours.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// A clock that jumps to the earliest sleeper as soon as nothing is in flight.
///
/// Between jumps it goes as the clock below it: it stands still over a fixed one, and flows
/// over the machine's.
#[derive(Debug, Clone)]
pub struct VirtualClock {
    base: Arc<dyn Clock>,
    start: Timestamp,
    state: Arc<Mutex<Ahead>>,
    /// Sleepers look again: it jumped, or somebody stopped working.
    moved: Arc<Notify>,
}

/// How far a virtual clock has jumped, who sleeps until when, and who works.
#[derive(Debug, Default)]
struct Ahead {
    by: SignedDuration,
    sleepers: BTreeMap<(Timestamp, u64), Sleeper>,
    next: u64,
    in_flight: usize,
}

/// Somebody who waits.
#[derive(Clone, Copy, Debug)]
enum Sleeper {
    /// Without a guard: whoever else can run is let run before the clock jumps.
    Aside,
    /// With a guard that was given up.
    Working,
    /// It was woken by a jump and counts as working again.
    Woken,
}

impl VirtualClock {
    /// Returns a clock that shows `start` until somebody sleeps.
    pub fn new(start: Timestamp) -> Self {
        Self::over(Arc::new(FixedClock(start)))
    }

    /// Returns a clock that goes as another one until somebody sleeps.
    pub fn over(base: Arc<dyn Clock>) -> Self {
        let start = base.now();
        Self::from(base, start)
    }

    /// Returns a clock that shows `start`, and goes as another one from there until somebody sleeps.
    pub fn from(base: Arc<dyn Clock>, start: Timestamp) -> Self {
        let ahead = Ahead {
            by: start.duration_since(base.now()),
            ..Ahead::default()
        };
        Self {
            start,
            base,
            state: Arc::new(Mutex::new(ahead)),
            moved: Arc::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, Ahead> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shows(&self, ahead: &Ahead) -> Timestamp {
        self.base
            .now()
            .checked_add(ahead.by)
            .unwrap_or(Timestamp::MAX)
    }

    /// Moves to the earliest sleeper if no work is in flight; says whether none is.
    fn jump(&self) -> bool {
        let mut ahead = self.state();
        let now = self.shows(&ahead);
        if ahead.in_flight > 0 {
            return false;
        }
        let Some(earliest) = ahead.sleepers.keys().next().map(|(time, _)| *time) else {
            return true;
        };
        if earliest > now {
            ahead.by = ahead.by.saturating_add(earliest.duration_since(now));
        }
        // They work again before anybody else may jump over them.
        let mut woken = 0;
        for sleeper in ahead
            .sleepers
            .range_mut(..=(earliest, u64::MAX))
            .map(|(_, s)| s)
        {
            if matches!(sleeper, Sleeper::Working) {
                *sleeper = Sleeper::Woken;
                woken += 1;
            }
        }
        ahead.in_flight += woken;
        drop(ahead);
        self.moved.notify_waiters();
        true
    }

    /// Notes a sleeper; it is forgotten when the place is dropped.
    fn sleeper(&self, time: Timestamp, sleeper: Sleeper) -> Place {
        let mut ahead = self.state();
        let key = (time, ahead.next);
        ahead.next += 1;
        ahead.sleepers.insert(key, sleeper);
        Place {
            clock: self.clone(),
            key,
        }
    }
}

/// The place of a sleeper in a virtual clock.
#[derive(Debug)]
struct Place {
    clock: VirtualClock,
    key: (Timestamp, u64),
}

impl Place {
    /// Says whether the time has come, and that of one who works whether it counts as working.
    fn is_due(&self) -> bool {
        let mut ahead = self.clock.state();
        let now = self.clock.shows(&ahead);
        match ahead.sleepers.get_mut(&self.key) {
            Some(Sleeper::Aside) => now >= self.key.0,
            Some(Sleeper::Woken) | None => true,
            Some(sleeper) if now >= self.key.0 => {
                *sleeper = Sleeper::Woken;
                ahead.in_flight += 1;
                true
            }
            Some(Sleeper::Working) => false,
        }
    }

    /// Gives the sleeper's guard back.
    fn wake(self) -> Busy {
        let mut ahead = self.clock.state();
        ahead.sleepers.remove(&self.key);
        drop(ahead);
        Busy(Some(self.clock.clone()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let left = self.clock.state().sleepers.remove(&self.key);
        // Somebody who was woken and went away works no more.
        if matches!(left, Some(Sleeper::Woken)) {
            self.clock.rest();
        }
    }
}

impl VirtualClock {
    /// Counts one less at work; the last one lets sleepers look again.
    fn rest(&self) {
        let mut ahead = self.state();
        ahead.in_flight = ahead.in_flight.saturating_sub(1);
        let idle = ahead.in_flight == 0;
        drop(ahead);
        if idle {
            self.moved.notify_waiters();
        }
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        let ahead = self.state();
        self.shows(&ahead)
    }

    fn elapsed(&self) -> Duration {
        Duration::try_from(self.now().duration_since(self.start)).unwrap_or(Duration::ZERO)
    }

    fn sleep_until(&self, time: Timestamp) -> Sleep {
        let mut left = Duration::try_from(time.duration_since(self.now())).unwrap_or_default();
        let place = self.sleeper(time, Sleeper::Aside);
        Box::pin(async move {
            // Everything that can run runs before the clock jumps: yields go to the end of the queue.
            while !place.is_due() {
                for _ in 0..16 {
                    tokio::task::yield_now().await;
                }
                if place.clock.jump() {
                    continue;
                }
                // What is in flight is real, and so is waiting for it or within it.
                let some = left.min(LOOK_AGAIN);
                tokio::time::sleep(some).await;
                left = left.saturating_sub(some);
                if left.is_zero() {
                    return;
                }
            }
        })
    }

    fn wait(&self, time: Timestamp, busy: Busy) -> Wait {
        let place = self.sleeper(time, Sleeper::Working);
        drop(busy);
        Box::pin(async move {
            loop {
                let moved = Arc::clone(&place.clock.moved);
                let moved = moved.notified();
                tokio::pin!(moved);
                moved.as_mut().enable();
                place.clock.jump();
                if place.is_due() {
                    return place.wake();
                }
                moved.await;
            }
        })
    }

    fn busy(&self) -> Busy {
        self.state().in_flight += 1;
        Busy(Some(self.clone()))
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

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn nobody_who_was_woken_is_jumped_over() {
        let start: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
        let clock = VirtualClock::new(start);
        let tasks = (0..8_i64).map(|first| {
            let clock = clock.clone();
            let mut busy = clock.busy();
            tokio::spawn(async move {
                for hour in 0..200 {
                    let due = start + SignedDuration::from_hours(hour * 8 + first);
                    busy = clock.wait(due, busy).await;
                    assert_eq!(clock.now(), due);
                    tokio::task::yield_now().await;
                    assert_eq!(clock.now(), due);
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        assert_eq!(clock.now(), start + SignedDuration::from_hours(199 * 8 + 7));
    }

    #[tokio::test]
    async fn who_waits_no_longer_holds_nobody_up() {
        let start: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
        let clock = VirtualClock::new(start);
        let hour = |hours| start + SignedDuration::from_hours(hours);
        let (held, waits) = (clock.busy(), clock.busy());
        let given_up = clock.wait(hour(1), waits);
        tokio::pin!(given_up);
        tokio::select! { biased; _ = &mut given_up => panic!("jumped"), () = tokio::task::yield_now() => {} }
        let busy = clock.wait(hour(2), held);
        tokio::join!(async { drop(given_up.as_mut().await) }, async {
            drop(busy.await)
        });
        assert_eq!(clock.now(), hour(2));
        drop(clock.wait(hour(9), clock.busy()));
        let busy = clock.wait(hour(3), clock.busy()).await;
        assert_eq!(clock.now(), hour(3));
        drop(busy);
    }

    #[tokio::test]
    async fn a_virtual_clock_over_another_goes_as_that_one_and_jumps_beyond() {
        let clock = VirtualClock::over(Arc::new(RealClock::new()));
        let before = RealClock::new().now();
        let due = clock.now() + SignedDuration::from_hours(24);
        let busy = clock.wait(due, clock.busy()).await;
        assert!(clock.now() >= due && clock.now() < due + SignedDuration::from_hours(1));
        assert!(RealClock::new().now() < before + SignedDuration::from_hours(1));
        drop(busy);
    }
}
