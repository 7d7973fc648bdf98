//! Object identifiers, as the contents of their DER encodings.

use std::fmt;

/// `commonName`, 2.5.4.3. Source: RFC 5280, appendix A.1.
pub(super) const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// `serialNumber`, 2.5.4.5. Source: RFC 5280, appendix A.1.
pub(super) const SERIAL_NUMBER: &[u8] = &[0x55, 0x04, 0x05];
/// `sha256WithRSAEncryption`, 1.2.840.113549.1.1.11. Source: RFC 4055, section 5.
pub(super) const SHA256_WITH_RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B];
/// `rsaEncryption`, 1.2.840.113549.1.1.1. Source: RFC 4055, section 1.2.
pub(super) const RSA_ENCRYPTION: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
/// `ecPublicKey`, 1.2.840.10045.2.1. Source: RFC 5480, section 2.1.1.
pub(super) const EC_PUBLIC_KEY: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
/// `secp256r1`, 1.2.840.10045.3.1.7. Source: RFC 5480, section 2.1.1.1.
pub(super) const P256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
/// `sha256`, 2.16.840.1.101.3.4.2.1. Source: RFC 5754, section 2.2.
pub(super) const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
/// `basicConstraints`, 2.5.29.19. Source: RFC 5280, section 4.2.1.9.
pub(super) const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1D, 0x13];
/// `subjectKeyIdentifier`, 2.5.29.14. Source: RFC 5280, section 4.2.1.2.
pub(super) const SUBJECT_KEY_ID: &[u8] = &[0x55, 0x1D, 0x0E];
/// `authorityKeyIdentifier`, 2.5.29.35. Source: RFC 5280, section 4.2.1.1.
pub(super) const AUTHORITY_KEY_ID: &[u8] = &[0x55, 0x1D, 0x23];
/// `keyUsage`, 2.5.29.15. Source: RFC 5280, section 4.2.1.3.
pub(super) const KEY_USAGE: &[u8] = &[0x55, 0x1D, 0x0F];
/// `extKeyUsage`, 2.5.29.37. Source: RFC 5280, section 4.2.1.12.
pub(super) const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1D, 0x25];
/// `cRLDistributionPoints`, 2.5.29.31. Source: RFC 5280, section 4.2.1.13.
pub(super) const CRL_POINTS: &[u8] = &[0x55, 0x1D, 0x1F];
/// `cRLNumber`, 2.5.29.20. Source: RFC 5280, section 5.2.3.
pub(super) const CRL_NUMBER: &[u8] = &[0x55, 0x1D, 0x14];
/// `certificatePolicies`, 2.5.29.32. Source: RFC 5280, section 4.2.1.4.
pub(super) const POLICIES: &[u8] = &[0x55, 0x1D, 0x20];
/// `authorityInfoAccess`, 1.3.6.1.5.5.7.1.1. Source: RFC 5280, section 4.2.2.1.
pub(super) const AUTHORITY_ACCESS: &[u8] = &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x01];
/// `subjectInfoAccess`, 1.3.6.1.5.5.7.1.11. Source: RFC 5280, section 4.2.2.2.
pub(super) const SUBJECT_ACCESS: &[u8] = &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x0B];
/// `ipAddrBlocks`, 1.3.6.1.5.5.7.1.7. Source: RFC 3779, section 2.2.1.
pub(super) const IP_BLOCKS: &[u8] = &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x07];
/// `autonomousSysIds`, 1.3.6.1.5.5.7.1.8. Source: RFC 3779, section 3.2.1.
pub(super) const AS_IDS: &[u8] = &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x08];
/// `ipAddrBlocks-v2`, 1.3.6.1.5.5.7.1.28. Source: RFC 8360, section 4.2.2.1.
pub(super) const IP_BLOCKS_V2: &[u8] = &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x1C];
/// `autonomousSysIds-v2`, 1.3.6.1.5.5.7.1.29. Source: RFC 8360, section 4.2.2.3.
pub(super) const AS_IDS_V2: &[u8] = &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x1D];
/// `cp-ipAddr-asNumber`, 1.3.6.1.5.5.7.14.2. Source: RFC 6484, section 1.2.
pub(super) const POLICY: &[u8] = &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x0E, 0x02];
/// `cp-ipAddr-asNumber-v2`, 1.3.6.1.5.5.7.14.3. Source: RFC 8360, section 4.2.1.
pub(super) const POLICY_V2: &[u8] = &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x0E, 0x03];
/// `qt-cps`, 1.3.6.1.5.5.7.2.1. Source: RFC 5280, section 4.2.1.4.
pub(super) const CPS: &[u8] = &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x02, 0x01];
/// `caIssuers`, 1.3.6.1.5.5.7.48.2. Source: RFC 5280, section 4.2.2.1.
pub(super) const CA_ISSUERS: &[u8] = &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x02];
/// `caRepository`, 1.3.6.1.5.5.7.48.5. Source: RFC 5280, section 4.2.2.2.
pub(super) const CA_REPOSITORY: &[u8] = &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x05];
/// `rpkiManifest`, 1.3.6.1.5.5.7.48.10. Source: RFC 6487, section 4.8.8.1.
pub(super) const RPKI_MANIFEST: &[u8] = &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x0A];
/// `signedObject`, 1.3.6.1.5.5.7.48.11. Source: RFC 6487, section 4.8.8.2.
pub(super) const SIGNED_OBJECT: &[u8] = &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x0B];
/// `rpkiNotify`, 1.3.6.1.5.5.7.48.13. Source: RFC 8182, section 3.2.
pub(super) const RPKI_NOTIFY: &[u8] = &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x0D];
/// `kp-bgpsec-router`, 1.3.6.1.5.5.7.3.30. Source: RFC 8209, section 3.1.3.2.
pub(super) const BGPSEC_ROUTER: &[u8] = &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x1E];
/// `signedData`, 1.2.840.113549.1.7.2. Source: RFC 5652, section 5.1.
pub(super) const SIGNED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];
/// `contentType`, 1.2.840.113549.1.9.3. Source: RFC 5652, section 11.1.
pub(super) const CONTENT_TYPE: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x03];
/// `messageDigest`, 1.2.840.113549.1.9.4. Source: RFC 5652, section 11.2.
pub(super) const MESSAGE_DIGEST: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x04];
/// `signingTime`, 1.2.840.113549.1.9.5. Source: RFC 5652, section 11.3.
pub(super) const SIGNING_TIME: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x05];
/// `binarySigningTime`, 1.2.840.113549.1.9.16.2.46. Source: RFC 6019, section 4.
pub(super) const BINARY_SIGNING_TIME: &[u8] = &[
    0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x02, 0x2E,
];
/// `ct-routeOriginAuthz`, 1.2.840.113549.1.9.16.1.24. Source: RFC 9582, section 3.
pub(super) const ROA: &[u8] = &[
    0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x01, 0x18,
];
/// `ct-rpkiManifest`, 1.2.840.113549.1.9.16.1.26. Source: RFC 9286, section 4.1.
pub(super) const MANIFEST: &[u8] = &[
    0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x01, 0x1A,
];
/// `ct-rpkiGhostbusters`, 1.2.840.113549.1.9.16.1.35. Source: RFC 6493, section 6.
pub(super) const GHOSTBUSTERS: &[u8] = &[
    0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x01, 0x23,
];
/// `ct-signedChecklist`, 1.2.840.113549.1.9.16.1.48. Source: RFC 9323, section 3.
pub(super) const CHECKLIST: &[u8] = &[
    0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x01, 0x30,
];
/// `ct-ASPA`, 1.2.840.113549.1.9.16.1.49. Source: IANA, RPKI signed objects.
pub(super) const ASPA: &[u8] = &[
    0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x01, 0x31,
];
/// `ct-signedTAL`, 1.2.840.113549.1.9.16.1.50. Source: RFC 9691, section 2.1.
pub(super) const TAK: &[u8] = &[
    0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x01, 0x32,
];
/// `ct-signedPrefixList`, 1.2.840.113549.1.9.16.1.51. Source: IANA, RPKI signed objects.
pub(super) const PREFIX_LIST: &[u8] = &[
    0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x01, 0x33,
];

/// Names of those that findings mention.
const NAMES: &[(&[u8], &str)] = &[
    (COMMON_NAME, "commonName"),
    (SERIAL_NUMBER, "serialNumber"),
    (SHA256_WITH_RSA, "sha256WithRSAEncryption"),
    (RSA_ENCRYPTION, "rsaEncryption"),
    (EC_PUBLIC_KEY, "ecPublicKey"),
    (P256, "secp256r1"),
    (SHA256, "sha256"),
    (BASIC_CONSTRAINTS, "basicConstraints"),
    (SUBJECT_KEY_ID, "subjectKeyIdentifier"),
    (AUTHORITY_KEY_ID, "authorityKeyIdentifier"),
    (KEY_USAGE, "keyUsage"),
    (EXTENDED_KEY_USAGE, "extKeyUsage"),
    (CRL_POINTS, "cRLDistributionPoints"),
    (CRL_NUMBER, "cRLNumber"),
    (POLICIES, "certificatePolicies"),
    (AUTHORITY_ACCESS, "authorityInfoAccess"),
    (SUBJECT_ACCESS, "subjectInfoAccess"),
    (IP_BLOCKS, "ipAddrBlocks"),
    (AS_IDS, "autonomousSysIds"),
    (IP_BLOCKS_V2, "ipAddrBlocks-v2"),
    (AS_IDS_V2, "autonomousSysIds-v2"),
    (POLICY, "cp-ipAddr-asNumber"),
    (POLICY_V2, "cp-ipAddr-asNumber-v2"),
    (CPS, "qt-cps"),
    (CA_ISSUERS, "caIssuers"),
    (CA_REPOSITORY, "caRepository"),
    (RPKI_MANIFEST, "rpkiManifest"),
    (SIGNED_OBJECT, "signedObject"),
    (RPKI_NOTIFY, "rpkiNotify"),
    (BGPSEC_ROUTER, "kp-bgpsec-router"),
    (SIGNED_DATA, "signedData"),
    (CONTENT_TYPE, "contentType"),
    (MESSAGE_DIGEST, "messageDigest"),
    (SIGNING_TIME, "signingTime"),
    (BINARY_SIGNING_TIME, "binarySigningTime"),
    (ROA, "ct-routeOriginAuthz"),
    (MANIFEST, "ct-rpkiManifest"),
    (GHOSTBUSTERS, "ct-rpkiGhostbusters"),
    (CHECKLIST, "ct-signedChecklist"),
    (ASPA, "ct-ASPA"),
    (TAK, "ct-signedTAL"),
    (PREFIX_LIST, "ct-signedPrefixList"),
];

/// An object identifier in a message: its name, or its numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown<'a>(pub &'a [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((_, name)) = NAMES.iter().find(|(oid, _)| *oid == self.0) {
            return f.write_str(name);
        }
        f.write_str(&dotted(self.0))
    }
}

/// Writes an object identifier as dotted numbers; one of too many octets ends with `…`.
pub(super) fn dotted(oid: &[u8]) -> String {
    let mut numbers: Vec<String> = Vec::new();
    let mut number: u64 = 0;
    for octet in oid.iter().take(MAX_SHOWN) {
        number = number.wrapping_shl(7) | u64::from(octet & 0x7F);
        if octet & 0x80 != 0 {
            continue;
        }
        if numbers.is_empty() {
            let arc = (number / 40).min(2);
            numbers.extend([arc, number - arc * 40].map(|part| part.to_string()));
        } else {
            numbers.push(number.to_string());
        }
        number = 0;
    }
    let rest = if oid.len() > MAX_SHOWN { "…" } else { "" };
    format!("{}{rest}", numbers.join("."))
}

/// Most octets of an unknown identifier that are shown.
const MAX_SHOWN: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_shown_by_name_or_number() {
        assert_eq!(Shown(ROA).to_string(), "ct-routeOriginAuthz");
        assert_eq!(Shown(&[0x2A, 0x86, 0x48]).to_string(), "1.2.840");
        assert_eq!(Shown(&[0x55, 0x1D, 0x11]).to_string(), "2.5.29.17");
        assert_eq!(Shown(&[]).to_string(), "");
        assert_eq!(Shown(&[0x81; 100]).to_string(), "…");
    }

    #[test]
    fn no_two_names_share_an_identifier() {
        for (index, (oid, name)) in NAMES.iter().enumerate() {
            assert!(
                !NAMES[..index].iter().any(|(o, n)| o == oid || n == name),
                "{name}"
            );
        }
    }
}
