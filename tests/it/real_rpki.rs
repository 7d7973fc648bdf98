//! The RPKI inspector on real objects, against a table made by hand.
//!
//! The files are read from `../shared/data/rpki` where that folder exists; their
//! origins and the verdicts of four validators stand beside them in `ORIGINS.md`.
//! `docs/rpki-real-objects.md` lists every disagreement; its table is compared with
//! what this test computes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use quintet::inspect::rpki::{Context, Kind, Object, Tally, look};

/// Exactly the rules that find something in a file, none about the present among them.
///
/// Files of the conformance suite have older profiles' faults everywhere ([`SUITE`]),
/// which are left out of their rows.
const FOUND: &[(&str, &[&str])] = &[
    (
        "asa/rpki-client-regress__5m80fwYws_3FiFD7JiQjAqZ1RYQ.asa",
        &[],
    ),
    (
        "asa/rpki-commons__BAD-profile-15-APNIC-rpki-aspa-demo-AS1000.asa",
        &["aspa.version"],
    ),
    (
        "asa/rpki-commons__GOOD-profile-15-draft-ietf-sidrops-profile-15-sample.asa",
        &["cer.subject-name"],
    ),
    (
        "asa/rpki-commons__GOOD-profile-15-rpki-commons-propertytest-sample.asa",
        &["cer.crl-point", "cer.issued"],
    ),
    (
        "asa/rpki-crate__aspa-bm.asa",
        &[
            "aspa.old-profile",
            "aspa.version",
            "cer.issuer-name",
            "cer.subject-name",
            "sig.signature-algorithm",
            "sig.signing-time",
        ],
    ),
    ("asa/rrdp-tools-py__AS203635.asa", &["sig.der", "sig.form"]),
    (
        "cer/rpki-client-regress__2a7dd1d787d793e4c8af56e197d4eed92af6ba13.cer",
        &[],
    ),
    (
        "cer/rpki-client-regress__Vr46VDCUfrRNL9yZAy4mxfEAspQ.cer",
        &[],
    ),
    (
        "cer/rpki-client-regress__aaI5ikDRYL7nJH9kwrv4b80iIAI.cer",
        &[],
    ),
    ("cer/rpki-crate__ca1.cer", &[]),
    (
        "cer/rpki-crate__id_afrinic.cer",
        &[
            "cer.crl-point",
            "cer.issuer-access",
            "cer.issuer-name",
            "cer.key",
            "cer.key-usage",
            "cer.manifest",
            "cer.path-length",
            "cer.policy",
            "cer.repository",
            "cer.resources",
            "cer.subject-name",
        ],
    ),
    (
        "cer/rpki-crate__id_ta.cer",
        &[
            "cer.key-usage",
            "cer.manifest",
            "cer.policy",
            "cer.repository",
            "cer.resources",
            "ta.notify",
        ],
    ),
    ("cer/rpki-crate__res_incorrect.cer", &["cer.resources-form"]),
    ("cer/rpki-crate__router.cer", &["brc.subject"]),
    ("cer/rpki-crate__ta.cer", &[]),
    ("cer/rpki-prover__big_cert.cer", &[]),
    ("conformance/goodRootAKIMatches.cer", &[]),
    ("conformance/root.cer", &[]),
    (
        "conformance/root/CRLDeltaCRLInd/badCRLDeltaCRLInd.crl",
        &["crl.extensions"],
    ),
    (
        "conformance/root/CRLEntryHasExtension/badCRLEntryHasExtension.crl",
        &["crl.entry-extensions"],
    ),
    (
        "conformance/root/CRLIssuer2Seq/badCRLIssuer2Seq.crl",
        &["crl.issuer-name"],
    ),
    (
        "conformance/root/CRLIssuer2Sets/badCRLIssuer2Sets.crl",
        &["crl.issuer-name"],
    ),
    (
        "conformance/root/CRLIssuerOID/badCRLIssuerOID.crl",
        &["crl.issuer-name"],
    ),
    (
        "conformance/root/CRLIssuerUTF/badCRLIssuerUTF.crl",
        &["crl.issuer-name"],
    ),
    (
        "conformance/root/CRLNextUpdateTyp/badCRLNextUpdateTyp.crl",
        &["crl.time-encoding"],
    ),
    (
        "conformance/root/CRLNoAKI/badCRLNoAKI.crl",
        &["crl.extensions"],
    ),
    (
        "conformance/root/CRLNumber2Big/badCRLNumber2Big.crl",
        &["crl.number"],
    ),
    (
        "conformance/root/CRLNumberNeg/badCRLNumberNeg.crl",
        &["crl.number"],
    ),
    (
        "conformance/root/CRLSigAlgInner/badCRLSigAlgInner.crl",
        &["crl.signature-algorithm", "crl.signature-algorithm-same"],
    ),
    (
        "conformance/root/CRLSigAlgMatchButWrong/badCRLSigAlgMatchButWrong.crl",
        &["crl.signature-algorithm"],
    ),
    (
        "conformance/root/CRLThisUpdateTyp/badCRLThisUpdateTyp.crl",
        &["crl.time-encoding"],
    ),
    (
        "conformance/root/CRLUpdatesCrossed/badCRLUpdatesCrossed.crl",
        &["crl.update-order"],
    ),
    (
        "conformance/root/CRLVersion0/badCRLVersion0.crl",
        &["crl.version"],
    ),
    (
        "conformance/root/CRLVersion2/badCRLVersion2.crl",
        &["crl.version"],
    ),
    (
        "conformance/root/MFTASNotInherit/badMFTASNotInherit.mft",
        &["mft.inherit"],
    ),
    (
        "conformance/root/MFTEndCrossed/badMFTEndCrossed.mft",
        &["mft.validity"],
    ),
    (
        "conformance/root/MFTFileHashLong/badMFTFileHashLong.mft",
        &["mft.hash-length"],
    ),
    (
        "conformance/root/MFTFileHashShort/badMFTFileHashShort.mft",
        &["mft.hash-length"],
    ),
    (
        "conformance/root/MFTFileNotIA5/badMFTFileNotIA5.mft",
        &["mft.form", "mft.one-crl"],
    ),
    (
        "conformance/root/MFTHashAlg/badMFTHashAlg.mft",
        &["mft.hash-algorithm", "mft.hash-length"],
    ),
    (
        "conformance/root/MFTHashAlgSameLength/badMFTHashAlgSameLength.mft",
        &["mft.hash-algorithm"],
    ),
    (
        "conformance/root/MFTNegNum/badMFTNegNum.mft",
        &["mft.number"],
    ),
    ("conformance/root/MFTNoNum/badMFTNoNum.mft", &["mft.form"]),
    ("conformance/root/MFTNumZero/goodMFTNumZero.mft", &[]),
    (
        "conformance/root/MFTThisUpdFuture/badMFTThisUpdFuture.mft",
        &["mft.validity"],
    ),
    (
        "conformance/root/MFTThisUpdUTC/badMFTThisUpdUTC.mft",
        &[
            "cer.key",
            "cer.subject-key",
            "mft.time-form",
            "sig.der",
            "sig.signature",
        ],
    ),
    (
        "conformance/root/MFTUpdCrossed/badMFTUpdCrossed.mft",
        &[
            "cer.key",
            "cer.subject-key",
            "mft.update-order",
            "mft.validity",
            "sig.der",
            "sig.signature",
        ],
    ),
    (
        "conformance/root/MFTVersion0/badMFTVersion0.mft",
        &["mft.form", "mft.one-crl"],
    ),
    (
        "conformance/root/MFTWrongType/badMFTWrongType.mft",
        &["sig.content-type"],
    ),
    ("conformance/root/NAMSeqNameSer/goodCRLMatch.crl", &[]),
    ("conformance/root/NAMSeqNameSer/goodCertMatch.cer", &[]),
    ("conformance/root/NAMSeqNameSer/goodMFTMatch.mft", &[]),
    (
        "conformance/root/badCMS2Certs.roa",
        &["sig.one-certificate"],
    ),
    (
        "conformance/root/badCMS2DigestAlgs.roa",
        &["sig.digest-algorithms"],
    ),
    (
        "conformance/root/badCMSDigestAlgSameWrong.roa",
        &["sig.digest-algorithms", "sig.signer-digest"],
    ),
    ("conformance/root/badCMSHasCRL.roa", &["sig.no-crls"]),
    (
        "conformance/root/badCMSNoDigestAlgs.roa",
        &["sig.digest-algorithms"],
    ),
    ("conformance/root/badCMSSigInfo2Sig.roa", &["sig.form"]),
    (
        "conformance/root/badCMSSigInfoAttrs2BinSigTime.roa",
        &["sig.attribute-once", "sig.binary-signing-time"],
    ),
    (
        "conformance/root/badCMSSigInfoAttrs2ContType.roa",
        &["sig.attribute-once"],
    ),
    (
        "conformance/root/badCMSSigInfoAttrsBinSigTime0Val.roa",
        &["sig.attribute-once", "sig.binary-signing-time"],
    ),
    (
        "conformance/root/badCMSSigInfoAttrsBinSigTime2Val.roa",
        &["sig.attribute-once", "sig.binary-signing-time"],
    ),
    (
        "conformance/root/badCMSSigInfoAttrsContType0Val.roa",
        &["sig.attribute-once"],
    ),
    (
        "conformance/root/badCMSSigInfoAttrsContType2Val.roa",
        &["sig.attribute-once"],
    ),
    (
        "conformance/root/badCMSSigInfoAttrsContTypeOid.roa",
        &["sig.attribute-content-type"],
    ),
    (
        "conformance/root/badCMSSigInfoAttrsMsgDigest0Val.roa",
        &["sig.attribute-once"],
    ),
    (
        "conformance/root/badCMSSigInfoAttrsMsgDigest2Val.roa",
        &["sig.attribute-once"],
    ),
    (
        "conformance/root/badCMSSigInfoAttrsNoContType.roa",
        &["sig.attributes"],
    ),
    (
        "conformance/root/badCMSSigInfoAttrsNoMsgDigest.roa",
        &["sig.attributes"],
    ),
    (
        "conformance/root/badCMSSigInfoBadSid.roa",
        &["sig.signer-id"],
    ),
    (
        "conformance/root/badCMSSigInfoBadSigVal.roa",
        &["sig.signature"],
    ),
    (
        "conformance/root/badCMSSigInfoForbiddenAttr.roa",
        &["sig.attribute-other"],
    ),
    (
        "conformance/root/badCMSSigInfoNoAttrs.roa",
        &["sig.attributes"],
    ),
    ("conformance/root/badCMSSigInfoNoSig.roa", &["sig.form"]),
    (
        "conformance/root/badCMSSigInfoVersion4.roa",
        &["sig.signer-version"],
    ),
    ("conformance/root/badCMSVersion2.roa", &["sig.version"]),
    ("conformance/root/badCMSVersion4.roa", &["sig.version"]),
    (
        "conformance/root/badCert2BasicConstr.cer",
        &["cer.extension-duplicate"],
    ),
    (
        "conformance/root/badCert2CRLDP.cer",
        &["cer.extension-duplicate"],
    ),
    (
        "conformance/root/badCert2IPAddr.cer",
        &["cer.extension-duplicate"],
    ),
    (
        "conformance/root/badCertAIABadAccess.cer",
        &["cer.issuer-access", "cer.issuer-access-method"],
    ),
    (
        "conformance/root/badCertAIACrit.cer",
        &["cer.issuer-access-critical"],
    ),
    (
        "conformance/root/badCertAKIHasACI.cer",
        &["cer.authority-key-form"],
    ),
    (
        "conformance/root/badCertAKIHasACSN.cer",
        &["cer.authority-key-form"],
    ),
    ("conformance/root/badCertBadSig.cer", &[]),
    (
        "conformance/root/badCertBasicConstrNoCA.cer",
        &["cer.basic-constraints"],
    ),
    (
        "conformance/root/badCertBasicConstrNoCrit.cer",
        &["cer.basic-constraints-critical"],
    ),
    (
        "conformance/root/badCertCRLDPCrlIssuer.cer",
        &["cer.crl-point-form"],
    ),
    (
        "conformance/root/badCertCRLDPNoRsyncDistPt.cer",
        &["cer.crl-point-rsync"],
    ),
    (
        "conformance/root/badCertCpol2oid1correct.cer",
        &["cer.policy"],
    ),
    (
        "conformance/root/badCertCpolNoCrit.cer",
        &["cer.policy-critical"],
    ),
    (
        "conformance/root/badCertCpolQualUnotice.cer",
        &["cer.policy-qualifier"],
    ),
    ("conformance/root/badCertIssUID.cer", &["cer.unique-ids"]),
    (
        "conformance/root/badCertIssuer2ComName.cer",
        &["cer.issuer-name"],
    ),
    (
        "conformance/root/badCertIssuerSeq2SerNums.cer",
        &["cer.issuer-name"],
    ),
    (
        "conformance/root/badCertIssuerSet2SerNums.cer",
        &["cer.issuer-name"],
    ),
    (
        "conformance/root/badCertIssuerUtf.cer",
        &["cer.issuer-name"],
    ),
    (
        "conformance/root/badCertKUsageDigitalSig.cer",
        &["cer.key-usage"],
    ),
    (
        "conformance/root/badCertKUsageExtra.cer",
        &["cer.key-usage"],
    ),
    (
        "conformance/root/badCertKUsageNoCertSign.cer",
        &["cer.key-usage"],
    ),
    ("conformance/root/badCertNoAIA.cer", &["cer.issuer-access"]),
    (
        "conformance/root/badCertNoBasicConstr.cer",
        &["cer.basic-constraints"],
    ),
    (
        "conformance/root/badCertNoSIA.cer",
        &["cer.manifest", "cer.repository"],
    ),
    ("conformance/root/badCertNoSKI.cer", &["cer.subject-key"]),
    (
        "conformance/root/badCertOuterSigAlg.cer",
        &["cer.signature-algorithm", "cer.signature-algorithm-same"],
    ),
    ("conformance/root/badCertPubKeyLong.cer", &["cer.key"]),
    (
        "conformance/root/badCertResourcesASEmpty.cer",
        &["cer.resources-empty"],
    ),
    (
        "conformance/root/badCertResourcesIPNoCrit.cer",
        &["cer.resources-critical"],
    ),
    (
        "conformance/root/badCertSIA2x.cer",
        &["cer.extension-duplicate"],
    ),
    (
        "conformance/root/badCertSIAAccessMethod.cer",
        &["cer.manifest", "cer.subject-access-method"],
    ),
    (
        "conformance/root/badCertSIAMFTNoRsync.cer",
        &["cer.manifest"],
    ),
    (
        "conformance/root/badCertSIARepoNoRsync.cer",
        &["cer.repository"],
    ),
    ("conformance/root/badCertSKILong.cer", &["cer.subject-key"]),
    ("conformance/root/badCertSerNum0.cer", &["cer.serial"]),
    ("conformance/root/badCertSerNumTooBig.cer", &["cer.serial"]),
    ("conformance/root/badCertSubjUID.cer", &["cer.unique-ids"]),
    (
        "conformance/root/badCertSubject2SetComName.cer",
        &["cer.subject-name"],
    ),
    (
        "conformance/root/badCertSubjectOID.cer",
        &["cer.subject-name"],
    ),
    (
        "conformance/root/badCertSubjectUtf.cer",
        &["cer.subject-name"],
    ),
    (
        "conformance/root/badCertUnkExtension.cer",
        &["cer.extension-other"],
    ),
    (
        "conformance/root/badCertValCrossed.cer",
        &["cer.validity-order"],
    ),
    (
        "conformance/root/badCertValToTyp.cer",
        &["cer.time-encoding"],
    ),
    ("conformance/root/badCertVersion4.cer", &["cer.version"]),
    (
        "conformance/root/badEEHasEKU.roa",
        &["cer.extended-key-usage"],
    ),
    (
        "conformance/root/badEEKeyUsageHasKeyCertSign.roa",
        &["cer.key-usage"],
    ),
    (
        "conformance/root/badEESIAExtraWrongAccessMethod.roa",
        &["sig.object-access-method"],
    ),
    (
        "conformance/root/badEESIANoRsync.roa",
        &["sig.object-access"],
    ),
    ("conformance/root/badGBRASNotInherit.gbr", &["gbr.inherit"]),
    (
        "conformance/root/badGBRIPv6NotInherit.gbr",
        &["gbr.inherit"],
    ),
    ("conformance/root/badGBRNoContact.gbr", &["gbr.contact"]),
    (
        "conformance/root/badGBRNotVCard.gbr",
        &["gbr.contact", "gbr.properties", "gbr.vcard"],
    ),
    ("conformance/root/badROAASIDLarge.roa", &["roa.as-id"]),
    ("conformance/root/badROAIP2Big.roa", &["roa.covered"]),
    (
        "conformance/root/badROAIPv4ExtraPfxAboveRange.roa",
        &["roa.covered"],
    ),
    (
        "conformance/root/badROAIPv4ExtraPfxBelowPfx.roa",
        &["roa.covered", "roa.sorted"],
    ),
    (
        "conformance/root/badROAIPv4GoodIPv6Bad.roa",
        &["roa.covered"],
    ),
    (
        "conformance/root/badROAIPv4Inherit.roa",
        &["roa.ip-resources"],
    ),
    (
        "conformance/root/badROAIPv4MaxLthLong.roa",
        &["roa.max-length"],
    ),
    (
        "conformance/root/badROAIPv4MaxLthShort.roa",
        &["roa.max-length"],
    ),
    (
        "conformance/root/badROAIPv4OnlyPfxAbovePfxNoGap.roa",
        &["roa.covered"],
    ),
    (
        "conformance/root/badROAIPv4OnlyPfxAboveRangeNoGap.roa",
        &["roa.covered"],
    ),
    (
        "conformance/root/badROAIPv4OnlyPfxBetweenRangePfxNoGaps.roa",
        &["roa.covered"],
    ),
    (
        "conformance/root/badROAIPv4OnlyPfxBetweenRangeRangeNoGaps.roa",
        &["cer.ip-range", "roa.covered"],
    ),
    (
        "conformance/root/badROAIPv4OnlyPfxOverlapHighRange.roa",
        &["roa.covered"],
    ),
    (
        "conformance/root/badROAIPv4OnlyPfxSpanRanges.roa",
        &["roa.covered"],
    ),
    (
        "conformance/root/badROAIPv4OnlyPfxSupersetHighPfx.roa",
        &["roa.covered"],
    ),
    (
        "conformance/root/badROAIPv4OnlyPfxSupersetHighRange.roa",
        &["roa.covered"],
    ),
    (
        "conformance/root/badROAIPv4OnlyPfxSupersetLowPfx.roa",
        &["roa.covered"],
    ),
    (
        "conformance/root/badROAIPv4OnlyPfxTouchRanges.roa",
        &["roa.covered"],
    ),
    (
        "conformance/root/badROAIPv4PrefixLong.roa",
        &["roa.prefix-length"],
    ),
    (
        "conformance/root/badROAIPv6ExtraPfxAboveRange.roa",
        &["roa.covered"],
    ),
    (
        "conformance/root/badROAIPv6ExtraPfxBelowPfx.roa",
        &["roa.covered", "roa.sorted"],
    ),
    (
        "conformance/root/badROAIPv6GoodIPv4Bad.roa",
        &["roa.covered"],
    ),
    (
        "conformance/root/badROAIPv6Inherit.roa",
        &["roa.ip-resources"],
    ),
    (
        "conformance/root/badROAIPv6MaxLthLong.roa",
        &["roa.max-length"],
    ),
    (
        "conformance/root/badROAIPv6OnlyPfxBelowPfxNoGap.roa",
        &["roa.covered"],
    ),
    (
        "conformance/root/badROAIPv6OnlyPfxBetweenPfxPfxNoGaps.roa",
        &["roa.covered"],
    ),
    (
        "conformance/root/badROAIPv6OnlyPfxOverlapLowRange.roa",
        &["roa.covered"],
    ),
    (
        "conformance/root/badROAIPv6OnlyPfxSpanPfxes.roa",
        &["roa.covered"],
    ),
    (
        "conformance/root/badROAIPv6OnlyPfxSpanRanges.roa",
        &["cer.ip-range", "roa.covered"],
    ),
    (
        "conformance/root/badROAIPv6OnlyPfxSupersetHighRange.roa",
        &["roa.covered"],
    ),
    (
        "conformance/root/badROAIPv6OnlyPfxSupersetLowRange.roa",
        &["roa.covered"],
    ),
    (
        "conformance/root/badROAIPv6PrefixLong.roa",
        &["roa.prefix-length"],
    ),
    ("conformance/root/goodCertAIA2AccessDescRsRs.cer", &[]),
    ("conformance/root/goodCertCpolQualCps.cer", &[]),
    ("conformance/root/goodCertResourcesAllInherit.cer", &[]),
    ("conformance/root/goodCertResourcesIP6InhOnly.cer", &[]),
    ("conformance/root/goodCertSIAMFT2Rsync.cer", &[]),
    ("conformance/root/goodCertSIAMFTHasNonURI.cer", &[]),
    ("conformance/root/goodCertSIAMFTHtRs.cer", &[]),
    ("conformance/root/goodCertSIARepoHtRs.cer", &[]),
    ("conformance/root/goodEESIA2Rsync.roa", &[]),
    ("conformance/root/goodEESIAExtraAccessMethod.roa", &[]),
    ("conformance/root/goodEESIAHasNonURI.roa", &[]),
    ("conformance/root/goodEESIAHtRs.roa", &[]),
    ("conformance/root/goodROAASIDMax.roa", &[]),
    ("conformance/root/goodROAComplexResources.roa", &[]),
    (
        "conformance/root/goodROAIPv4ExtraSubPfxInRangeMiddle.roa",
        &[],
    ),
    ("conformance/root/goodROAIPv4OnlyPfxInPfxLow.roa", &[]),
    ("conformance/root/goodROAIPv4OnlyPfxInRangeLow.roa", &[]),
    (
        "conformance/root/goodROAIPv4OnlyPfxesInPfxesMiddle.roa",
        &[],
    ),
    (
        "conformance/root/goodROAIPv4OnlyPfxesInRangesMiddle.roa",
        &[],
    ),
    ("conformance/root/goodROAIPv4PfxesEqualPfxes.roa", &[]),
    ("conformance/root/goodROAIPv4PfxesEqualRange.roa", &[]),
    ("conformance/root/goodROAIPv4PfxesEqualRanges.roa", &[]),
    (
        "conformance/root/goodROAIPv6ExtraSubPfxInRangeMiddle.roa",
        &[],
    ),
    ("conformance/root/goodROAIPv6OnlyPfxInPfxHigh.roa", &[]),
    ("conformance/root/goodROAIPv6OnlyPfxInPfxLow.roa", &[]),
    (
        "conformance/root/goodROAIPv6OnlyPfxesInRangesMiddle.roa",
        &[],
    ),
    ("conformance/root/goodROAIPv6PfxesEqualPfxes.roa", &[]),
    ("conformance/root/goodROAIPv6PfxesEqualRanges.roa", &[]),
    ("conformance/root/root.crl", &[]),
    ("conformance/root/root.mft", &[]),
    ("crl/rpki-crate__ca1.crl", &[]),
    ("crl/rpki-crate__ta.crl", &[]),
    ("crl/rrdp-tools-py__ripe-ncc-ta.crl", &[]),
    (
        "mft/rpki-client-regress__RjQZ5pSL7riIcFGhdm4iFtIalko.mft",
        &["mft.validity", "sig.object-access-method"],
    ),
    (
        "mft/rpki-client-regress__ripe-ncc-ta.mft",
        &["mft.file-name-length", "sig.der"],
    ),
    ("mft/rpki-crate__ca1.mft", &["mft.validity", "sig.der"]),
    (
        "mft/rpki-crate__signature-alg-mismatch.mft",
        &[
            "cer.signature-algorithm",
            "cer.signature-algorithm-same",
            "mft.file-name-length",
            "mft.validity",
        ],
    ),
    (
        "mft/rpki-crate__ta.mft",
        &["mft.file-name-length", "sig.der"],
    ),
    (
        "mft/rpki-prover__afrinic_mft2.mft",
        &["sig.object-access-method"],
    ),
    (
        "mft/rrdp-tools-py__ripe-ncc-ta.mft",
        &["mft.file-name-length"],
    ),
    (
        "roa/rpki-client-regress__Hf1ZR31W9DN5QSF6xJEO5qgH4ac.roa",
        &["roa.one-prefix", "sig.object-access-method"],
    ),
    (
        "roa/rpki-commons__6C76EDB2225D11E286C4BD8F7A2F2747.roa",
        &[
            "roa.max-length-needless",
            "roa.one-prefix",
            "sig.attribute-other",
        ],
    ),
    (
        "roa/rpki-crate__example-ripe.roa",
        &["roa.max-length-needless", "sig.der"],
    ),
    (
        "roa/rpki-crate__maxlen-overflow.roa",
        &["roa.max-length", "roa.max-length-used", "sig.signing-time"],
    ),
    (
        "roa/rpki-crate__maxlen-underflow.roa",
        &["roa.max-length", "sig.signing-time"],
    ),
    (
        "roa/rpki-crate__prefix-len-overflow.roa",
        &[
            "cer.resources-empty",
            "cer.resources-form",
            "roa.prefix-length",
            "sig.signing-time",
        ],
    ),
    (
        "roa/rpki-prover__EBA158C223CE11EBA804DD64C4F9AE02.roa",
        &["roa.max-length-needless", "sig.object-access-method"],
    ),
    (
        "roa/rpki-validator-3__557B4C46969B11E681906146C4F9AE02.roa",
        &[
            "roa.max-length-needless",
            "roa.one-prefix",
            "sig.object-access-method",
        ],
    ),
    (
        "roa/rpki-validator-3__g11HohjaKcA9vAJV9LrYPq1bKZQ.roa",
        &[
            "roa.max-length-needless",
            "roa.max-length-used",
            "roa.one-prefix",
            "roa.sorted",
            "sig.der",
        ],
    ),
    ("sig/rpki-client-regress__rsc-deployment-test-3.sig", &[]),
    ("sig/rpki-commons__checklist-08.sig", &["cer.subject-name"]),
    ("sig/rpki-crate__apnictraining-test.sig", &[]),
    (
        "sig/rpki-crate__koen-mismatch.sig",
        &["cer.issuer-name", "cer.subject-name", "rsc.covered"],
    ),
    (
        "sig/rpki-crate__koen-multiple.sig",
        &["cer.issuer-name", "cer.subject-name"],
    ),
    (
        "sig/rpki-crate__koen-unnamed.sig",
        &["cer.issuer-name", "cer.subject-name"],
    ),
    (
        "sig/rpki-crate__koen.sig",
        &["cer.issuer-name", "cer.subject-name"],
    ),
    (
        "spl/rpki-prover__9X0AhXWTJDl8lJhfOwvnac-42CA.spl",
        &["cer.subject-name"],
    ),
    (
        "tak/rpki-commons__05F53BCE4DAA11EDB9AC0C5B9E174E93.tak",
        &["cer.issuer-name"],
    ),
    (
        "tak/rpki-commons__B7C2334E4DA911EDAF862D5A9E174E93.tak",
        &["cer.issuer-name"],
    ),
    ("tal/FORT-validator__afrinic.tal", &[]),
    ("tal/FORT-validator__arin.tal", &[]),
    ("tal/FORT-validator__lacnic.tal", &[]),
    ("tal/cfrpki__apnic.tal", &["tal.uri-both", "tal.uri-scheme"]),
    ("tal/cfrpki__lacnic.tal", &[]),
    ("tal/cfrpki__ripe.tal", &[]),
    ("tal/routinator__afrinic.tal", &[]),
    ("tal/routinator__apnic-testbed.tal", &[]),
    ("tal/routinator__apnic.tal", &[]),
    ("tal/routinator__arin-ote.tal", &[]),
    ("tal/routinator__arin.tal", &[]),
    ("tal/routinator__lacnic.tal", &[]),
    ("tal/routinator__nlnetlabs-testbed.tal", &[]),
    ("tal/routinator__ripe-pilot.tal", &[]),
    ("tal/routinator__ripe.tal", &[]),
    ("tal/rpki-client-regress__afrinic.tal", &["tal.uri-both"]),
    ("tal/rpki-client-regress__apnic.tal", &["tal.uri-both"]),
    ("tal/rpki-crate__ripe.tal", &["tal.uri-both"]),
    ("tal/rpki-validator-3__rfc8630_afrinic-https-rsync.tal", &[]),
    (
        "tal/rpki-validator-3__rfc8630_afrinic-reversed-rsync-https.tal",
        &[],
    ),
    (
        "tal/rpki-validator-3__rfc8630_example-tal-with-http-and-rsync.tal",
        &["tal.key", "tal.uri-both", "tal.uri-scheme"],
    ),
    (
        "tal/rpki-validator-3__ripeextended_afrinic-https_rsync.tal",
        &[
            "tal.form",
            "tal.uri-both",
            "tal.uri-extension",
            "tal.uri-object",
            "tal.uri-scheme",
        ],
    ),
    (
        "tal/rpki-validator-3__ripeextended_afrinic-rsync_https.tal",
        &[
            "tal.form",
            "tal.uri-both",
            "tal.uri-extension",
            "tal.uri-object",
            "tal.uri-scheme",
        ],
    ),
    (
        "tal/rpki-validator-3__ripeextended_example-tal-with-http-and-rsync.tal",
        &[
            "tal.form",
            "tal.uri-both",
            "tal.uri-extension",
            "tal.uri-object",
            "tal.uri-scheme",
        ],
    ),
];

/// What is found in objects of the conformance suite besides their faults: they are older
/// than RFC 9582 and RFC 9589. The others are no faults but counts.
const SUITE: &[&str] = &[
    "sig.signing-time",
    "roa.no-as-resources",
    "roa.one-prefix",
    "roa.exact",
    "roa.max-length-used",
    "roa.max-length-needless",
    "mft.file-name-length",
    "ta.notify",
];

/// Rules whose findings are no broken `must`.
const NO_MUST: &[&str] = &[
    "tal.uri-extension",
    "tal.uri-both",
    "tal.key-algorithm",
    "ta.notify",
    "cer.key-algorithm",
    "cer.policy-cps-uri",
    "cer.issuer-access-method",
    "cer.repository-directory",
    "cer.subject-access-method",
    "cer.block-count",
    "brc.subject",
    "crl.update-order",
    "crl.entry-serial",
    "crl.entry-unique",
    "crl.entry-date",
    "sig.content",
    "sig.signing-time-validity",
    "mft.signing-time",
    "mft.file-name-length",
    "mft.hash-unique",
    "mft.size",
    "roa.max-length-needless",
    "roa.family-order",
    "roa.sorted",
    "roa.unique",
    "roa.exact",
    "roa.one-prefix",
    "roa.max-length-used",
    "roa.as0",
    "aspa.form",
    "aspa.version",
    "aspa.old-profile",
    "aspa.customer",
    "aspa.providers",
    "aspa.providers-sorted",
    "aspa.not-own-provider",
    "aspa.as0-alone",
    "aspa.as-resources",
    "aspa.no-ip-resources",
    "aspa.provider-count",
    "spl.form",
    "spl.version",
    "spl.families",
    "spl.sorted",
    "spl.as-resources",
    "spl.no-ip-resources",
];

/// The clause that decides where a validator accepts what a rule finds.
const CLAUSES: &[(&str, &str)] = &[
    ("tal.form", "RFC 8630 §2.2"),
    ("tal.comment", "RFC 8630 §2.2"),
    ("tal.uri-scheme", "RFC 8630 §2.2"),
    ("tal.uri-object", "RFC 8630 §2.3"),
    ("tal.key", "RFC 8630 §2.2, RFC 7935 §3"),
    ("ta.self-issued", "RFC 8630 §2.3"),
    ("ta.self-signed", "RFC 8630 §2.3"),
    ("ta.authority-key", "RFC 6487 §4.8.3"),
    ("ta.no-crl-point", "RFC 6487 §4.8.6"),
    ("ta.no-issuer-access", "RFC 6487 §4.8.7"),
    ("ta.resources-inherit", "RFC 8630 §2.3"),
    ("cer.der", "RFC 6481 §2.2, RFC 5280 §4.1"),
    ("cer.form", "RFC 5280 §4.1"),
    ("cer.version", "RFC 6487 §4.1"),
    ("cer.serial", "RFC 6487 §4.2, RFC 5280 §4.1.2.2"),
    ("cer.signature-algorithm", "RFC 6487 §4.3, RFC 7935 §2"),
    ("cer.signature-algorithm-same", "RFC 5280 §4.1.1.2"),
    ("cer.issuer-name", "RFC 6487 §4.4"),
    ("cer.subject-name", "RFC 6487 §4.5"),
    ("cer.time-encoding", "RFC 5280 §4.1.2.5"),
    ("cer.validity-order", "RFC 6487 §4.6"),
    ("cer.current", "RFC 6487 §7.2"),
    ("cer.key", "RFC 6487 §4.7, RFC 7935 §3"),
    ("cer.unique-ids", "RFC 5280 §4.1.2.8"),
    ("cer.issued", "RFC 6487 §4.8.3"),
    ("cer.extension-duplicate", "RFC 5280 §4.2"),
    (
        "cer.extension-unknown-critical",
        "RFC 6487 §4, RFC 6487 §4.8",
    ),
    ("cer.extension-other", "RFC 6487 §4"),
    ("cer.basic-constraints", "RFC 6487 §4.8.1"),
    ("cer.basic-constraints-critical", "RFC 6487 §4.8.1"),
    ("cer.path-length", "RFC 6487 §4.8.1"),
    ("cer.key-usage", "RFC 6487 §4.8.4"),
    ("cer.key-usage-critical", "RFC 6487 §4.8.4"),
    ("cer.extended-key-usage", "RFC 6487 §4.8.5"),
    ("cer.subject-key", "RFC 6487 §4.8.2"),
    ("cer.subject-key-critical", "RFC 6487 §4.8.2"),
    ("cer.authority-key", "RFC 6487 §4.8.3"),
    ("cer.authority-key-form", "RFC 6487 §4.8.3"),
    ("cer.authority-key-critical", "RFC 6487 §4.8.3"),
    ("cer.policy", "RFC 6487 §4.8.9, RFC 6484 §1.2"),
    ("cer.policy-critical", "RFC 6487 §4.8.9"),
    ("cer.policy-qualifier", "RFC 7318 §2"),
    ("cer.policy-version", "RFC 8360 §4.2.2.1, RFC 8360 §4.2.2.3"),
    ("cer.crl-point", "RFC 6487 §4.8.6"),
    ("cer.crl-point-form", "RFC 6487 §4.8.6"),
    ("cer.crl-point-rsync", "RFC 6487 §4.8.6"),
    ("cer.crl-point-critical", "RFC 6487 §4.8.6"),
    ("cer.issuer-access", "RFC 6487 §4.8.7"),
    ("cer.issuer-access-critical", "RFC 6487 §4.8.7"),
    ("cer.repository", "RFC 6487 §4.8.8.1"),
    ("cer.manifest", "RFC 6487 §4.8.8.1"),
    ("cer.manifest-name", "RFC 6481 §2.2"),
    ("cer.manifest-inside", "RFC 6487 §4.8.8.1"),
    ("cer.notify", "RFC 8182 §3.2"),
    (
        "cer.subject-access-critical",
        "RFC 6487 §4.8.8.1, RFC 6487 §4.8.8.2",
    ),
    ("sig.object-access", "RFC 6487 §4.8.8.2"),
    ("sig.object-access-method", "RFC 6487 §4.8.8.2"),
    ("sig.object-uri", "RFC 6487 §4.8.8.2"),
    ("mft.object-uri", "RFC 9981 §4, RFC 9286 §5.1"),
    ("cer.resources", "RFC 6487 §4.8.10, RFC 6487 §4.8.11"),
    (
        "cer.resources-critical",
        "RFC 6487 §4.8.10, RFC 6487 §4.8.11",
    ),
    ("cer.resources-form", "RFC 3779 §2.2.3, RFC 3779 §3.2.3"),
    ("cer.resources-empty", "RFC 6487 §4.8.10, RFC 6487 §4.8.11"),
    (
        "cer.resources-family",
        "RFC 3779 §2.2.3.3, RFC 6487 §4.8.10",
    ),
    ("cer.ip-canonical", "RFC 3779 §2.2.3.6"),
    ("cer.ip-range", "RFC 3779 §2.2.3.7, RFC 3779 §2.2.3.9"),
    ("cer.as-canonical", "RFC 3779 §3.2.3.4"),
    ("cer.as-rdi", "RFC 6487 §4.8.11"),
    ("mft.inherit", "RFC 9286 §5.1"),
    ("tak.inherit", "RFC 9691 §2.3"),
    ("gbr.inherit", "RFC 6493 §6"),
    ("brc.purpose", "RFC 8209 §3.1.3.2"),
    ("brc.purpose-critical", "RFC 6487 §4.8.5, RFC 8209 §3.1.3.2"),
    ("brc.key", "RFC 8608 §3.1, RFC 8608 §3.1.1"),
    ("brc.no-subject-access", "RFC 8209 §3.1.3.3"),
    ("brc.no-ip", "RFC 8209 §3.1.3.4"),
    ("brc.as-numbers", "RFC 8209 §3.1.3.5"),
    ("crl.der", "RFC 6481 §2.2"),
    ("crl.form", "RFC 5280 §5.1"),
    ("crl.version", "RFC 6487 §5"),
    ("crl.signature-algorithm", "RFC 6487 §5, RFC 7935 §2"),
    ("crl.signature-algorithm-same", "RFC 5280 §5.1.1.2"),
    ("crl.issuer-name", "RFC 6487 §5, RFC 6487 §4.4"),
    (
        "crl.time-encoding",
        "RFC 5280 §5.1.2.4, RFC 5280 §5.1.2.5, RFC 5280 §5.1.2.6",
    ),
    ("crl.current", "RFC 6487 §7.2, RFC 5280 §5.1.2.5"),
    ("crl.extensions", "RFC 9829 §3.1"),
    ("crl.extensions-critical", "RFC 9829 §3.1, RFC 6487 §4.8.3"),
    ("crl.authority-key", "RFC 5280 §5.2.1, RFC 6487 §4.8.3"),
    ("crl.number", "RFC 9829 §3.1"),
    ("crl.empty-list", "RFC 5280 §5.1.2.6"),
    ("crl.entry-extensions", "RFC 6487 §5"),
    ("sig.der", "RFC 6488 §2, RFC 6488 §3"),
    ("sig.form", "RFC 6488 §2, RFC 6488 §2.1"),
    ("sig.version", "RFC 6488 §2.1.1"),
    ("sig.digest-algorithms", "RFC 6488 §2.1.2, RFC 7935 §2"),
    (
        "sig.content-type",
        "RFC 6488 §2.1.3.1, RFC 9286 §4.1, RFC 9691 §2.1",
    ),
    ("sig.one-certificate", "RFC 6488 §2.1.4"),
    ("sig.no-crls", "RFC 6488 §2.1.5"),
    ("sig.one-signer", "RFC 6488 §2.1"),
    ("sig.signer-version", "RFC 6488 §2.1.6.1"),
    ("sig.signer-id", "RFC 6488 §2.1.6.2"),
    ("sig.signer-digest", "RFC 6488 §2.1.6.3, RFC 7935 §2"),
    ("sig.signature-algorithm", "RFC 6488 §2.1.6.5, RFC 7935 §2"),
    ("sig.attributes", "RFC 6488 §2.1.6.4"),
    ("sig.attribute-other", "RFC 6488 §2.1.6.4"),
    ("sig.attribute-once", "RFC 6488 §2.1.6.4"),
    ("sig.attribute-content-type", "RFC 6488 §2.1.6.4.1"),
    ("sig.message-digest", "RFC 6488 §2.1.6.4.2"),
    ("sig.signing-time", "RFC 9589 §4"),
    ("sig.signing-time-form", "RFC 5652 §11.3"),
    ("sig.binary-signing-time", "RFC 9589 §4"),
    ("sig.no-unsigned-attributes", "RFC 6488 §2.1.6.7"),
    ("sig.signature", "RFC 6488 §3"),
    ("mft.form", "RFC 9286 §4.2"),
    ("mft.version", "RFC 9286 §4.2.1, RFC 9286 §4.2"),
    ("mft.number", "RFC 9286 §4.2.1"),
    ("mft.time-form", "RFC 9286 §4.2, RFC 9286 §4.2.1"),
    ("mft.update-order", "RFC 9286 §4.2.1"),
    ("mft.current", "RFC 9286 §4.2.1, RFC 9286 §6.3"),
    ("mft.validity", "RFC 9286 §4.2.1, RFC 9286 §5.1"),
    ("mft.hash-algorithm", "RFC 9286 §4.2.1, RFC 7935 §2"),
    ("mft.hash-length", "RFC 9286 §4.2.1, RFC 7935 §2"),
    ("mft.file-name", "RFC 9286 §4.2.2"),
    ("mft.file-extension", "RFC 9286 §4.2.2"),
    ("mft.file-unique", "RFC 9286 §4.2.1"),
    ("mft.self", "RFC 9286 §5.1"),
    ("mft.one-crl", "RFC 9286 §5.1, RFC 6487 §4.8.6"),
    ("roa.form", "RFC 9582 §4"),
    ("roa.version", "RFC 9582 §4.1, RFC 9582 §4"),
    ("roa.as-id", "RFC 9582 §4, RFC 9582 §4.2"),
    ("roa.families", "RFC 9582 §4.3.1"),
    ("roa.family-once", "RFC 9582 §4.3.1"),
    ("roa.addresses", "RFC 9582 §4, RFC 9582 §4.3.1"),
    ("roa.prefix-length", "RFC 9582 §4.3.2.1"),
    ("roa.max-length", "RFC 9582 §4.3.2.2"),
    ("roa.mapped", "RFC 9582 §4.3.1"),
    ("roa.ip-resources", "RFC 9582 §5"),
    ("roa.no-as-resources", "RFC 9582 §5"),
    ("roa.covered", "RFC 9582 §5"),
    ("tak.form", "RFC 9691 §2.2"),
    ("tak.version", "RFC 9691 §2.2.2, RFC 9691 §2.2"),
    ("tak.uris", "RFC 9691 §2.2.1"),
    ("tak.uri-scheme", "RFC 9691 §2.2.1"),
    ("tak.key", "RFC 9691 §2.2.1, RFC 7935 §3"),
    ("tak.current-key", "RFC 9691 §2.3"),
    ("tak.comments", "RFC 9691 §2.2.1"),
    ("rsc.form", "RFC 9323 §4"),
    ("rsc.version", "RFC 9323 §4.1, RFC 9323 §4"),
    ("rsc.no-subject-access", "RFC 9323 §2"),
    ("rsc.resources", "RFC 9323 §4.2"),
    ("rsc.families", "RFC 9323 §4.2.2"),
    ("rsc.inherit", "RFC 9323 §5"),
    ("rsc.covered", "RFC 9323 §4.2, RFC 9323 §5"),
    ("rsc.digest-algorithm", "RFC 9323 §4.3, RFC 7935 §2"),
    ("rsc.hash-length", "RFC 9323 §4.4.1, RFC 9323 §4.3"),
    ("rsc.entries", "RFC 9323 §4, RFC 9323 §4.4"),
    ("rsc.file-name", "RFC 9323 §4.4.1"),
    ("rsc.file-unique", "RFC 9323 §4.4.1"),
    ("gbr.vcard", "RFC 6493 §5"),
    ("gbr.properties", "RFC 6493 §5"),
    ("gbr.contact", "RFC 6493 §5"),
];

/// Why nothing is found where a validator rejects.
const REASONS: &[(&str, &str)] = &[
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

/// Returns the folder of real objects, or writes that it is not there.
fn folder() -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/rpki"));
    if path.is_dir() {
        return Some(path);
    }
    let line = "skipped: no real RPKI objects in ../shared/data/rpki\n";
    std::io::stderr().write_all(line.as_bytes()).unwrap();
    None
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// Returns the short ids of the rules that find something.
fn found(kind: Kind, octets: &[u8], context: &Context) -> BTreeSet<String> {
    let mut tally = Tally::default();
    look(&Object::read(kind, octets), "", context, &mut tally);
    let all = tally.finish().findings.into_iter();
    all.map(|finding| finding.rule.trim_start_matches("rpki.").to_owned())
        .collect()
}

const TIMELESS: Context = Context {
    now: None,
    signatures: true,
};

#[test]
fn every_real_file_is_read_as_every_kind() {
    let Some(folder) = folder() else { return };
    let mut files = Vec::new();
    collect(&folder, &mut files);
    assert!(files.len() > 700, "{} files", files.len());
    for file in files {
        let octets = std::fs::read(&file).unwrap();
        for kind in Kind::ALL {
            let context = Context {
                now: "2026-11-22T00:00:00Z".parse().ok(),
                signatures: false,
            };
            found(*kind, &octets, &context);
        }
    }
}

#[test]
fn real_objects_have_exactly_the_findings_of_the_table() {
    let Some(folder) = folder() else { return };
    let mut wrong = String::new();
    for (file, expected) in FOUND {
        let octets = std::fs::read(folder.join(file)).unwrap();
        let kind = Kind::of_file(file, &octets).unwrap();
        let mut rules = found(kind, &octets, &TIMELESS);
        if file.starts_with("conformance") {
            rules.retain(|rule| !SUITE.contains(&rule.as_str()));
        }
        let expected: BTreeSet<String> = expected.iter().map(|rule| (*rule).to_owned()).collect();
        if rules != expected {
            writeln!(wrong, "{file}: {rules:?}, not {expected:?}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// A file with what four validators say of it: name and whether they accept.
struct Judged {
    file: String,
    verdicts: Vec<(&'static str, bool)>,
}

/// Reads the table of `ORIGINS.md`.
fn judged(folder: &Path) -> Vec<Judged> {
    let text = std::fs::read_to_string(folder.join("ORIGINS.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| "));
    rows.filter_map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [file, .., client, fort, routinator, library] = cells.as_slice() else {
            return None;
        };
        Kind::of_file(file, b"")?;
        let mut verdicts = Vec::new();
        for (name, accepts, rejects) in [
            ("rpki-client 8.2", "8.2 parses", "8.2 rejects"),
            ("rpki-client 9.8", "9.8 parses", "9.8 rejects"),
        ] {
            if client.contains(accepts) || client.contains(rejects) {
                verdicts.push((name, client.contains(accepts)));
            }
        }
        for (name, cell, accepts) in [
            ("FORT", fort, "accepts"),
            ("Routinator", routinator, "no complaint"),
            ("rpki crate", library, "ok"),
        ] {
            if !cell.is_empty() {
                verdicts.push((name, *cell == accepts));
            }
        }
        Some(Judged {
            file: (*file).to_owned(),
            verdicts,
        })
    })
    .collect()
}

/// Returns the list of disagreements as Markdown.
fn disagreements(folder: &Path) -> String {
    let clauses: BTreeMap<&str, &str> = CLAUSES.iter().copied().collect();
    let reasons: BTreeMap<&str, &str> = REASONS.iter().copied().collect();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let mut files = 0;
    for one in judged(folder) {
        let octets = std::fs::read(folder.join(&one.file)).unwrap();
        let kind = Kind::of_file(&one.file, &octets).unwrap();
        let mut rules = found(kind, &octets, &TIMELESS);
        rules.retain(|rule| !NO_MUST.contains(&rule.as_str()));
        files += 1;
        let others = one
            .verdicts
            .iter()
            .filter(|(_, ok)| *ok != rules.is_empty());
        let others: Vec<&str> = others.map(|(name, _)| *name).collect();
        if others.is_empty() {
            continue;
        }
        let others = others.join(", ");
        if rules.is_empty() {
            let why = reasons
                .get(one.file.as_str())
                .unwrap_or_else(|| panic!("no reason for {}", one.file));
            theirs.push(format!("| {} | {others} | {why} |", one.file));
        } else {
            let why = rules.iter().map(|rule| {
                let clause = clauses
                    .get(rule.as_str())
                    .unwrap_or_else(|| panic!("no clause for {rule}"));
                format!("`{rule}` ({clause})")
            });
            let why: Vec<String> = why.collect();
            ours.push(format!("| {} | {others} | {} |", one.file, why.join(", ")));
        }
    }
    let mut text = format!(
        "Of {files} files, {} have a finding at level must that a validator does not have, and {} have none though a validator rejects.\n",
        ours.len(),
        theirs.len()
    );
    text.push_str("\n### Found by us, accepted by a validator\n\n");
    text.push_str("| file | accepted by | rules and the clauses that decide |\n|---|---|---|\n");
    for row in ours {
        writeln!(text, "{row}").unwrap();
    }
    text.push_str("\n### Rejected by a validator, nothing found by us\n\n");
    text.push_str("| file | rejected by | reason |\n|---|---|---|\n");
    for row in theirs {
        writeln!(text, "{row}").unwrap();
    }
    text
}

#[test]
fn every_disagreement_with_a_validator_has_its_clause_in_the_documentation() {
    let Some(folder) = folder() else { return };
    let text = disagreements(&folder);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rpki-real-objects.md");
    let written = std::fs::read_to_string(path).unwrap();
    let (_, table) = written.split_once(MARK).unwrap();
    if table.trim() != text.trim() {
        let copy = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("rpki-real-objects.md");
        std::fs::write(&copy, &text).unwrap();
        panic!(
            "the table in docs/rpki-real-objects.md is old; the new one is {}",
            copy.display()
        );
    }
}

/// What stands before the table in the documentation.
const MARK: &str = "<!-- tests/it/real_rpki.rs compares what follows -->";
