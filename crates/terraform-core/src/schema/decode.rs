//! Reads the answers to GetSchema and GetResourceIdentitySchemas into [`Schemas`], or says why Terraform would refuse them.
//! Knows no values and makes no calls.

use std::collections::{BTreeMap, HashMap};

use super::{Attribute, Block, Identity, IdentityAttribute, NestedBlock, Nesting, Resource, Schemas, check};
use crate::value::Type;
use crate::wire::tfplugin5::{self as wire, schema::nested_block::NestingMode};

/// Reads and checks both answers; `write_only` false reads the schema as a Terraform that does not know write-only attributes.
///
/// # Errors
/// Everything that is wrong, each with the name of the schema that it is in. Terraform says of any of it «Failed to load plugin schemas».
pub fn decode(
    schema: &wire::get_provider_schema::Response,
    identities: Option<&wire::get_resource_identity_schemas::Response>,
    write_only: bool,
) -> Result<Schemas, Vec<String>> {
    let mut problems = Vec::new();
    let provider = match &schema.provider {
        Some(provider) => read_schema(provider, "provider", &mut problems),
        None => {
            problems.push("missing provider schema".to_owned());
            Block::default()
        }
    };
    for diagnostic in &schema.diagnostics {
        problems.push(format!("diagnostic in the answer: {}", diagnostic.summary));
    }
    let mut resources = BTreeMap::new();
    for (name, resource) in &schema.resource_schemas {
        let mut block = read_schema(resource, name, &mut problems);
        check::block(&block, name, &mut problems);
        if !write_only {
            forget_write_only(&mut block);
        }
        let identity = identities.and_then(|answer| answer.identity_schemas.get(name));
        let identity = identity.map(|identity| read_identity(identity, name, &mut problems));
        resources.insert(name.clone(), Resource { version: resource.version, block, identity });
    }
    read_others(schema, identities, &mut problems);
    let capabilities = schema.server_capabilities.unwrap_or_default();
    let schemas = Schemas {
        provider,
        resources,
        plan_destroy: capabilities.plan_destroy,
        schema_optional: capabilities.get_provider_schema_optional,
    };
    if problems.is_empty() { Ok(schemas) } else { Err(problems) }
}

fn read_schema(schema: &wire::Schema, name: &str, problems: &mut Vec<String>) -> Block {
    if schema.version < 0 {
        problems.push(format!("{name}: version {} is negative", schema.version));
    }
    match &schema.block {
        Some(block) => read_block(block, name, problems),
        None => {
            problems.push(format!("{name}: schema without a block, which makes Terraform panic"));
            Block::default()
        }
    }
}

fn read_block(block: &wire::schema::Block, name: &str, problems: &mut Vec<String>) -> Block {
    if !block.deprecation_message.is_empty() && !block.deprecated {
        problems.push(format!("{name}: deprecation_message without deprecated"));
    }
    let mut read = Block::default();
    for attribute in &block.attributes {
        let path = format!("{name}.{}", attribute.name);
        if !attribute.deprecation_message.is_empty() && !attribute.deprecated {
            problems.push(format!("{path}: deprecation_message without deprecated"));
        }
        let attribute_read = Attribute {
            ty: read_type(&attribute.r#type, &path, problems),
            required: attribute.required,
            optional: attribute.optional,
            computed: attribute.computed,
            sensitive: attribute.sensitive,
            write_only: attribute.write_only,
        };
        if read.attributes.insert(attribute.name.clone(), attribute_read).is_some() {
            problems.push(format!("{path}: two attributes of this name"));
        }
    }
    for nested in &block.block_types {
        let path = format!("{name}.{}", nested.type_name);
        if let Some(nested_read) = read_nested(nested, &path, problems)
            && read.blocks.insert(nested.type_name.clone(), nested_read).is_some()
        {
            problems.push(format!("{path}: two block types of this name"));
        }
    }
    read
}

fn read_nested(nested: &wire::schema::NestedBlock, path: &str, problems: &mut Vec<String>) -> Option<NestedBlock> {
    let nesting = match nested.nesting() {
        NestingMode::Single => Nesting::Single,
        NestingMode::Group => Nesting::Group,
        NestingMode::List => Nesting::List,
        NestingMode::Set => Nesting::Set,
        NestingMode::Map => Nesting::Map,
        NestingMode::Invalid => {
            problems.push(format!("{path}: invalid nesting mode"));
            return None;
        }
    };
    let Some(block) = &nested.block else {
        problems.push(format!("{path}: nested block without a block"));
        return None;
    };
    let block = read_block(block, path, problems);
    Some(NestedBlock { nesting, min_items: nested.min_items, max_items: nested.max_items, block })
}

fn read_type(json: &[u8], path: &str, problems: &mut Vec<String>) -> Type {
    Type::parse(json).unwrap_or_else(|problem| {
        problems.push(format!("{path}: {problem}, which makes Terraform panic"));
        Type::Dynamic
    })
}

fn read_identity(identity: &wire::ResourceIdentitySchema, name: &str, problems: &mut Vec<String>) -> Identity {
    let mut attributes = BTreeMap::new();
    if identity.version < 0 {
        problems.push(format!("identity of {name}: version {} is negative", identity.version));
    }
    for attribute in &identity.identity_attributes {
        let path = format!("identity of {name}.{}", attribute.name);
        let ty = read_type(&attribute.r#type, &path, problems);
        if attribute.required_for_import == attribute.optional_for_import {
            problems.push(format!("{path}: not exactly one of required_for_import and optional_for_import"));
        }
        if matches!(ty, Type::Map(_) | Type::Set(_) | Type::Object(_) | Type::Dynamic) {
            problems.push(format!("{path}: maps, sets and objects are not allowed in an identity"));
        }
        let attribute_read = IdentityAttribute { ty, required_for_import: attribute.required_for_import };
        if attributes.insert(attribute.name.clone(), attribute_read).is_some() {
            problems.push(format!("{path}: two attributes of this name"));
        }
    }
    Identity { version: identity.version, attributes }
}

/// Checks what a provider may have beside resources.
fn read_others(
    schema: &wire::get_provider_schema::Response,
    identities: Option<&wire::get_resource_identity_schemas::Response>,
    problems: &mut Vec<String>,
) {
    let mut blocks = |kind: &str, schemas: &HashMap<String, wire::Schema>| {
        for (name, schema) in schemas {
            let name = format!("{kind} {name}");
            let block = read_schema(schema, &name, problems);
            check::block(&block, &name, problems);
        }
    };
    blocks("data source", &schema.data_source_schemas);
    blocks("ephemeral resource", &schema.ephemeral_resource_schemas);
    blocks("list resource", &schema.list_resource_schemas);
    for (name, function) in &schema.functions {
        if function.r#return.is_none() {
            problems.push(format!("function {name}: no return, which crashes Terraform"));
        }
    }
    if let Some(identities) = identities {
        for name in identities.identity_schemas.keys() {
            if !schema.resource_schemas.contains_key(name) {
                problems.push(format!("identity of {name}: no resource of this type"));
            }
        }
        for diagnostic in &identities.diagnostics {
            problems.push(format!("diagnostic in the identity answer: {}", diagnostic.summary));
        }
    }
}

fn forget_write_only(block: &mut Block) {
    for attribute in block.attributes.values_mut() {
        attribute.write_only = false;
    }
    for nested in block.blocks.values_mut() {
        forget_write_only(&mut nested.block);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(name: &str, ty: &'static str) -> wire::schema::Attribute {
        wire::schema::Attribute {
            name: name.into(),
            r#type: tonic::codegen::Bytes::from_static(ty.as_bytes()),
            optional: true,
            ..Default::default()
        }
    }

    fn answer(attributes: Vec<wire::schema::Attribute>) -> wire::get_provider_schema::Response {
        let block = |attributes| Some(wire::schema::Block { attributes, ..Default::default() });
        wire::get_provider_schema::Response {
            provider: Some(wire::Schema { version: 0, block: block(vec![]) }),
            resource_schemas: [("thing".to_owned(), wire::Schema { version: 1, block: block(attributes) })].into(),
            ..Default::default()
        }
    }

    fn problems(answer: &wire::get_provider_schema::Response) -> Vec<String> {
        decode(answer, None, true).map(|_| ()).unwrap_err()
    }

    #[test]
    fn answer_becomes_schemas() {
        let mut secret = attribute("secret", r#""string""#);
        secret.write_only = true;
        let answer = answer(vec![secret]);
        let schemas = decode(&answer, None, true).unwrap();
        assert_eq!(schemas.resources["thing"].version, 1);
        assert!(schemas.resources["thing"].block.attributes["secret"].write_only);
        let old = decode(&answer, None, false).unwrap();
        assert!(!old.resources["thing"].block.attributes["secret"].write_only);
    }

    #[test]
    fn missing_parts_are_refused() {
        let mut without_provider = answer(vec![]);
        without_provider.provider = None;
        assert_eq!(problems(&without_provider), ["missing provider schema"]);
        let mut without_block = answer(vec![]);
        without_block.resource_schemas.insert("thing".into(), wire::Schema { version: -1, block: None });
        assert_eq!(
            problems(&without_block),
            ["thing: version -1 is negative", "thing: schema without a block, which makes Terraform panic"]
        );
        assert!(problems(&answer(vec![attribute("a", "string")]))[0].starts_with("thing.a: type is no JSON"));
        assert_eq!(
            problems(&answer(vec![attribute("a", r#""string""#), attribute("a", r#""string""#)])),
            ["thing.a: two attributes of this name"]
        );
    }

    #[test]
    fn deprecation_message_needs_deprecated() {
        let mut old = attribute("old", r#""string""#);
        old.deprecation_message = "gone soon".into();
        assert_eq!(problems(&answer(vec![old])), ["thing.old: deprecation_message without deprecated"]);
    }

    #[test]
    fn identity_attributes_say_what_an_import_needs() {
        let identity = |required_for_import, optional_for_import, ty: &'static str| {
            let attribute = wire::resource_identity_schema::IdentityAttribute {
                name: "id".into(),
                r#type: tonic::codegen::Bytes::from_static(ty.as_bytes()),
                required_for_import,
                optional_for_import,
                ..Default::default()
            };
            let schema = wire::ResourceIdentitySchema { version: 0, identity_attributes: vec![attribute] };
            wire::get_resource_identity_schemas::Response {
                identity_schemas: [("thing".to_owned(), schema)].into(),
                ..Default::default()
            }
        };
        let decoded = decode(&answer(vec![]), Some(&identity(true, false, r#""string""#)), true).unwrap();
        assert!(decoded.resources["thing"].identity.as_ref().unwrap().attributes["id"].required_for_import);
        for (required, optional, ty) in
            [(false, false, r#""string""#), (true, true, r#""string""#), (true, false, r#"["map","string"]"#)]
        {
            assert!(decode(&answer(vec![]), Some(&identity(required, optional, ty)), true).is_err());
        }
    }
}
