//! Real Terraform with a thousand migrations, against a thousand `terraform_data`: wall time of plans, and requests of a refresh.

use std::time::{Duration, Instant};

use atlas_simulator::{Config, Operation, Simulator};
use test_support::terraform::{ProviderBinary, Terraform, Workspace};

use crate::binaries::Binaries;
use crate::table::{Table, median, ratio, seconds};

/// How many resources.
const COUNT: usize = 1000;
/// How many plans of each kind; they take turns.
const ROUNDS: usize = 3;
/// How many times as long as with `terraform_data` a plan may take.
const AIM: f64 = 1.3;

/// Measures with the Terraform on PATH.
pub(crate) fn measure(binaries: &Binaries, table: &mut Table) {
    let terraform = Terraform::on_path();
    let simulator =
        Simulator::start(Config { rate_limit: u32::MAX, ..Config::default() }).expect("the simulator starts");
    let ours = Workspace::new(&terraform, &ProviderBinary::new("atlas-live-migration/atlas", &binaries.provider));
    ours.file("main.tf", migrations(&simulator.url())).limit(Duration::from_secs(600));
    let builtin = Workspace::without_provider(&terraform);
    builtin.file("main.tf", terraform_data()).limit(Duration::from_secs(600));

    compare(&format!("plan of {COUNT} new, {terraform}"), &ours, &builtin, &["plan", "-detailed-exitcode"], 2, table);
    for workspace in [&ours, &builtin] {
        workspace.run(["apply", "-auto-approve"]).success();
    }
    assert_eq!(simulator.received(Operation::Create), COUNT);

    let before = (simulator.requests().len(), simulator.challenges(), simulator.connections());
    ours.plan_is_empty();
    let requests = simulator.requests().len() - before.0;
    let text = format!("{requests} requests, {} of them challenged", simulator.challenges() - before.1);
    table.judge(
        format!("refresh of {COUNT} migrations"),
        text,
        format!("{} requests", COUNT + 1),
        requests == COUNT + 1,
    );
    table.tell("connections of that refresh", (simulator.connections() - before.2).to_string());
    compare(
        &format!("plan of {COUNT} existing, refreshed"),
        &ours,
        &builtin,
        &["plan", "-detailed-exitcode"],
        0,
        table,
    );
    let unrefreshed = ["plan", "-detailed-exitcode", "-refresh=false"];
    compare(&format!("plan of {COUNT} existing, not refreshed"), &ours, &builtin, &unrefreshed, 0, table);
}

fn compare(title: &str, ours: &Workspace, builtin: &Workspace, command: &[&str], code: i32, table: &mut Table) {
    let time = |workspace: &Workspace| {
        let begin = Instant::now();
        workspace.run(command).exit(code);
        begin.elapsed()
    };
    let pairs: Vec<_> = (0..ROUNDS).map(|_| (time(ours), time(builtin))).collect();
    let (ours, builtin): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
    let times = ratio(median(&ours), median(&builtin));
    table.judge(
        title,
        format!("{} = {times:.2} times {}", seconds(median(&ours)), seconds(median(&builtin))),
        format!("{AIM} times terraform_data"),
        times <= AIM,
    );
}

fn migrations(url: &str) -> String {
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

/// As much to keep as a migration.
fn terraform_data() -> String {
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
