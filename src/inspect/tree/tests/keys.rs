//! The keys of tests, made once for each run of them.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use rpki::crypto::signer::{KeyError, SigningError};
use rpki::crypto::softsigner::{KeyId, SoftSigner};
use rpki::crypto::{PublicKey, PublicKeyFormat, Signature, SignatureAlgorithm, Signer};

/// CA keys that a test may use, and EE keys of the pool.
const KEYS: (usize, usize) = (8, 2);

/// Keys made once for the test binary: making one takes 140 ms.
pub(super) struct Keys {
    signer: SoftSigner,
    pub(super) cas: Vec<KeyId>,
    pool: Vec<KeyId>,
    next: AtomicUsize,
}

pub(super) fn keys() -> &'static Keys {
    static KEPT: OnceLock<Keys> = OnceLock::new();
    KEPT.get_or_init(|| {
        let signer = SoftSigner::new();
        let make = |count| -> Vec<KeyId> {
            let one = |_| signer.create_key(PublicKeyFormat::Rsa).unwrap();
            (0..count).map(one).collect()
        };
        let (cas, pool) = (make(KEYS.0), make(KEYS.1));
        let next = AtomicUsize::new(0);
        Keys {
            signer,
            cas,
            pool,
            next,
        }
    })
}

impl Signer for Keys {
    type KeyId = KeyId;
    type Error = std::io::Error;

    fn create_key(&self, format: PublicKeyFormat) -> Result<KeyId, Self::Error> {
        self.signer.create_key(format)
    }

    fn get_key_info(&self, key: &KeyId) -> Result<PublicKey, KeyError<Self::Error>> {
        self.signer.get_key_info(key)
    }

    fn destroy_key(&self, key: &KeyId) -> Result<(), KeyError<Self::Error>> {
        self.signer.destroy_key(key)
    }

    fn sign<A: SignatureAlgorithm, D: AsRef<[u8]> + ?Sized>(
        &self,
        key: &KeyId,
        algorithm: A,
        data: &D,
    ) -> Result<Signature<A>, SigningError<Self::Error>> {
        self.signer.sign(key, algorithm, data)
    }

    fn sign_one_off<A: SignatureAlgorithm, D: AsRef<[u8]> + ?Sized>(
        &self,
        algorithm: A,
        data: &D,
    ) -> Result<(Signature<A>, PublicKey), Self::Error> {
        let at = self.next.fetch_add(1, Ordering::Relaxed) % self.pool.len();
        let key = self.pool[at];
        let Ok(signature) = self.signer.sign(&key, algorithm, data) else {
            panic!("a key of the pool does not sign");
        };
        Ok((signature, self.public(key)))
    }

    fn rand(&self, target: &mut [u8]) -> Result<(), Self::Error> {
        self.signer.rand(target)
    }
}

impl Keys {
    pub(super) fn public(&self, key: KeyId) -> PublicKey {
        let Ok(public) = self.signer.get_key_info(&key) else {
            panic!("an unknown key");
        };
        public
    }
}
