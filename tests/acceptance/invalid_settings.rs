//! Invalid settings of the provider, in its block or in the environment, before any request.

use crate::configuration::SHARDING;
use crate::invalid_configuration::without_credentials;
use crate::support::{Fixture, error_at};
use test_support::terraform::Terraform;

#[test]
fn reports_invalid_provider_arguments_at_their_line() {
    let fixture = without_credentials(&Terraform::on_path());
    for (name, value, summary) in [
        ("base_url", "\"cloud\"", "Base URL can't be used"),
        ("base_url", "\"http://atlas.example.com\"", "Base URL can't be used"),
        ("base_url", "\"ftp://127.0.0.1\"", "Base URL can't be used"),
        ("api_version", "\"v3\"", "Unknown API version"),
    ] {
        fixture.write(format!("provider \"atlas\" {{\n  {name} = {value}\n}}\n\n{}", fixture.example()));
        let run = fixture.run(&["validate"]);
        run.failure();
        error_at(&run, summary, &format!("{name} = {value}"));
        let run = fixture.run(&["plan"]);
        run.failure();
        error_at(&run, summary, &format!("{name} = {value}"));
    }
    let gov = "provider \"atlas\" {\n  base_url            = \"https://cloud.mongodb.com\"\n  is_mongodbgov_cloud = true\n}\n\n";
    fixture.write(format!("{gov}{}", fixture.example()));
    let run = fixture.run(&["validate"]);
    run.failure();
    error_at(&run, "Base URL is not that of Atlas for Government", "base_url = \"https://cloud.mongodb.com\"");
    assert_eq!(fixture.atlas.requests().len(), 0);
}

#[test]
fn missing_credentials_error_names_the_environment_variables() {
    let fixture = without_credentials(&Terraform::on_path());
    fixture.write(fixture.example());
    fixture.run(&["validate"]).success();
    // The plan sends no request.
    fixture.run(&["plan"]).success();
    let run = fixture.run(&["apply", "-auto-approve"]);
    run.failure();
    error_at(&run, "Atlas credentials are missing", "");
    for name in [
        "MONGODB_ATLAS_PUBLIC_API_KEY",
        "MONGODB_ATLAS_PRIVATE_API_KEY",
        "MONGODB_ATLAS_CLIENT_ID",
        "MONGODB_ATLAS_CLIENT_SECRET",
        "MONGODB_ATLAS_ACCESS_TOKEN",
    ] {
        run.says(name);
    }

    fixture.workspace.env("MONGODB_ATLAS_PUBLIC_API_KEY", "abcdefgh");
    let run = fixture.run(&["apply", "-auto-approve"]);
    run.failure();
    let text = error_at(&run, "Atlas credentials are incomplete", "");
    assert!(text.contains("MONGODB_ATLAS_PRIVATE_API_KEY"), "{text}");
    assert_eq!((fixture.atlas.requests().len(), fixture.addresses().len()), (0, 0));
}

#[test]
fn reports_invalid_environment_variables_at_the_first_request() {
    for (name, value, summary) in [
        ("MONGODB_ATLAS_BASE_URL", "http://atlas.example.com", "Base URL can't be used"),
        ("MONGODB_ATLAS_API_VERSION", "v7", "Unknown API version"),
        ("ATLAS_POLL_INTERVAL", "often", "Malformed poll interval"),
    ] {
        let fixture = Fixture::new();
        fixture.workspace.env(name, value);
        let run = fixture.apply(fixture.example());
        run.failure();
        let text = error_at(&run, summary, "");
        assert!(text.contains(name) && text.contains(value), "{text}");
        assert_eq!((fixture.atlas.requests().len(), fixture.addresses().len()), (0, 0));
    }
}

#[test]
fn rejects_sharding_in_the_legacy_api() {
    let fixture = Fixture::new().legacy();
    fixture.write(fixture.example().block(SHARDING));
    fixture.run(&["validate"]).success();
    let run = fixture.run(&["plan"]);
    run.failure();
    error_at(&run, "Sharding requires API version v2", "sharding {");
    assert_eq!(fixture.atlas.requests().len(), 0);
}
