//! Watches the HTTP client connect: addresses tried, time for the name and for the connection.
//!
//! The client keeps connections open and shares them; what it does for one exchange
//! is found through a task-local trace, because it does it inside that exchange's task.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tower_layer::Layer;
use tower_service::Service;

use crate::clock::Clock;

tokio::task_local! {
    /// The trace of the exchange this task makes.
    pub(super) static TRACE: Arc<Trace>;
}

/// What was seen while connecting; empty where an open connection was used.
#[derive(Debug, Default)]
pub(super) struct Trace(Mutex<Seen>);

/// What was seen while connecting.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Addresses in the order tried.
    pub(super) addresses: Vec<IpAddr>,
    /// Time for the name.
    pub(super) dns: Option<Duration>,
    /// Time for name, TCP and TLS.
    pub(super) connect: Option<Duration>,
    /// When the connection stood, on the clock's elapsed time.
    pub(super) stood: Option<Duration>,
}

impl Trace {
    /// Changes what was seen.
    pub(super) fn note(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Takes out what was seen.
    pub(super) fn take(&self) -> Seen {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Measures every connection the client opens.
#[derive(Clone, Debug)]
pub(super) struct Measure(pub(super) Arc<dyn Clock>);

impl<S> Layer<S> for Measure {
    type Service = Measured<S>;

    fn layer(&self, inner: S) -> Measured<S> {
        Measured {
            inner,
            clock: Arc::clone(&self.0),
        }
    }
}

/// A connector that is measured.
#[derive(Clone, Debug)]
pub(super) struct Measured<S> {
    inner: S,
    clock: Arc<dyn Clock>,
}

impl<S, R> Service<R> for Measured<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let trace = TRACE.try_with(Arc::clone).ok();
        let clock = Arc::clone(&self.clock);
        let started = clock.elapsed();
        let connecting = self.inner.call(request);
        Box::pin(async move {
            let result = connecting.await;
            if let (Some(trace), Ok(_)) = (trace, &result) {
                let now = clock.elapsed();
                trace.note(|seen| {
                    seen.connect = Some(now.saturating_sub(started));
                    seen.stood = Some(now);
                });
            }
            result
        })
    }
}
