//! A transport that keeps what another one makes.

use std::sync::Arc;

use bytes::Bytes;

use super::{Boxed, Exchange, Recorder, Request, Transport};
use crate::fact::{Digest, Key};

/// Makes exchanges by `inner` and keeps each before anybody sees it.
#[derive(Debug)]
pub struct Recorded {
    inner: Arc<dyn Transport>,
    recorder: Arc<dyn Recorder>,
}

impl Recorded {
    /// Wraps a transport.
    pub fn new(inner: Arc<dyn Transport>, recorder: Arc<dyn Recorder>) -> Self {
        Self { inner, recorder }
    }
}

impl Transport for Recorded {
    fn exchange<'a>(
        &'a self,
        key: &'a Arc<Key>,
        step: u32,
        request: Request,
    ) -> Boxed<'a, Exchange> {
        Box::pin(async move {
            let exchange = self.inner.exchange(key, step, request).await;
            self.recorder.record(&exchange);
            exchange
        })
    }

    fn keep(&self, digest: &Digest, octets: &Bytes) {
        self.recorder.keep(digest, octets);
    }

    fn spool(&self) -> std::path::PathBuf {
        self.inner.spool()
    }
}
