//! The operations on migrations and validations in both API versions, against the simulator, which checks every field and header.

use std::time::Duration;

use atlas_client::{
    ApiVersion, Client, Config, Credentials, HostnameSchemaType, ShardKey, Sharding, ShardingEntry, Status,
    ValidationStatus,
};
use atlas_simulator::{Action, Config as Simulation, Fault, Operation, Simulator};

use crate::support::{GROUP, ID, config, migration, options, owner, service_account};

fn frozen() -> Simulator {
    Simulator::start(Simulation { speed: 0.0, ..Simulation::default() }).unwrap()
}

async fn lifecycle(api_version: ApiVersion, credentials: Credentials) {
    let simulator = frozen();
    let client = Client::new(Config { api_version, ..config(&simulator.url(), credentials) });
    let (request, options) = (migration(), options());

    let validation = client.validate(&request, &options).await.unwrap();
    assert_eq!(validation.status, Some(ValidationStatus::Pending));
    simulator.advance(Duration::from_secs(2));
    let validation = client.validation(GROUP, &validation.id, &options).await.unwrap();
    assert_eq!((validation.status, validation.error_message), (Some(ValidationStatus::Success), None));

    let created = client.create(&request, &options).await.unwrap();
    let id = created.id;
    simulator.advance(Duration::from_secs(2));
    let working = client.read(GROUP, &id, &options).await.unwrap();
    assert_eq!((working.status, working.ready_for_cutover), (Some(Status::Working), Some(false)));
    assert!(working.lag_time_seconds.is_some_and(|lag| lag > 0), "{:?}", working.lag_time_seconds);
    assert_eq!(working.migration_hosts.unwrap(), ["vm001.example.com"]);

    simulator.advance(Duration::from_secs(10));
    assert_eq!(client.read(GROUP, &id, &options).await.unwrap().ready_for_cutover, Some(true));
    client.cutover(GROUP, &id, &options).await.unwrap();
    simulator.advance(Duration::from_secs(10));
    let complete = client.read(GROUP, &id, &options).await.unwrap();
    assert!(complete.id == id && complete.status.is_some_and(|status| status == Status::Complete && status.is_final()));
    assert_eq!(simulator.erasures(GROUP, "exampleClusterB"), 0);
}

#[tokio::test]
async fn lifecycle_in_v2_with_a_key_pair() {
    lifecycle(ApiVersion::V2, owner()).await;
}

#[tokio::test]
async fn lifecycle_in_v2_with_a_service_account() {
    lifecycle(ApiVersion::V2, service_account()).await;
}

#[tokio::test]
async fn lifecycle_in_v1_with_a_key_pair() {
    lifecycle(ApiVersion::V1, owner()).await;
}

#[tokio::test]
async fn v2_accepts_every_field() {
    let simulator = frozen();
    let client = Client::new(config(&simulator.url(), owner()));
    let mut request = migration();
    request.destination.hostname_schema_type = Some(HostnameSchemaType::PrivateLink);
    request.destination.private_link_id = Some("vpce-0123".into());
    request.drop_destination = true;
    let entry = ShardingEntry {
        database: "shop".into(),
        collection: "orders".into(),
        key: vec![("region".into(), ShardKey::Ascending), ("customer".into(), ShardKey::Hashed)],
    };
    request.sharding = Some(Sharding { create_supporting_indexes: true, entries: vec![entry] });
    client.create(&request, &options()).await.unwrap();
    assert_eq!(simulator.erasures(GROUP, "exampleClusterB"), 1);
}

#[tokio::test]
async fn failed_validation_has_a_message() {
    let simulator = frozen();
    simulator.fail_next_validation("no such user");
    let client = Client::new(config(&simulator.url(), owner()));
    let id = client.validate(&migration(), &options()).await.unwrap().id;
    simulator.advance(Duration::from_secs(5));
    let failed = client.validation(GROUP, &id, &options()).await.unwrap();
    assert_eq!(failed.status, Some(ValidationStatus::Failed));
    assert_eq!(failed.error_message.as_deref(), Some("no such user"));
}

#[tokio::test]
async fn validation_error_names_the_field() {
    let simulator = frozen();
    let client = Client::new(config(&simulator.url(), owner()));
    let mut request = migration();
    request.source.group_id = "not-hex".into();
    let error = client.create(&request, &options()).await.unwrap_err();
    let api = error.api().unwrap();
    assert_eq!(api.status, 400);
    assert!(api.fields.iter().any(|(field, _)| field == "source.groupId"), "{api:?}");
    assert!(!error.outcome_unknown() && simulator.migrations().is_empty());
}

#[tokio::test]
async fn unknown_migration_is_a_json_404() {
    let simulator = frozen();
    let client = Client::new(config(&simulator.url(), owner()));
    let error = client.read(GROUP, ID, &options()).await.unwrap_err();
    assert!(error.is_not_found_json() && error.error_code().is_some(), "{error}");
    assert_eq!(error.attempts(), 1);
}

#[tokio::test]
async fn returns_sunset_and_deprecation_once() {
    let simulator = frozen();
    let sunset = Action::header("Sunset", "Thu, 01 Jul 2027 00:00:00 GMT");
    simulator.fault(Fault::new(Operation::Create, sunset).forever());
    let client = Client::new(config(&simulator.url(), owner()));
    client.create(&migration(), &options()).await.unwrap();
    client.create(&migration(), &options()).await.unwrap_err();
    let notices = client.take_notices();
    assert_eq!(notices.len(), 1);
    assert_eq!((notices[0].operation, notices[0].value.as_str()), ("create", "Thu, 01 Jul 2027 00:00:00 GMT"));
    assert!(client.take_notices().is_empty());
}

#[tokio::test]
async fn sends_the_user_agent_with_every_request() {
    let simulator = frozen();
    let client = Client::new(config(&simulator.url(), service_account()));
    client.read(GROUP, ID, &options()).await.unwrap_err();
    let requests = simulator.requests();
    assert!(
        requests.len() == 2 && requests.iter().all(|r| r.user_agent.as_deref() == Some("test/1.0")),
        "{requests:?}"
    );
}
