//! Real Terraform with 1000 migrations, compared with 1000 `terraform_data`: wall time of plans, and requests of a
//! refresh.

use std::time::{Duration, Instant};

use atlas_simulator::{Config, Operation, Simulator};
use test_support::terraform::{ProviderBinary, Terraform, Workspace};

use crate::binaries::Binaries;
use crate::table::{Table, median, ratio, seconds};

/// The number of resources.
const COUNT: usize = 1000;
/// The number of alternating plans of each kind.
const ROUNDS: usize = 3;
/// The highest acceptable ratio to the time of a plan with `terraform_data`.
const MAX_RATIO: f64 = 1.3;

/// Measures with the Terraform on PATH.
pub(crate) fn measure(binaries: &Binaries, table: &mut Table) {
    let terraform = Terraform::on_path();
    let simulator =
        Simulator::start(Config { rate_limit: u32::MAX, ..Config::default() }).expect("the simulator starts");
    let migrations = Workspace::new(&terraform, &ProviderBinary::new("atlas-live-migration/atlas", &binaries.provider));
    migrations.file("main.tf", migrations_config(&simulator.url())).limit(Duration::from_secs(600));
    let builtin = Workspace::without_provider(&terraform);
    builtin.file("main.tf", terraform_data_config()).limit(Duration::from_secs(600));

    compare(
        &format!("plan of {COUNT} new, {terraform}"),
        &migrations,
        &builtin,
        &["plan", "-detailed-exitcode"],
        2,
        table,
    );
    for workspace in [&migrations, &builtin] {
        workspace.run(["apply", "-auto-approve"]).success();
    }
    assert_eq!(simulator.received(Operation::Create), COUNT);

    let before = (simulator.requests().len(), simulator.challenges(), simulator.connections());
    migrations.plan_is_empty();
    let requests = simulator.requests().len() - before.0;
    let text = format!("{requests} requests, {} of them challenged", simulator.challenges() - before.1);
    table.check(
        format!("refresh of {COUNT} migrations"),
        text,
        format!("{} requests", COUNT + 1),
        requests == COUNT + 1,
    );
    table.record("connections of that refresh", (simulator.connections() - before.2).to_string());
    compare(
        &format!("plan of {COUNT} existing, refreshed"),
        &migrations,
        &builtin,
        &["plan", "-detailed-exitcode"],
        0,
        table,
    );
    let unrefreshed = ["plan", "-detailed-exitcode", "-refresh=false"];
    compare(&format!("plan of {COUNT} existing, not refreshed"), &migrations, &builtin, &unrefreshed, 0, table);
}

fn compare(title: &str, migrations: &Workspace, builtin: &Workspace, command: &[&str], code: i32, table: &mut Table) {
    let time = |workspace: &Workspace| {
        let begin = Instant::now();
        workspace.run(command).exit(code);
        begin.elapsed()
    };
    let pairs: Vec<_> = (0..ROUNDS).map(|_| (time(migrations), time(builtin))).collect();
    let (migrations, builtin): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
    let times = ratio(median(&migrations), median(&builtin));
    table.check(
        title,
        format!("{} = {times:.2} times {}", seconds(median(&migrations)), seconds(median(&builtin))),
        format!("{MAX_RATIO} times terraform_data"),
        times <= MAX_RATIO,
    );
}

fn migrations_config(url: &str) -> String {
    format!(
        r#"
terraform {{
  required_providers {{
    atlas = {{ source = "atlas-live-migration/atlas" }}
  }}
}}

provider "atlas" {{
  public_key  = "{}"
  private_key = "{}"
  base_url    = "{url}"
}}

resource "atlas_live_migration" "m" {{
  count = {COUNT}

  source {{
    group_id               = "9b43a5b329223c3a1591a678"
    cluster_name           = "source${{count.index}}"
    managed_authentication = true
  }}

  destination {{
    group_id     = "e01c9427f054fe80745f3f6c"
    cluster_name = "destination${{count.index}}"
  }}

  migration_hosts = ["vm${{count.index}}.example.com"]
  validate        = false
}}
"#,
        Config::PUBLIC_KEY,
        Config::PRIVATE_KEY,
    )
}

/// As much state as a migration.
fn terraform_data_config() -> String {
    format!(
        r#"
resource "terraform_data" "m" {{
  count = {COUNT}

  input = {{
    source = {{
      group_id               = "9b43a5b329223c3a1591a678"
      cluster_name           = "source${{count.index}}"
      managed_authentication = true
    }}
    destination = {{
      group_id     = "e01c9427f054fe80745f3f6c"
      cluster_name = "destination${{count.index}}"
    }}
    migration_hosts = ["vm${{count.index}}.example.com"]
    validate        = false
  }}
}}
"#
    )
}
