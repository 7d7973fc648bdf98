//! Why nothing is found in real objects that a validator rejects.

/// Why nothing is found where a validator rejects.
pub(super) const REASONS: &[(&str, &str)] = &[
    (
        "asa/rpki-client-regress__5m80fwYws_3FiFD7JiQjAqZ1RYQ.asa",
        "8.2 implements draft -10 of the ASPA profile and reads no later one",
    ),
    (
        "asa/rpki-commons__BAD-profile-15-APNIC-rpki-aspa-demo-AS1000.asa",
        "version 0: a finding of `aspa.version`, which rests on a draft and is no `must`",
    ),
    (
        "cer/rpki-crate__router.cer",
        "not known: 9.8 names no clause in ORIGINS.md",
    ),
    (
        "conformance/goodRootAKIMatches.cer",
        "not known: 9.8 names no clause in ORIGINS.md",
    ),
    (
        "conformance/root.cer",
        "not known: 9.8 names no clause in ORIGINS.md",
    ),
    (
        "conformance/root/CRLDeltaCRLInd/CRLDeltaCRLInd.mft",
        "the complaint is about the CRL beside it, not about this object",
    ),
    (
        "conformance/root/CRLEntryHasExtension/CRLEntryHasExtension.mft",
        "the complaint is about the CRL beside it, not about this object",
    ),
    (
        "conformance/root/CRLIssuer2Seq/CRLIssuer2Seq.mft",
        "the complaint is about the CRL beside it, not about this object",
    ),
    (
        "conformance/root/CRLIssuer2Sets/CRLIssuer2Sets.mft",
        "the complaint is about the CRL beside it, not about this object",
    ),
    (
        "conformance/root/CRLNoAKI/CRLNoAKI.mft",
        "the complaint is about the CRL beside it, not about this object",
    ),
    (
        "conformance/root/CRLNumber2Big/CRLNumber2Big.mft",
        "the complaint is about the CRL beside it, not about this object",
    ),
    (
        "conformance/root/CRLNumberNeg/CRLNumberNeg.mft",
        "the complaint is about the CRL beside it, not about this object",
    ),
    (
        "conformance/root/CRLSigAlgInner/CRLSigAlgInner.mft",
        "the complaint is about the CRL beside it, not about this object",
    ),
    (
        "conformance/root/CRLSigAlgMatchButWrong/CRLSigAlgMatchButWrong.mft",
        "the complaint is about the CRL beside it, not about this object",
    ),
    (
        "conformance/root/CRLUpdatesCrossed/CRLUpdatesCrossed.mft",
        "the complaint is about the CRL beside it, not about this object",
    ),
    (
        "conformance/root/CRLUpdatesCrossed/badCRLUpdatesCrossed.crl",
        "a finding of `crl.update-order`, for which no clause was found, so no `must`",
    ),
    (
        "conformance/root/CRLVersion0/CRLVersion0.mft",
        "the complaint is about the CRL beside it, not about this object",
    ),
    (
        "conformance/root/CRLVersion2/CRLVersion2.mft",
        "the complaint is about the CRL beside it, not about this object",
    ),
    (
        "conformance/root/NAMSeqNameSer/goodCertMatch.cer",
        "the complaint is about the manifest below this certificate, which is missing",
    ),
    (
        "conformance/root/badCertBadSig.cer",
        "the signature is judged with the issuer's key, which is the tree's work (RFC 6487 §7.2)",
    ),
    (
        "conformance/root/goodCertAIA2AccessDescRsRs.cer",
        "RFC 6487 §4.8.7 allows further URIs of the same object; 9.8 and we follow it",
    ),
    (
        "conformance/root/goodCertCpolQualCps.cer",
        "the complaint is about the manifest below this certificate, which is missing",
    ),
    (
        "conformance/root/goodCertResourcesAllInherit.cer",
        "the complaint is about the manifest below this certificate, which is missing",
    ),
    (
        "conformance/root/goodCertResourcesIP6InhOnly.cer",
        "the complaint is about the manifest below this certificate, which is missing",
    ),
    (
        "conformance/root/goodCertSIAMFT2Rsync.cer",
        "RFC 6487 §4.8.8.1 allows further URIs for the same manifest",
    ),
    (
        "conformance/root/goodCertSIAMFTHasNonURI.cer",
        "RFC 6487 §4.8.8.1 asks for an rsync URI and leaves the form of further locations open",
    ),
    (
        "conformance/root/goodCertSIAMFTHtRs.cer",
        "RFC 6487 §4.8.8.1 allows further URIs for the same manifest",
    ),
    (
        "conformance/root/goodCertSIARepoHtRs.cer",
        "RFC 6487 §4.8.8.1 allows further URIs for the same directory",
    ),
];
