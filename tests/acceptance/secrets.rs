//! Secrets are written nowhere: a full lifecycle with known secrets at log level TRACE, and then a search of the output
//! and of every file.

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use atlas_simulator::{Action, Config, Fault, Operation, Response};
use test_support::terraform::{Feature, Run};

use crate::configuration::{ADDRESS, GROUP, Resource};
use crate::support::{Fixture, UNTIL_READY, with};
use crate::sync_points::{APPLY, cutovers, finish, wait_until_cut_over, waiting_apply};

const PASSWORD: &str = "s0urce-pa%ss/w\u{f6}rd\"&+";
const LOG: &str = "terraform.log";

/// Collects the output of commands, and searches it and the workspace for secrets.
struct SecretScan {
    fixture: Fixture,
    secrets: Vec<String>,
    printed: String,
}

impl SecretScan {
    fn new(fixture: Fixture, secrets: &[&str]) -> Self {
        fixture.workspace.env("TF_LOG", "TRACE").env("TF_LOG_PATH", fixture.workspace.path().join(LOG));
        let mut all = Vec::new();
        for secret in secrets {
            all.push((*secret).to_owned());
            // As encoded in JSON, in a form and in a header.
            all.push(serde_json::to_string(secret).unwrap().trim_matches('"').to_owned());
            all.push(percent_encoded(secret));
            all.push(base64(secret.as_bytes()));
        }
        // The Authorization headers.
        all.extend(["Bearer sim.", "sim.", "Digest username="].map(str::to_owned));
        all.push(base64(format!("{}:{}", Config::CLIENT_ID, Config::CLIENT_SECRET).as_bytes()));
        all.sort();
        all.dedup();
        Self { fixture, secrets: all, printed: String::new() }
    }

    fn run(&mut self, arguments: &[&str]) -> Run {
        let run = self.fixture.run(arguments);
        self.take(&run);
        run
    }

    fn take(&mut self, run: &Run) {
        self.printed.push_str(run.stdout());
        self.printed.push_str(run.stderr());
    }

    /// Searches the output and every file of the workspace.
    #[track_caller]
    fn assert_no_secrets(&self) {
        let mut found = self.found_in("the output", self.printed.as_bytes());
        self.scan_folder(self.fixture.workspace.path(), &mut found);
        assert!(found.is_empty(), "{found:#?}");
    }

    fn scan_folder(&self, folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                self.scan_folder(&path, found);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            found.extend(self.found_in(&path.display().to_string(), &bytes));
            if bytes.starts_with(b"PK") {
                for (name, bytes) in unzipped(&bytes) {
                    found.extend(self.found_in(&format!("{} in {}", name, path.display()), &bytes));
                }
            }
        }
    }

    fn found_in(&self, place: &str, bytes: &[u8]) -> Vec<String> {
        let holds = |secret: &&String| bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        self.secrets.iter().filter(holds).map(|secret| format!("{secret} is in {place}")).collect()
    }
}

/// The files of a saved plan, which is a zip archive.
fn unzipped(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut file = archive.by_index(index).unwrap();
            let mut contents = Vec::new();
            file.read_to_end(&mut contents).unwrap();
            (file.name().unwrap_or_default().into_owned(), contents)
        })
        .collect()
}

fn percent_encoded(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes().map(|byte| if keep(byte) { (byte as char).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// RFC 4648, without padding, so that it is found in a longer text too.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = (0..3).fold(0_usize, |word, index| word << 8 | usize::from(chunk.get(index).copied().unwrap_or(0)));
        for index in 0..=chunk.len() {
            text.push(ALPHABET[word >> (18 - 6 * index) & 63] as char);
        }
    }
    text
}

#[test]
fn base64_matches_the_test_vectors_of_rfc_4648() {
    for (plain, encoded) in [("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
        assert_eq!(base64(plain.as_bytes()), encoded);
    }
}

/// The example with its secrets in ephemeral variables, which Terraform doesn't write.
fn with_variables(resource: &Resource, block: &str) -> String {
    let variable = |name: &str| {
        format!("variable \"{name}\" {{\n  sensitive = true\n  ephemeral = true\n  default   = null\n}}\n")
    };
    let variables: String = ["source_password", "first", "second"].iter().map(|name| variable(name)).collect();
    format!("{variables}\nprovider \"atlas\" {{\n{block}}}\n\n{resource}")
}

/// A full lifecycle with errors at every step.
fn full_lifecycle(scan: &mut SecretScan, block: &str, revoked: impl Fn(&Fixture)) {
    let example = scan.fixture.example().source("password_wo", "var.source_password");
    let write = |scan: &SecretScan, resource: &Resource| _ = scan.fixture.write(with_variables(resource, block));
    scan.fixture.workspace.env("TF_VAR_source_password", PASSWORD);

    write(scan, &example);
    scan.run(&["validate"]).success();
    // Atlas returns the password in every kind of error response.
    scan.fixture.atlas.fail_next_validation(format!("Cannot log in as example with {PASSWORD}."));
    scan.run(&APPLY).failure().says("***");
    let quoted = serde_json::to_string(PASSWORD).unwrap();
    let body =
        format!(r#"{{"error":400,"errorCode":"INVALID","detail":{quoted},"reason":{quoted},"parameters":[{quoted}]}}"#);
    for action in [
        Action::Respond(Response::json(400, body.clone())),
        Action::Respond(Response::json(500, body)),
        Action::Respond(Response::raw(502, "text/html", format!("<html><title>{PASSWORD}</title>{PASSWORD}</html>"))),
        Action::Respond(Response::raw(403, "text/plain", format!("no: {PASSWORD}"))),
        Action::Respond(Response::json(200, format!(r#"{{"_id": {quoted}}}"#))),
    ] {
        scan.fixture.atlas.fault(Fault::new(Operation::Create, action));
        scan.run(&APPLY).failure();
    }

    scan.run(&["plan", "-out=saved.tfplan"]).success();
    scan.run(&["show", "-json", "saved.tfplan"]).success();
    scan.run(&["show", "saved.tfplan"]).success();
    scan.run(&["apply", "saved.tfplan"]).success();
    scan.run(&["show", "-json"]).success();
    write(scan, &example.clone().source("password_wo_version", "2").with("cutover", "true"));
    let running = waiting_apply(&scan.fixture);
    running.interrupt();
    scan.take(finish(running).failure());
    scan.fixture.atlas.advance(UNTIL_READY);
    let running = scan.fixture.workspace.start(APPLY);
    wait_until_cut_over(&scan.fixture);
    scan.fixture.atlas.advance(Duration::from_secs(1));
    scan.take(finish(running).success());
    scan.run(&["plan", "-detailed-exitcode"]).success();
    let id = scan.fixture.id(ADDRESS);
    scan.run(&["destroy", "-auto-approve"]).success();
    scan.run(&["import", ADDRESS, &format!("{GROUP}/{id}")]).success();
    scan.run(&APPLY).success();
    assert_eq!((scan.fixture.starts(), cutovers(&scan.fixture)), (1, 1));
    revoked(&scan.fixture);
    scan.run(&["plan"]).failure();
}

#[track_caller]
fn log(fixture: &Fixture) -> String {
    let log = std::fs::read_to_string(fixture.workspace.path().join(LOG)).unwrap();
    assert!(log.contains("[TRACE]") && log.contains("Atlas API request"), "the log level is not TRACE");
    log
}

/// A password with white space that can be collapsed or trimmed, and with characters that are escaped.
const LINES: &str = "correct  horse\tbattery&\"staple\"\n";

#[test]
fn masks_password_in_every_encoding() {
    let json = serde_json::to_string(LINES).unwrap();
    let units: String = LINES.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
    let basic = |before: &str| base64(format!("{before}{LINES}").as_bytes());
    let forms = [
        LINES.to_owned(),
        LINES.trim().to_owned(),
        LINES.split_whitespace().collect::<Vec<_>>().join(" "),
        json[1..json.len() - 1].to_owned(),
        units.clone(),
        percent_encoded(LINES),
        percent_encoded(LINES.trim()).to_lowercase().replace("%20", "+"),
        LINES.replace('&', "&amp;").replace('"', "&quot;"),
        LINES.replace('&', "&#38;").replace('"', "&#x22;"),
        basic(""),
        basic("example:"),
        basic("reader:").replace('+', "-").replace('/', "_"),
    ];
    let fixture = Fixture::new();
    fixture.workspace.env("TF_LOG", "TRACE").env("TF_LOG_PATH", fixture.workspace.path().join(LOG));
    fixture.workspace.env("TF_VAR_source_password", LINES);
    let stored = fixture.example().without_password().source("password", "var.source_password");
    fixture.write(format!("variable \"source_password\" {{\n  sensitive = true\n}}\n\n{stored}"));
    fixture.atlas.fail_next_validation(format!("Wrong: <{}>", forms.join("> <")));
    let mut printed = String::new();
    let mut run = || {
        let run = fixture.run(&APPLY);
        printed.push_str(&format!("{}{}", run.failure().stdout(), run.stderr()));
    };
    run();
    let all = serde_json::to_string(&forms.join(" | ")).unwrap();
    let location = format!("https://sso.example.com/{}", forms[5]);
    for response in [
        Response::json(
            400,
            format!(r#"{{"error":400,"errorCode":"INVALID","detail":{all},"parameters":["{units}"]}}"#),
        ),
        Response::raw(502, "text/html", format!("<html><title>{}</title></html>", forms.join(" "))),
        Response::raw(500, "text/plain", forms.join(" ")),
        Response::raw(307, "text/plain", "").header("location", &location),
    ] {
        fixture.atlas.fault(Fault::new(Operation::Validate, Action::Respond(response)));
        run();
    }
    printed.push_str(&log(&fixture));
    for form in forms.iter().map(String::as_str).chain(["correct", "horse", "battery", "staple"]) {
        assert!(!printed.contains(form.trim()), "{form:?} is in {printed}");
    }
    assert!(printed.matches("***").count() > 2 * forms.len(), "{printed}");
}

#[test]
fn writes_no_secret_of_a_key_pair() {
    let Some(terraform) = with(Feature::WriteOnly) else { return };
    let fixture = Fixture::on(&terraform);
    fixture.workspace.env("TF_VAR_first", Config::PUBLIC_KEY).env("TF_VAR_second", Config::PRIVATE_KEY);
    let mut scan = SecretScan::new(fixture, &[PASSWORD, Config::PRIVATE_KEY]);
    let block = "  public_key  = var.first\n  private_key = var.second\n";
    full_lifecycle(&mut scan, block, |fixture| fixture.atlas.revoke(Config::PUBLIC_KEY));
    log(&scan.fixture);
    scan.assert_no_secrets();
}

#[test]
fn writes_no_secret_of_a_service_account() {
    let Some(terraform) = with(Feature::WriteOnly) else { return };
    let fixture = Fixture::on(&terraform);
    fixture.workspace.env("TF_VAR_first", Config::CLIENT_ID).env("TF_VAR_second", Config::CLIENT_SECRET);
    let mut scan = SecretScan::new(fixture, &[PASSWORD, Config::CLIENT_SECRET]);
    let block = "  client_id     = var.first\n  client_secret = var.second\n";
    full_lifecycle(&mut scan, block, |fixture| fixture.atlas.revoke(Config::CLIENT_ID));
    log(&scan.fixture);
    scan.assert_no_secrets();
}

#[test]
fn writes_no_access_token() {
    let Some(terraform) = with(Feature::WriteOnly) else { return };
    let fixture = Fixture::on(&terraform);
    let token = fixture.atlas.issue_token(Config::CLIENT_ID);
    fixture.workspace.env("TF_VAR_first", &token);
    let mut scan = SecretScan::new(fixture, &[PASSWORD, &token]);
    full_lifecycle(&mut scan, "  access_token = var.first\n", |fixture| fixture.atlas.expire_tokens());
    log(&scan.fixture);
    scan.assert_no_secrets();
}

#[test]
fn writes_stored_password_only_to_the_state() {
    let fixture = Fixture::new();
    let mut scan = SecretScan::new(fixture, &[PASSWORD]);
    let stored = scan.fixture.example().without_password().source("password", "var.source_password");
    scan.fixture.workspace.env("TF_VAR_source_password", PASSWORD);
    let variable = "variable \"source_password\" {\n  sensitive = true\n}\n\n";
    scan.fixture.write(format!("{variable}{stored}"));
    scan.fixture.atlas.fail_next_validation(format!("Cannot log in with {PASSWORD}."));
    scan.run(&APPLY).failure();
    scan.run(&APPLY).success();
    scan.run(&["state", "show", ADDRESS]).success();
    scan.run(&["plan", "-detailed-exitcode"]).success();
    assert_eq!(scan.fixture.stored()["source"]["password"], PASSWORD);
    log(&scan.fixture);
    std::fs::remove_file(scan.fixture.workspace.path().join("terraform.tfstate")).unwrap();
    scan.assert_no_secrets();
}

#[test]
fn scan_finds_a_secret_in_a_file() {
    let fixture = Fixture::new();
    let scan = SecretScan::new(fixture, &[PASSWORD]);
    scan.fixture.workspace.file("inner/some.file", format!("before {PASSWORD} after"));
    let mut found = Vec::new();
    scan.scan_folder(scan.fixture.workspace.path(), &mut found);
    assert_eq!(found.len(), 1, "{found:?}");
}
