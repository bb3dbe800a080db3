//! The encodings in which a secret is masked, and texts that are kept.

use super::*;

fn masked(secrets: &[&str], text: &str) -> String {
    Mask::of(secrets).apply(text)
}

/// JSON with numeric escapes for every character, or for all but letters and digits.
fn json_unicode(text: &str, all: bool, upper: bool) -> String {
    let escape = |unit: u16| if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
    let one = |c: char| {
        let plain = c.is_ascii_alphanumeric() && !all;
        if plain { c.to_string() } else { c.encode_utf16(&mut [0; 2]).iter().map(|unit| escape(*unit)).collect() }
    };
    text.chars().map(one).collect()
}

fn html_numbers(text: &str, hexadecimal: bool) -> String {
    let one = |c: char| match (c.is_ascii_alphanumeric(), hexadecimal) {
        (true, _) => c.to_string(),
        (false, true) => format!("&#x{:X};", u32::from(c)),
        (false, false) => format!("&#{:03};", u32::from(c)),
    };
    text.chars().map(one).collect()
}

fn html_names(text: &str) -> String {
    let names = [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;"), ('\'', "&#39;"), ('ö', "&ouml;")];
    names.iter().fold(text.to_owned(), |text, (character, name)| text.replace(*character, name))
}

fn percent_lower(text: &str) -> String {
    let one = |byte: u8| if byte.is_ascii_alphanumeric() { char::from(byte).into() } else { format!("%{byte:02x}") };
    text.bytes().map(one).collect()
}

/// Each encoding in which a server may echo a text.
fn forms(secret: &str) -> Vec<String> {
    let json = serde_json::to_string(secret).unwrap_or_default();
    let json = json[1..json.len() - 1].to_owned();
    let percent = percent_encoded(secret);
    let collapsed = secret.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut forms = vec![
        secret.to_owned(),
        secret.trim().to_owned(),
        collapsed.clone(),
        secret.replace(['\r', '\n', '\t'], " "),
        percent.clone(),
        percent_lower(secret),
        percent_lower(secret).replace("%20", "+"),
        percent.replace("%20", "+"),
        percent_encoded(&percent),
        json.replace('/', "\\/"),
        json_unicode(secret, true, true),
        json_unicode(secret, true, false),
        json_unicode(secret, false, true),
        json_unicode(secret, false, false),
        html_numbers(secret, true),
        html_numbers(secret, false),
        html_names(secret),
        html_names(&json),
        html_names(&collapsed),
        serde_json::to_string(&json).unwrap_or_default(),
        json,
    ];
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        for before in ["", "u:", "me:", "user:"] {
            forms.push(engine.encode(format!("{before}{secret}")));
            forms.push(engine.encode(format!("{before}{}", secret.trim())));
            forms.push(engine.encode(format!("{before}{collapsed}")));
            forms.push(engine.encode(format!("{before}{percent}")));
            forms.push(percent_encoded(&format!("{}==", engine.encode(format!("{before}{secret}after")))));
        }
    }
    forms
}

#[test]
fn masks_every_encoding_of_a_secret() {
    for secret in [
        "hunter2",
        "pass",
        "correct horse\tbattery\n",
        "\n two  blanks\r\n",
        "p@ss/w&r<d>\"'\\+=%",
        "%41+%2B&amp;\\u0041",
        "päss wörd 𝄞",
        "mdb_sa_sk_0123456789abcdef-_~",
        "????>>>>~~~~",
    ] {
        for form in forms(secret.trim()) {
            let text = masked(&[secret], &format!("before ({form}), after"));
            let rest = text.replace("before", "").replace("after", "").replacen("***", "", 1);
            assert!(!rest.chars().any(char::is_alphanumeric), "{secret:?} as {form:?}: {text:?}");
        }
        // Escaped whitespace around the secret may stay.
        for form in forms(secret) {
            assert!(masked(&[secret], &form).contains("***"), "{secret:?} as {form:?}");
        }
    }
}

#[test]
fn keeps_the_text_around_a_secret() {
    assert_eq!(masked(&["hunter2"], "hunter2 and xhunter2x"), "*** and x***x");
    assert_eq!(masked(&["hunter2", "other"], "hunter2other"), "******");
    assert_eq!(masked(&["pass", "password"], "a password, pass"), "a ***, ***");
    assert_eq!(masked(&["p@ss/w"], "mongodb://u:p%40ss%2Fw@h and p%40ss%2fw"), "mongodb://u:***@h and ***");
    assert_eq!(masked(&["a\"b\\cd"], r#"{"password":"a\"b\\cd"}"#), r#"{"password":"***"}"#);
    assert_eq!(masked(&["hunter2"], "50% of é\\u12 &amp; &x; 100%, \\"), "50% of é\\u12 &amp; &x; 100%, \\");
    assert_eq!(masked(&["hunter2"], "Basic dXNlcjpodW50ZXIy== wrong"), "Basic *** wrong");
}

#[test]
fn masks_before_collapsing_and_truncating() {
    let mask = Mask::of(&["two  blanks\n"]);
    assert_eq!(mask.printable("x two\u{1b} blanks y", 100), "x *** y");
    assert_eq!(mask.printable("xxxx two blanks", 8), "xxxx ***");
    let long = format!("{}two blanks", "x".repeat(MAX_TEXT - 5));
    assert!(mask.apply(&long).ends_with("xx***"));
}

#[test]
fn masks_short_secrets_as_whole_words_only() {
    assert_eq!(masked(&["a"], "a bad \"a\", a u:a@h é"), "*** bad \"***\", *** u:***@h é");
    assert_eq!(masked(&["aa"], "aaaa éaa"), "aaaa éaa");
    assert_eq!(masked(&["a\n"], "Y, YQ, YQ==, YQo= and YQx"), "Y, ***, ***, *** and YQx");
    assert_eq!(masked(&["é!"], "%c3%a9!"), "***");
}

#[test]
fn keeps_the_text_without_a_secret() {
    for secrets in [&[""][..], &[" \n"], &[]] {
        assert_eq!(masked(secrets, "a text\n"), "a text\n");
    }
}

proptest::proptest! {
    #[test]
    fn masks_any_secret_in_any_text(secret in "\\PC{4,12}", before in "\\PC{0,30}", after in "\\PC{0,30}") {
        proptest::prop_assume!(secret.trim().chars().count() >= SHORT && !secret.contains('*'));
        let text = masked(&[&secret], &format!("{before}{secret}{after}"));
        proptest::prop_assert!(!text.contains(secret.trim()), "{text}");
    }
}
