//! A transport that finds what was kept and asks nobody.

use std::sync::Arc;

use bytes::Bytes;

use super::{Boxed, Exchange, Recording, Request, Transport};
use crate::clock::Clock;
use crate::fact::{Digest, Failure, FailureKind, Key};

/// Finds exchanges in a recording; one that is not there is a failure of ours.
#[derive(Debug)]
pub struct Replaying {
    recording: Arc<dyn Recording>,
    clock: Arc<dyn Clock>,
}

impl Replaying {
    /// Makes a transport over a recording; `clock` dates exchanges that are not in it.
    pub fn new(recording: Arc<dyn Recording>, clock: Arc<dyn Clock>) -> Self {
        Self { recording, clock }
    }
}

impl Transport for Replaying {
    fn exchange<'a>(
        &'a self,
        key: &'a Arc<Key>,
        step: u32,
        request: Request,
    ) -> Boxed<'a, Exchange> {
        Box::pin(async move {
            self.recording.find(key, step).unwrap_or_else(|| Exchange {
                failure: Some(Failure {
                    kind: FailureKind::NotRecorded,
                    detail: format!("step {step} of {key} is not in the recording"),
                }),
                ..Exchange::begun(key, step, self.clock.now(), request)
            })
        })
    }

    /// Keeps nothing: what was decoded once is in the recording.
    fn keep(&self, _digest: &Digest, _octets: &Bytes) {}
}
