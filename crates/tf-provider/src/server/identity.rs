//! Decodes and encodes identities.

use super::dynamic_value::{decode_any, dynamic_value, undecodable};
use crate::diagnostics::{Diagnostics, Failed};
use crate::dyn_resource::DynResource;
use crate::proto::tfplugin5::ResourceIdentityData;
use crate::value::{Value, msgpack};

/// Decodes an identity. None if the resource has no identity, or if all attributes are null.
pub(super) fn decode(
    resource: &dyn DynResource,
    data: Option<&ResourceIdentityData>,
    diagnostics: &mut Diagnostics,
) -> Result<Option<Value>, Failed> {
    let (Some(schema), Some(data)) = (resource.identity_schema(), data) else { return Ok(None) };
    let value = decode_any(&schema.implied_type(), data.identity_data.as_ref()).map_err(|error| {
        diagnostics.fail(undecodable(&format!("an identity of `{}`", resource.type_name()), &error))
    })?;
    Ok(Some(value).filter(|value| !is_blank(value)))
}

/// Encodes the first identity that Terraform accepts: it must fit the schema and be wholly known. Terraform can't show
/// a plan with an unknown identity.
pub(super) fn encode(
    resource: &dyn DynResource,
    candidates: impl IntoIterator<Item = Option<Value>>,
) -> Option<ResourceIdentityData> {
    let r#type = resource.identity_schema()?.implied_type();
    let known = candidates.into_iter().flatten().filter(|value| !is_blank(value) && !value.has_unknown());
    let msgpack = known.filter_map(|value| msgpack::encode(&value, &r#type).ok()).next()?;
    Some(ResourceIdentityData { identity_data: Some(dynamic_value(msgpack)) })
}

/// Null, or an object of nulls.
fn is_blank(value: &Value) -> bool {
    match value {
        Value::Map(attributes) => attributes.values().all(Value::is_null),
        other => other.is_null(),
    }
}
