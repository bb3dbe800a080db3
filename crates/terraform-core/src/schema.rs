//! Reads the responses to GetSchema and GetResourceIdentitySchemas into the framework's schemas. Of Terraform's rules for
//! schemas it has those about the flags of attributes; real Terraform has them all, and refuses a schema in every test.

use std::collections::BTreeMap;

pub use tf_provider::schema::{Attribute, Behavior, Block, IdentityAttribute, IdentitySchema, NestedBlock, Nesting};

use crate::proto::tfplugin5::{self as proto, schema::nested_block::NestingMode};
use crate::value::{Path, Step, Type};

/// Everything that one provider announces.
#[derive(Clone, Debug)]
pub struct Schemas {
    /// The provider block.
    pub provider: Block,
    /// The resources by type name.
    pub resources: BTreeMap<String, Resource>,
    /// The data sources by type name.
    pub data_sources: BTreeMap<String, Block>,
    /// The actions by type name.
    pub actions: BTreeMap<String, Block>,
    /// Whether destroys are planned with the provider (`plan_destroy`).
    pub plan_destroy: bool,
    /// Whether only the first process is called for its schema (`get_provider_schema_optional`).
    pub schema_optional: bool,
}

/// One resource type.
#[derive(Clone, Debug)]
pub struct Resource {
    /// The version of the stored state.
    pub version: i64,
    /// The resource block.
    pub block: Block,
    /// The identity, where the provider has one and Terraform knows identities.
    pub identity: Option<IdentitySchema>,
}

/// Reads both responses; `write_only` false reads the schema as a Terraform that doesn't know write-only attributes.
///
/// # Errors
/// Everything that is wrong or that the core doesn't model, each with its place.
pub fn decode(
    schema: &proto::get_provider_schema::Response,
    identities: Option<&proto::get_resource_identity_schemas::Response>,
    write_only: bool,
) -> Result<Schemas, Vec<String>> {
    let mut reader = Reader { write_only, problems: Vec::new() };
    let provider = reader.schema(schema.provider.as_ref(), "provider");
    let mut resources = BTreeMap::new();
    for (name, resource) in &schema.resource_schemas {
        let block = reader.schema(Some(resource), name);
        let identity = identities.and_then(|response| response.identity_schemas.get(name));
        let identity = identity.map(|identity| reader.identity(identity, name));
        resources.insert(name.clone(), Resource { version: resource.version, block, identity });
    }
    let of_data = schema.data_source_schemas.iter();
    let data_sources = of_data.map(|(name, schema)| (name.clone(), reader.schema(Some(schema), name))).collect();
    let of_actions = schema.action_schemas.iter();
    let actions =
        of_actions.map(|(name, action)| (name.clone(), reader.schema(action.schema.as_ref(), name))).collect();
    let diagnostics = schema.diagnostics.iter().chain(identities.iter().flat_map(|response| &response.diagnostics));
    reader.problems.extend(diagnostics.map(|diagnostic| format!("diagnostic: {}", diagnostic.summary)));
    let capabilities = schema.server_capabilities.unwrap_or_default();
    let schemas = Schemas {
        provider,
        resources,
        data_sources,
        actions,
        plan_destroy: capabilities.plan_destroy,
        schema_optional: capabilities.get_provider_schema_optional,
    };
    if reader.problems.is_empty() { Ok(schemas) } else { Err(reader.problems) }
}

struct Reader {
    write_only: bool,
    problems: Vec<String>,
}

impl Reader {
    fn schema(&mut self, schema: Option<&proto::Schema>, name: &str) -> Block {
        self.block(schema.and_then(|schema| schema.block.as_ref()), name)
    }

    fn block(&mut self, block: Option<&proto::schema::Block>, path: &str) -> Block {
        let Some(block) = block else {
            self.problems.push(format!("{path}: no block"));
            return Block::new();
        };
        let mut read = Block::new();
        for attribute in &block.attributes {
            read = read.attribute(self.attribute(attribute, &format!("{path}.{}", attribute.name)));
        }
        for nested in &block.block_types {
            let path = format!("{path}.{}", nested.type_name);
            let inner = self.block(nested.block.as_ref(), &path);
            let mut nested_read = match nested.nesting() {
                NestingMode::Single => NestedBlock::single(&nested.type_name, inner),
                NestingMode::List => NestedBlock::list(&nested.type_name, inner),
                other => {
                    self.problems.push(format!("{path}: the core doesn't model nesting mode {other:?}"));
                    continue;
                }
            };
            (nested_read.min_items, nested_read.max_items) = (nested.min_items, nested.max_items);
            read = read.block(nested_read);
        }
        read
    }

    fn attribute(&mut self, attribute: &proto::schema::Attribute, path: &str) -> Attribute {
        let mut read = Attribute::new(&attribute.name, self.r#type(&attribute.r#type, path));
        read.behavior = match (attribute.required, attribute.optional, attribute.computed) {
            (true, false, false) => Behavior::Required,
            (false, true, false) => Behavior::Optional,
            (false, false, true) => Behavior::Computed,
            (false, true, true) => Behavior::OptionalComputed,
            (false, false, false) => {
                self.problems.push(format!("{path}: neither required nor optional nor computed"));
                Behavior::Optional
            }
            (true, ..) => {
                self.problems.push(format!("{path}: required, and optional or computed as well"));
                Behavior::Required
            }
        };
        read.sensitive = attribute.sensitive;
        read.write_only = attribute.write_only && self.write_only;
        read
    }

    fn r#type(&mut self, json: &[u8], path: &str) -> Type {
        let read = serde_json::from_slice(json).ok().and_then(|json| Type::from_json(&json).ok());
        if !read.as_ref().is_some_and(is_modeled) {
            self.problems.push(format!("{path}: the core doesn't model type {}", String::from_utf8_lossy(json)));
        }
        read.unwrap_or(Type::String)
    }

    fn identity(&mut self, identity: &proto::ResourceIdentitySchema, name: &str) -> IdentitySchema {
        identity.identity_attributes.iter().fold(IdentitySchema::new(), |read, attribute| {
            let r#type = self.r#type(&attribute.r#type, &format!("identity of {name}.{}", attribute.name));
            match (attribute.required_for_import, attribute.optional_for_import) {
                (true, false) => read.required(&attribute.name, r#type, ""),
                (false, true) => read.optional(&attribute.name, r#type, ""),
                _ => {
                    let text = "not exactly one of required_for_import and optional_for_import";
                    self.problems.push(format!("identity of {name}.{}: {text}", attribute.name));
                    read
                }
            }
        })
    }
}

/// Sets have no order and dynamic values carry their type: no provider under test has either.
fn is_modeled(r#type: &Type) -> bool {
    match r#type {
        Type::Bool | Type::Number | Type::String => true,
        Type::List(element) | Type::Map(element) => is_modeled(element),
        Type::Object(attributes) => attributes.values().all(is_modeled),
        Type::Tuple(_) | Type::Set(_) | Type::Dynamic => false,
    }
}

/// Whether the attribute names of a path exist; what is inside an attribute is not checked.
pub(crate) fn has_path(block: &Block, path: &Path) -> bool {
    let mut block = block;
    for step in path.steps() {
        let Step::Attribute(name) = step else { continue };
        if block.attributes.iter().any(|attribute| attribute.name == *name) {
            return true;
        }
        let Some(nested) = block.blocks.iter().find(|nested| nested.name == *name) else { return false };
        block = &nested.block;
    }
    true
}

/// The attribute that a path leads to, through blocks by name and index.
pub(crate) fn attribute_at<'a>(block: &'a Block, path: &Path) -> Option<&'a Attribute> {
    let mut names = path.steps().iter().filter_map(|step| match step {
        Step::Attribute(name) => Some(name),
        Step::Index(_) | Step::Key(_) => None,
    });
    let last = names.next_back()?;
    let block =
        names.try_fold(block, |block, name| Some(&block.blocks.iter().find(|nested| nested.name == *name)?.block))?;
    block.attributes.iter().find(|attribute| attribute.name == *last)
}

/// Whether the provider may set an attribute.
pub(crate) fn is_computed(attribute: &Attribute) -> bool {
    matches!(attribute.behavior, Behavior::Computed | Behavior::OptionalComputed)
}
