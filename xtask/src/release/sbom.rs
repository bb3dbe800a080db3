//! The software bill of materials of one archive, in CycloneDX 1.6. It names no folder of the builder and no time but the
//! commit's, so that two builds of one commit have the same one.

use serde_json::{Value, json};

use super::archive::sha256;
use super::inventory::Crate;
use super::provenance::Provenance;
use super::{PACKAGE, VERSION};

/// Of its file, which otherwise has the name of the archive.
pub(super) const EXTENSION: &str = "cdx.json";
const STANDARD_LIBRARY: &str = "rust-std";

/// What `xtask:` properties say about a build.
const COMMIT: &str = "xtask:commit";
const RUSTC: &str = "xtask:rustc";
const TARGET: &str = "xtask:target";
const SNAPSHOT: &str = "xtask:snapshot";

pub(super) fn write(crates: &[Crate], provenance: &Provenance, binary: &[u8]) -> Result<String, String> {
    let (own, others): (Vec<_>, Vec<_>) = crates.iter().partition(|one| one.name == PACKAGE);
    let mut components: Vec<_> = others.into_iter().map(component).collect();
    components.push(standard_library(provenance));
    let mut dependencies: Vec<_> =
        crates.iter().map(|one| json!({ "ref": one.reference(), "dependsOn": one.dependencies })).collect();
    dependencies.push(json!({ "ref": STANDARD_LIBRARY, "dependsOn": [] }));
    let properties = [
        (COMMIT, provenance.commit.as_str()),
        (RUSTC, &provenance.rustc),
        (TARGET, &provenance.target),
        (SNAPSHOT, if provenance.snapshot { "true" } else { "false" }),
    ];
    let document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": provenance.time,
            "component": {
                "type": "application",
                "bom-ref": own.first().map(|one| one.reference()),
                "name": PACKAGE,
                "version": VERSION,
                "licenses": [{ "expression": env!("CARGO_PKG_LICENSE") }],
                "hashes": [{ "alg": "SHA-256", "content": sha256(binary) }],
            },
            "properties": properties.map(|(name, value)| json!({ "name": name, "value": value })),
        },
        "components": components,
        "dependencies": dependencies,
    });
    let text = serde_json::to_string_pretty(&document).map_err(|error| format!("the SBOM: {error}"))?;
    Ok(text + "\n")
}

fn component(one: &Crate) -> Value {
    let mut component = json!({
        "type": "library",
        "bom-ref": one.reference(),
        "name": one.name,
        "version": one.version,
        "licenses": [{ "expression": one.license }],
    });
    // The crates of this workspace are on no registry.
    if let Some(checksum) = &one.checksum {
        component["purl"] = json!(format!("pkg:cargo/{}@{}", one.name, one.version));
        component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
    }
    if let Some(repository) = &one.repository {
        component["externalReferences"] = json!([{ "type": "vcs", "url": repository }]);
    }
    component
}

fn standard_library(provenance: &Provenance) -> Value {
    json!({
        "type": "library",
        "bom-ref": STANDARD_LIBRARY,
        "name": STANDARD_LIBRARY,
        "version": provenance.rustc.split(' ').nth(1),
        "licenses": [{ "expression": "MIT OR Apache-2.0" }],
    })
}

/// What an SBOM says about its build.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Build {
    pub(super) version: String,
    pub(super) binary_sha256: String,
    pub(super) provenance: Provenance,
}

pub(super) fn read(text: &str) -> Result<Build, String> {
    let document: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let string = |value: &Value, name: &str| value.as_str().map(str::to_owned).ok_or_else(|| format!("no {name}"));
    let metadata = &document["metadata"];
    let property = |name: &str| {
        let properties = metadata["properties"].as_array();
        let found = properties.and_then(|all| all.iter().find(|one| one["name"] == name));
        string(found.map_or(&Value::Null, |one| &one["value"]), name)
    };
    Ok(Build {
        version: string(&metadata["component"]["version"], "version")?,
        binary_sha256: string(&metadata["component"]["hashes"][0]["content"], "hash of the binary")?,
        provenance: Provenance {
            commit: property(COMMIT)?,
            time: string(&metadata["timestamp"], "timestamp")?,
            rustc: property(RUSTC)?,
            target: property(TARGET)?,
            snapshot: property(SNAPSHOT)? == "true",
        },
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn provenance() -> Provenance {
        Provenance {
            commit: "0123456789abcdef0123456789abcdef01234567".to_owned(),
            time: "2026-12-01T10:00:00Z".to_owned(),
            rustc: "rustc 1.95.0 (59807616e 2026-04-14)".to_owned(),
            target: "x86_64-unknown-linux-musl".to_owned(),
            snapshot: false,
        }
    }

    #[test]
    fn describes_the_build_and_every_crate_without_a_folder() {
        let provider = Crate {
            name: PACKAGE.to_owned(),
            version: VERSION.to_owned(),
            license: "Apache-2.0".to_owned(),
            repository: None,
            folder: "/home/me/provider".into(),
            checksum: None,
            dependencies: ["serde@1.0.2".to_owned()].into(),
        };
        let serde = Crate {
            name: "serde".to_owned(),
            version: "1.0.2".to_owned(),
            license: "MIT OR Apache-2.0".to_owned(),
            repository: Some("https://example.com/serde".to_owned()),
            folder: "/home/me/.cargo/serde".into(),
            checksum: Some("ab".repeat(32)),
            dependencies: [].into(),
        };
        let text = write(&[serde, provider], &provenance(), b"abc").expect("an SBOM");
        assert!(!text.contains("/home"), "{text}");
        let document: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(document["components"].as_array().map(Vec::len), Some(2));
        assert_eq!(document["components"][0]["purl"], "pkg:cargo/serde@1.0.2");
        assert_eq!(document["components"][1]["version"], "1.95.0");
        assert_eq!(document["dependencies"][1]["dependsOn"], json!(["serde@1.0.2"]));
        let build = read(&text).expect("a build");
        assert_eq!((build.version.as_str(), build.provenance), (VERSION, provenance()));
        assert_eq!(build.binary_sha256, sha256(b"abc"));
    }

    #[test]
    fn reports_what_an_sbom_lacks() {
        assert_eq!(read("{}"), Err("no version".to_owned()));
    }
}
