//! Conversion of diagnostics, paths and schemas to protocol messages. Values are in `dynamic_value`.

use super::color_codes;
use crate::diagnostics::{Diagnostic, Severity};
use crate::path::{Path, Step};
use crate::proto::tfplugin5::attribute_path::{self, step::Selector};
use crate::proto::tfplugin5::schema::nested_block::NestingMode;
use crate::proto::tfplugin5::{self as wire, StringKind, resource_identity_schema::IdentityAttribute};
use crate::schema::{Attribute, Behavior, Block, IdentitySchema, NestedBlock, Nesting, Schema};
use crate::value::Type;

pub(super) fn diagnostic(diagnostic: Diagnostic) -> wire::Diagnostic {
    let severity = match diagnostic.severity {
        Severity::Error => wire::diagnostic::Severity::Error,
        Severity::Warning => wire::diagnostic::Severity::Warning,
    };
    wire::Diagnostic {
        severity: severity.into(),
        summary: color_codes::escape(diagnostic.summary),
        detail: color_codes::escape(diagnostic.detail),
        attribute: (!diagnostic.path.is_empty()).then(|| path(&diagnostic.path)),
    }
}

pub(super) fn path(path: &Path) -> wire::AttributePath {
    let steps = path.steps().iter().map(|step| {
        let selector = match step {
            Step::Attribute(name) => Selector::AttributeName(name.clone()),
            Step::Index(index) => Selector::ElementKeyInt(*index),
            Step::Key(key) => Selector::ElementKeyString(key.clone()),
        };
        attribute_path::Step { selector: Some(selector) }
    });
    wire::AttributePath { steps: steps.collect() }
}

pub(super) fn schema(schema: &Schema) -> wire::Schema {
    wire::Schema { version: schema.version, block: Some(block(&schema.block)) }
}

/// Actions have no version and no computed attributes. For Terraform, an argument with a default is an ordinary
/// optional one.
pub(super) fn action_schema(schema: &Schema) -> wire::ActionSchema {
    let mut block = block(&schema.block);
    clear_computed(&mut block);
    wire::ActionSchema { schema: Some(wire::Schema { version: 0, block: Some(block) }) }
}

fn clear_computed(block: &mut wire::schema::Block) {
    block.attributes.iter_mut().for_each(|attribute| attribute.computed = false);
    block.block_types.iter_mut().filter_map(|nested| nested.block.as_mut()).for_each(clear_computed);
}

fn block(block: &Block) -> wire::schema::Block {
    wire::schema::Block {
        version: 0,
        attributes: block.attributes.iter().map(attribute).collect(),
        block_types: block.blocks.iter().map(nested_block).collect(),
        description: block.description.clone(),
        description_kind: StringKind::Markdown.into(),
        deprecated: block.deprecated.is_some(),
        deprecation_message: color_codes::escape(block.deprecated.clone().unwrap_or_default()),
    }
}

fn attribute(attribute: &Attribute) -> wire::schema::Attribute {
    let behavior = attribute.behavior;
    wire::schema::Attribute {
        name: attribute.name.clone(),
        r#type: type_json(&attribute.r#type),
        description: attribute.description.clone(),
        required: behavior == Behavior::Required,
        optional: matches!(behavior, Behavior::Optional | Behavior::OptionalComputed),
        computed: matches!(behavior, Behavior::Computed | Behavior::OptionalComputed),
        sensitive: attribute.sensitive,
        description_kind: StringKind::Markdown.into(),
        deprecated: attribute.deprecated.is_some(),
        write_only: attribute.write_only,
        deprecation_message: color_codes::escape(attribute.deprecated.clone().unwrap_or_default()),
    }
}

fn nested_block(nested: &NestedBlock) -> wire::schema::NestedBlock {
    let nesting = match nested.nesting {
        Nesting::Single => NestingMode::Single,
        Nesting::Group => NestingMode::Group,
        Nesting::List => NestingMode::List,
        Nesting::Set => NestingMode::Set,
        Nesting::Map => NestingMode::Map,
    };
    wire::schema::NestedBlock {
        type_name: nested.name.clone(),
        block: Some(block(&nested.block)),
        nesting: nesting.into(),
        min_items: nested.min_items,
        max_items: nested.max_items,
    }
}

/// Always version 0: with a higher version, Terraform would request an upgrade of state without an identity.
pub(super) fn identity_schema(schema: &IdentitySchema) -> wire::ResourceIdentitySchema {
    let attributes = schema.attributes.iter().map(|attribute| IdentityAttribute {
        name: attribute.name.clone(),
        r#type: type_json(&attribute.r#type),
        required_for_import: attribute.required_for_import,
        optional_for_import: !attribute.required_for_import,
        description: attribute.description.clone(),
    });
    wire::ResourceIdentitySchema { version: 0, identity_attributes: attributes.collect() }
}

fn type_json(r#type: &Type) -> prost::bytes::Bytes {
    r#type.to_json().to_string().into()
}

pub(super) fn capabilities() -> wire::ServerCapabilities {
    wire::ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: false,
        generate_resource_config: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_has_one_selector_for_each_step() {
        let steps = path(&Path::root("a").index(2).key("k")).steps;
        let selectors: Vec<_> = steps.into_iter().filter_map(|step| step.selector).collect();
        assert_eq!(
            selectors,
            [Selector::AttributeName("a".into()), Selector::ElementKeyInt(2), Selector::ElementKeyString("k".into())]
        );
    }

    #[test]
    fn schema_is_converted_completely() {
        let block = Block::new()
            .description("About")
            .deprecated("Removed soon")
            .attribute(Attribute::string("a").required().sensitive().description("A"))
            .attribute(Attribute::new("b", Type::list(Type::Dynamic)).optional_computed().deprecated("use a"))
            .attribute(Attribute::bool("c").write_only())
            .attribute(Attribute::number("d").computed())
            .block(NestedBlock::single("s", Block::new()).required())
            .block(NestedBlock::list("l", Block::new()).items(1, 4));
        let block = schema(&Schema { version: 3, block }).block.unwrap_or_default();
        let flags: Vec<_> =
            block.attributes.iter().map(|a| (a.required, a.optional, a.computed, a.sensitive, a.write_only)).collect();
        assert_eq!(
            flags,
            [
                (true, false, false, true, false),
                (false, true, true, false, false),
                (false, true, false, false, true),
                (false, false, true, false, false)
            ]
        );
        assert_eq!(block.attributes[1].r#type, r#"["list","dynamic"]"#);
        assert_eq!((block.attributes[1].deprecated, block.attributes[1].deprecation_message.as_str()), (true, "use a"));
        assert_eq!((block.deprecated, block.deprecation_message.as_str()), (true, "Removed soon"));
        assert_eq!(block.attributes[0].description_kind, i32::from(StringKind::Markdown));
        let nesting: Vec<_> = block.block_types.iter().map(|n| (n.nesting(), n.min_items, n.max_items)).collect();
        assert_eq!(nesting, [(NestingMode::Single, 1, 1), (NestingMode::List, 1, 4)]);
    }
}
