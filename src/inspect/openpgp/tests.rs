//! Signatures that GnuPG 2.2 made with keys of its own, and what becomes of them when they are changed.

use super::*;

/// The file that was signed; its lines end in both ways.
const FILE: &[u8] = b"a file\nof two lines\r\n";

/// A key on the curve Ed25519, in the form of before RFC 9580.
const ED_KEY: &str = "\
-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEawyUFRYJKwYBBAHaRw8BAQdA6XTxEYYNQK3hTohfX5gkrWMOvq1ElUzKcox/
Pi1R6dq0FVRlc3QgZSA8ZUBzdGF0cy50ZXN0PoiQBBMWCAA4FiEEU9ZnFZArIoZR
bbtQb0mT7RrUVwwFAmsMlBUCGwMFCwkIBwIGFQoJCAsCBBYCAwECHgECF4AACgkQ
b0mT7RrUVwwNEAEA7wX0Pra1UiwGU4lq26Q0UWxdn5K+Kjy0UnFZHhF+394A/3qv
B9HevxNEn7RCKmwcEPRwYKQ0AnHogVHSpX/Q8NQM
=aVic
-----END PGP PUBLIC KEY BLOCK-----
";

/// Its signature, over SHA-512.
const ED: &str = "\
-----BEGIN PGP SIGNATURE-----

iIMEABYKACsWIQRT1mcVkCsihlFtu1BvSZPtGtRXDAUCawyUFg0cZUBzdGF0cy50
ZXN0AAoJEG9Jk+0a1FcMhMQBALldc7uYU4k4AAEnISHG8i5qFb24qswtfP6df5PY
ibSSAP98Fx9Ad/NsCnKPX29jeQqmS4d7O/WYBTMszDP81ZPzDA==
=96RY
-----END PGP SIGNATURE-----
";

/// Its signature over SHA-256, with line ends made equal.
const ED_TEXT: &str = "\
-----BEGIN PGP SIGNATURE-----

iIMEARYIACsWIQRT1mcVkCsihlFtu1BvSZPtGtRXDAUCawyUFg0cZUBzdGF0cy50
ZXN0AAoJEG9Jk+0a1FcMToUA/R40VSCz6MK0V1BHib4LNGGNdAa5LCN5P3n0Egk1
Vu21AQCfdSrWw4TsmjM529dXVud/B79ATGP1BF+b4fA4ja57CQ==
=f54A
-----END PGP SIGNATURE-----
";

/// A key of RSA with 3,072 bits.
const RSA_KEY: &str = "\
-----BEGIN PGP PUBLIC KEY BLOCK-----

mQGNBGsMlBQBDACYkcoZkS8mEe9i2fvI1QVRj9FI65zY/Wsf8b2vJ1Xy9A9ObKNw
CkGXFXhr3yx580rYMZkcKHhc1lrFY+qYRL6FUAwTEkGoWVSBtm7BLcdn5Ml6BSnh
INI0dtrHgh3HU7hIvo+3qBSIS/v4cVURIWe/3jxlFWJ3XzxReRPeh18IxrZTs2M+
gYR4jj8hWK7e+yJbITPMt0LBxK2RqoMH1omCXH5BFIN9aJ9+BZ6Ej9C1W33UPQLI
xO7th218kKIptvLh29svJ99ject3b60muAxVPvj+72zW7W3unnL3J8qDj7M4SkKE
jvq2N/bqD7hob7Lrh0p3e3fxjBa6TUvlnHu/PC2JdVmPfn58hguK+Mbk6Pf4Uv6m
K0IC01PkaiLW75bEhaNkzc4Xrq9PGcsg3dhNsQ1/Bci1J6w2Zp8EQ6K4ygssk8Jt
h8azK2e8ZCoyJkBMt/Kj2/QS8i+NkGBPiWPvhAWEVzBxMSBBs3yvNZh48kodsyq3
tfGbYE2IMYSTkikAEQEAAbQVVGVzdCByIDxyQHN0YXRzLnRlc3Q+iQHOBBMBCgA4
FiEEX4/imATR1vIquC7Ii5J+JPPBH7AFAmsMlBQCGwMFCwkIBwIGFQoJCAsCBBYC
AwECHgECF4AACgkQi5J+JPPBH7AJbwwAkZ5dDQ+dYq+XmFH2Gj9N6Yq+7hNwc/B+
i+MG9yB/+o7ru0NgjqFcH04WeUQkkLck3/DCZAhRAkYFQZAksdiWNYMPTwAEAKqE
IKCXmbC4L1KesIziObEheLu/gLoziYTS98t85rEyOuqi4ejhHyDe1A4FE/RGCfxk
4i3N39Om6IyaeunkShT0o4wcHPRtrcQh2P96ym3xRT3DmpOVKHZ+UD1CmuM2/ezm
5UFedXtO2W3mqqoQACb2sxJNCD0L+RHco0N8WOKePa2mxBV8IOlVLLIlUwMJG//9
yMa5ZVxQBGroKezuHunzOCaoUUSWhnm6525095mYzW2WNrtJV3Eq9r7tDjkTWurc
r62IdYvwYC7Sc/egdajELmtdkQhQ0dwEaWQS96rVqg5IB153L6zmMoHkDoCCptDW
qsZU3T9J+Ff4dom19dNppeIeEa/gPGx2JFPPcPhEJU2cVZs3HFpv9vVmQVebF2Tp
4tqBLldn5IH07LxDuHFB/js0k+SQYd8p
=QMxo
-----END PGP PUBLIC KEY BLOCK-----
";

/// Its signature, over SHA-512.
const RSA: &str = "\
-----BEGIN PGP SIGNATURE-----

iQHBBAABCgArFiEEX4/imATR1vIquC7Ii5J+JPPBH7AFAmsMlBUNHHJAc3RhdHMu
dGVzdAAKCRCLkn4k88EfsIrGDACSYZLhshkCRQKDg7U+Zrys8aF3PK1umtwfKRHg
+enw76kQwqUoSwcOyLuTBMqP+WRflGts9iV/2kd6bzlRBeui3xczPNdE2iwD+JQL
bnkToTU5eNOULFgtDw1EaRBf4ByK9lm8M88OYlIvqgw+HOS4eEh1UzcPfISi2y5i
9SmHGYtGAOQPgFCb+dduJXCOGBnbUeTtFQo7bCT+BWAky3ayHelTcSvvXJ+wr+YK
1pBh13/RlCKiENaeGJpneF+Rk5Lx5uo1ZGVJ2PuTEBBzGO3+xa0inYFy2AMiBZ0z
FsOgpbtn9/OyEcylvDKmJ9P2Ebbzj7z0Cc8rDvWuf/4uMkvjUAGrjRGOYpZSd7JP
v4NaBRMUt/sFVCYR5KEideLAyJ/Ams9F78my0kidyA67jX1/jQpjFHIv1T9SUmrg
8hj3AMx7i2iY1COjjqgj3msk3cytCAMBIWcwoYXJrGQVDauGwLIODyhYFTkYhB+x
bqyYwSOP/L2g2vi7bbcHsxUJYzM=
=abLk
-----END PGP SIGNATURE-----
";

/// Its signature over SHA-256, with line ends made equal.
const RSA_TEXT: &str = "\
-----BEGIN PGP SIGNATURE-----

iQHBBAEBCAArFiEEX4/imATR1vIquC7Ii5J+JPPBH7AFAmsMlBUNHHJAc3RhdHMu
dGVzdAAKCRCLkn4k88EfsNFKC/9fUM0fBAn9ChThan29/yPHZkS7SYUUodjfbDAG
GOrOJRe228DzjWYpkAaEX8FUpz2SUD+muUwNDosjPGvJbQhBoY+mQsWfNrignRAF
wTXk33r8KIqDbUvIE089h9UR7sAjrmx0MuszYH7NcDdrbVe/tE0YH2F5LyfHmx24
cRLGrKbhoTEkYWSciWVzx/LFqN5Qa90+wQw5uP1/DLsM5FaNQf+y/8p+mKbp7YKi
aP762LrdWmM3YU7sQSAnUmJcZ17AZmQ44G5/50lj60fTDjYDtOS5EuLdewUEi5jV
9k/7JyF8YqvL7B0Wu262Z1D6D9Hn8iNZOLJYZtVWCwoqviolxwo5/Rz7Fvs/A1Mr
v7AkPBlkjbKnL368cTdgu9rczaIHt4m8LicChvvrfPDZEl2pzsmV62LdX4Yf4TkG
Kq9qxUHngz9FNb8EBSsZqdSzdZXBRiwW3CgUda/R77AzSna99TeCGPukshp5jbE6
3uiM3/ZP256Fzyee+iQ4j0mFqPk=
=ES9G
-----END PGP SIGNATURE-----
";

/// Its signature over SHA-1.
const RSA_SHA1: &str = "\
-----BEGIN PGP SIGNATURE-----

iQHBBAABAgArFiEEX4/imATR1vIquC7Ii5J+JPPBH7AFAmsMlBYNHHJAc3RhdHMu
dGVzdAAKCRCLkn4k88EfsG4YC/4k3xjHkDGdvuFcGPEub2XEvNm1s8G5PBH8E2ue
/46X9WRCYLP3o7yLs1IM6y8b0U+fhTGKBVlPjC07WsTM0bzyTS9D6TJzxa7VcKDN
kzbSp6oHP2A2B1hV4vXt4OWB5oO2SjNdto5DNv0P14PuKnQfEA+uh+u6uHErclJE
WYZiZkrHxPucyNeqpbfhsofSkXu8VJIGXKHa1P4eAia3U6NgY1HvkvPHdKhcwWGK
7a6Z94e8/Vbw1T3wLLUrb4I1Vf2ye3NbyXTASM0YbKfzllqFOEIOVdZj4Ck06lQS
dEQvySHCv8plEQHksu8eDT45BmOyTN3VEPqSNgsrH3mCf7wcwS/J46HXHTsYN6Xx
YYHn/27GP+NX7RBEVHtcgIiLnh5xqc7KFuF5Iuc43gFwsN03BdqEgdgkx1H19xVy
tBaEbP61IfiBrIyW+ccggQPh8PHceYRymIJKiNv+UCJ2Le36K7M2OxDqHfOEbXGV
q6ggFbOtQz+KYESwUOp5k2kfNlw=
=xGjN
-----END PGP SIGNATURE-----
";

const ED_PRINT: &str = "53D6 6715 902B 2286 516D  BB50 6F49 93ED 1AD4 570C";
const RSA_PRINT: &str = "5f8fe29804d1d6f22ab82ec88b927e24f3c11fb0";

fn key(text: &str, print: &str) -> PublicKey {
    PublicKey::find(text.as_bytes(), Fingerprint::parse(print).unwrap()).unwrap()
}

/// Verifies a signature of a file that comes in two parts.
fn verify(signature: &[u8], parts: [&[u8]; 2], key: &PublicKey) -> Result<(), Wrong> {
    let signature = Signature::read(signature)?;
    let mut hasher = signature.hasher();
    parts.iter().for_each(|part| hasher.update(part));
    signature.verify(hasher, key)
}

#[test]
fn signatures_of_gnupg_are_good_however_the_file_comes() {
    let (ed, rsa) = (key(ED_KEY, ED_PRINT), key(RSA_KEY, RSA_PRINT));
    for (signature, key) in [(ED, &ed), (ED_TEXT, &ed), (RSA, &rsa), (RSA_TEXT, &rsa)] {
        for cut in 0..=FILE.len() {
            let (first, second) = FILE.split_at(cut);
            let seen = verify(signature.as_bytes(), [first, second], key);
            assert_eq!(seen, Ok(()), "{cut}: {signature}");
        }
    }
}

#[test]
fn a_signature_says_when_and_by_whom_it_was_made() {
    let signature = Signature::read(ED.as_bytes()).unwrap();
    assert_eq!(
        signature.signer(),
        key(ED_KEY, ED_PRINT).fingerprint.to_string()
    );
    assert_eq!(signature.made.unwrap().as_second(), 1_795_986_454);
}

#[test]
fn another_file_has_another_signature() {
    let (ed, rsa) = (key(ED_KEY, ED_PRINT), key(RSA_KEY, RSA_PRINT));
    for (signature, key) in [(ED, &ed), (RSA, &rsa), (RSA_TEXT, &rsa)] {
        let seen = verify(signature.as_bytes(), [FILE, b"."], key);
        assert_eq!(seen, Err(Wrong::Bad), "{signature}");
    }
    // Where lines end alike it is the same text.
    let text = b"a file\r\nof two lines\n";
    assert_eq!(verify(ED_TEXT.as_bytes(), [text, b""], &ed), Ok(()));
    assert_eq!(verify(ED.as_bytes(), [text, b""], &ed), Err(Wrong::Bad));
}

#[test]
fn another_key_is_named() {
    let rsa = key(RSA_KEY, RSA_PRINT);
    let seen = verify(ED.as_bytes(), [FILE, b""], &rsa).unwrap_err();
    assert_eq!(
        seen.to_string(),
        "key `53D66715902B2286516DBB506F4993ED1AD4570C` signed it; expected \
         `5F8FE29804D1D6F22AB82EC88B927E24F3C11FB0`"
    );
    let ed = Fingerprint::parse(ED_PRINT).unwrap();
    let none = PublicKey::find(RSA_KEY.as_bytes(), ed).unwrap_err();
    assert_eq!(none.to_string(), "it is no file with the declared key");
}

#[test]
fn what_nobody_should_trust_any_more_is_not_supported() {
    let seen = Signature::read(RSA_SHA1.as_bytes()).unwrap_err();
    assert_eq!(seen.to_string(), "digest algorithm 2 is not supported");
    let key = PublicKey {
        fingerprint: Fingerprint::parse(RSA_PRINT).unwrap(),
        material: Material::Other(17),
    };
    let seen = verify(RSA.as_bytes(), [FILE, b""], &key).unwrap_err();
    assert_eq!(seen.to_string(), "key algorithm 17 is not supported");
}

#[test]
fn octets_that_are_no_signature_are_told_and_none_of_them_panics() {
    let no = "it is no OpenPGP signature";
    for octets in [
        &b""[..],
        b"x",
        b"<html>",
        ED_KEY.as_bytes(),
        &[0xff; 40],
        &[0x88],
    ] {
        assert_eq!(Signature::read(octets).unwrap_err().to_string(), no);
    }
    let rsa = key(RSA_KEY, RSA_PRINT);
    let whole = dearmored(RSA.as_bytes()).unwrap();
    let good = verify(&whole, [FILE, b""], &rsa);
    assert_eq!(good, Ok(()));
    for length in 0..whole.len() {
        assert!(
            verify(&whole[..length], [FILE, b""], &rsa).is_err(),
            "{length}"
        );
    }
    for place in 0..whole.len() {
        let mut changed = whole.clone();
        changed[place] ^= 0x55;
        // What it says beside of what is signed may change.
        verify(&changed, [FILE, b""], &rsa).unwrap_or_default();
    }
    let certificate = dearmored(RSA_KEY.as_bytes()).unwrap();
    for length in 0..certificate.len() {
        let found = PublicKey::find(&certificate[..length], rsa.fingerprint);
        assert!(found.is_err() || length >= 400, "{length}");
    }
}
