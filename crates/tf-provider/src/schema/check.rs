//! Terraform's rules for schemas. Terraform reports a violation in every command, in terms that don't help a developer.

use std::collections::BTreeSet;

use super::{Attribute, Behavior, Block, IdentitySchema, NestedBlock, Nesting, Schema};
use crate::path::Path;
use crate::value::{Type, conform};

/// Reserved names in resource and data blocks.
const RESERVED_IN_RESOURCES: &[&str] =
    &["count", "for_each", "provider", "depends_on", "lifecycle", "connection", "provisioner", "locals", "_"];

/// Reserved names in provider blocks.
const RESERVED_IN_PROVIDERS: &[&str] =
    &["alias", "version", "source", "count", "for_each", "depends_on", "lifecycle", "locals"];

/// The problems of the schema of a provider block whose model has these fields.
pub(crate) fn provider(schema: &Schema, fields: &[&str]) -> Vec<String> {
    let mut problems = Problems::new("the provider block");
    problems.schema(schema, RESERVED_IN_PROVIDERS, fields);
    let mut write_only = |path: &Path, attribute: &Attribute| {
        if attribute.write_only {
            problems.report(path, "a provider block cannot have write-only attributes");
        }
    };
    each_attribute(&schema.block, &Path::default(), &mut write_only);
    problems.found
}

/// The problems of the schema of a resource whose model has these fields.
pub(crate) fn resource(type_name: &str, schema: &Schema, fields: &[&str]) -> Vec<String> {
    let mut problems = Problems::new(type_name);
    problems.type_name(type_name);
    problems.schema(schema, RESERVED_IN_RESOURCES, fields);
    problems.found
}

/// The problems of the schema of a data source whose model has these fields.
pub(crate) fn data_source(type_name: &str, schema: &Schema, fields: &[&str]) -> Vec<String> {
    let mut problems = Problems::new(type_name);
    problems.type_name(type_name);
    problems.schema(schema, RESERVED_IN_RESOURCES, fields);
    let mut write_only = |path: &Path, attribute: &Attribute| {
        if attribute.write_only {
            problems.report(path, "a data source cannot have write-only attributes");
        }
    };
    each_attribute(&schema.block, &Path::default(), &mut write_only);
    problems.found
}

/// The problems of the schema of an action whose model has these fields.
pub(crate) fn action(type_name: &str, schema: &Schema, fields: &[&str]) -> Vec<String> {
    let mut problems = Problems::new(type_name);
    problems.type_name(type_name);
    problems.schema(schema, &[], fields);
    let mut unsupported = |path: &Path, attribute: &Attribute| {
        if attribute.behavior == Behavior::Computed || attribute.write_only {
            problems.report(path, "an action cannot have computed or write-only attributes");
        }
    };
    each_attribute(&schema.block, &Path::default(), &mut unsupported);
    problems.found
}

/// The problems of an identity schema whose model has these fields.
pub(crate) fn identity(type_name: &str, schema: &IdentitySchema, fields: &[&str]) -> Vec<String> {
    let mut problems = Problems::new(format!("the identity of {type_name}"));
    if schema.attributes.is_empty() {
        problems.report(&Path::default(), "an identity needs attributes");
    }
    for attribute in &schema.attributes {
        let path = Path::root(&attribute.name);
        if !is_name(&attribute.name) {
            problems.report(&path, "a name must be lower-case letters, digits and underscores");
        }
        let element = if let Type::List(element) = &attribute.r#type { element } else { &attribute.r#type };
        if !matches!(element, Type::String | Type::Number | Type::Bool) {
            problems.report(&path, "an identity has only strings, numbers, bools and lists of them");
        }
    }
    let names: Vec<_> = schema.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
    problems.names(&names, fields);
    problems.found
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

fn each_attribute(block: &Block, at: &Path, visit: &mut impl FnMut(&Path, &Attribute)) {
    block.attributes.iter().for_each(|attribute| visit(&at.clone().attribute(&attribute.name), attribute));
    block.blocks.iter().for_each(|nested| each_attribute(&nested.block, &at.clone().attribute(&nested.name), visit));
}

struct Problems {
    subject: String,
    found: Vec<String>,
}

impl Problems {
    fn new(subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), found: Vec::new() }
    }

    fn report(&mut self, path: &Path, problem: &str) {
        let subject = &self.subject;
        self.found.push(if path.is_empty() {
            format!("{subject}: {problem}")
        } else {
            format!("{subject}: `{path}`: {problem}")
        });
    }

    fn type_name(&mut self, type_name: &str) {
        if !is_name(type_name) {
            self.report(&Path::default(), "the type name must be lower-case letters, digits and underscores");
        }
    }

    fn schema(&mut self, schema: &Schema, reserved: &[&str], fields: &[&str]) {
        if schema.version < 0 {
            self.report(&Path::default(), "the version must not be negative");
        }
        let names: Vec<_> = names(&schema.block).collect();
        for name in names.iter().filter(|name| reserved.contains(name)) {
            self.report(&Path::root(*name), "Terraform reserves this name");
        }
        self.names(&names, fields);
        self.block(&schema.block, &Path::default());
    }

    /// Schema and model must have the same names, or values would be lost.
    fn names(&mut self, names: &[&str], fields: &[&str]) {
        for name in names.iter().filter(|name| !fields.contains(name)) {
            self.report(&Path::root(*name), "the model has no such field");
        }
        for field in fields.iter().filter(|field| !names.contains(field)) {
            self.report(&Path::root(*field), "the model has this field and the schema does not");
        }
    }

    fn block(&mut self, block: &Block, at: &Path) {
        let mut seen = BTreeSet::new();
        for name in names(block) {
            let path = at.clone().attribute(name);
            if !seen.insert(name) {
                self.report(&path, "the name occurs twice");
            }
            if !is_name(name) {
                self.report(&path, "a name must be lower-case letters, digits and underscores");
            }
        }
        block.attributes.iter().for_each(|attribute| self.attribute(attribute, at));
        block.blocks.iter().for_each(|nested| self.nested(nested, at));
    }

    fn attribute(&mut self, attribute: &Attribute, at: &Path) {
        if attribute.write_only && matches!(attribute.behavior, Behavior::Computed | Behavior::OptionalComputed) {
            self.report(&at.clone().attribute(&attribute.name), "a write-only attribute cannot be computed");
        }
        if let Some(default) = &attribute.default {
            let at = at.clone().attribute(&attribute.name);
            if attribute.behavior != Behavior::OptionalComputed {
                self.report(&at, "only an attribute that is optional and computed can have a default");
            }
            if !conform::coerce(&mut default.clone(), &attribute.r#type).is_empty() {
                self.report(&at, "the default is of another type");
            }
        }
    }

    fn nested(&mut self, nested: &NestedBlock, at: &Path) {
        let at = at.clone().attribute(&nested.name);
        let (min, max) = (nested.min_items, nested.max_items);
        match nested.nesting {
            Nesting::Single if min != max || !(0..=1).contains(&min) => {
                self.report(&at, "a SINGLE block has min_items and max_items both 0 or both 1");
            }
            Nesting::Group | Nesting::Map if (min, max) != (0, 0) => {
                self.report(&at, "GROUP and MAP blocks have no min_items and max_items");
            }
            Nesting::List | Nesting::Set if min < 0 || max < 0 || (max != 0 && min > max) => {
                self.report(&at, "min_items must be between 0 and max_items");
            }
            _ => {}
        }
        if nested.nesting == Nesting::Set {
            let mut inside = |path: &Path, attribute: &Attribute| {
                if attribute.r#type.has_dynamic() {
                    self.report(path, "a SET block cannot have dynamic types inside");
                }
                if attribute.write_only {
                    self.report(path, "a SET block cannot have write-only attributes inside");
                }
                if attribute.default.is_some() {
                    self.report(path, "a SET block cannot have defaults inside");
                }
            };
            each_attribute(&nested.block, &at, &mut inside);
        }
        self.block(&nested.block, &at);
    }
}

fn names(block: &Block) -> impl Iterator<Item = &str> {
    let attributes = block.attributes.iter().map(|attribute| attribute.name.as_str());
    attributes.chain(block.blocks.iter().map(|nested| nested.name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(block: Block) -> Vec<String> {
        let fields: Vec<_> = names(&block).map(str::to_owned).collect();
        let fields: Vec<_> = fields.iter().map(String::as_str).collect();
        resource("a_b", &Schema::new(block), &fields)
    }

    fn with(attribute: Attribute) -> Block {
        Block::new().attribute(attribute)
    }

    #[test]
    fn valid_schema_has_no_problems() {
        let inner = || with(Attribute::string("x").write_only()).attribute(Attribute::new("any", Type::Dynamic));
        let block = with(Attribute::string("id").computed())
            .block(NestedBlock::single("one", inner()).required())
            .block(NestedBlock::group("group", inner()))
            .block(NestedBlock::list("list", inner()).items(1, 3))
            .block(NestedBlock::set("set", with(Attribute::string("x"))).required())
            .block(NestedBlock::map("map", inner()));
        assert_eq!(of(block), Vec::<String>::new());
    }

    #[test]
    fn each_rule_is_checked() {
        let in_set = |attribute| {
            Block::new().block(NestedBlock::set("s", Block::new().block(NestedBlock::list("l", with(attribute)))))
        };
        for (block, problem) in [
            (with(Attribute::string("count")), "reserves this name"),
            (Block::new().block(NestedBlock::single("lifecycle", Block::new())), "reserves this name"),
            (with(Attribute::string("Upper")), "lower-case"),
            (with(Attribute::string("")), "lower-case"),
            (with(Attribute::string("a")).attribute(Attribute::bool("a")), "twice"),
            (with(Attribute::string("a")).block(NestedBlock::list("a", Block::new())), "twice"),
            (with(Attribute::string("a").computed().write_only()), "cannot be computed"),
            (with(Attribute::string("a").optional_computed().write_only()), "cannot be computed"),
            (Block::new().block(NestedBlock::single("a", Block::new()).items(1, 0)), "both 0 or both 1"),
            (Block::new().block(NestedBlock::single("a", Block::new()).items(2, 2)), "both 0 or both 1"),
            (Block::new().block(NestedBlock::group("a", Block::new()).items(0, 1)), "no min_items"),
            (Block::new().block(NestedBlock::map("a", Block::new()).required()), "no min_items"),
            (Block::new().block(NestedBlock::list("a", Block::new()).items(3, 2)), "between 0 and max_items"),
            (Block::new().block(NestedBlock::set("a", Block::new()).items(-1, 0)), "between 0 and max_items"),
            (in_set(Attribute::new("a", Type::list(Type::Dynamic))), "dynamic types"),
            (in_set(Attribute::string("a").write_only()), "write-only attributes"),
            (in_set(Attribute::string("a").default("x")), "defaults inside"),
            (with(Attribute::string("a").default("x").computed()), "can have a default"),
            (with(Attribute::string("a").default(true)), "of another type"),
        ] {
            let problems = of(block);
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert!(problems[0].contains(problem), "{problems:?}");
        }
    }

    #[test]
    fn model_and_schema_must_have_the_same_names() {
        let problems = resource("a_b", &Schema::new(with(Attribute::string("a"))), &["b"]);
        assert_eq!(problems.len(), 2, "{problems:?}");
        let schema = Schema { version: -1, block: Block::new() };
        assert!(resource("A-b", &schema, &[]).len() == 2);
    }

    #[test]
    fn provider_block_has_its_own_rules() {
        let schema = Schema::new(with(Attribute::string("alias").write_only()));
        assert_eq!(provider(&schema, &["alias"]).len(), 2);
    }

    #[test]
    fn action_has_no_computed_attributes() {
        let schema = Schema::new(with(Attribute::string("a").computed()).attribute(Attribute::bool("b").default(true)));
        let problems = action("a_b", &schema, &["a", "b"]);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(data_source("a_b", &schema, &["a", "b"]), [""; 0]);
        let schema = Schema::new(with(Attribute::string("a").write_only()));
        assert_eq!((action("a_b", &schema, &["a"]).len(), data_source("a_b", &schema, &["a"]).len()), (1, 1));
    }

    #[test]
    fn identity_has_plain_types_only() {
        let schema = IdentitySchema::new().required("a", Type::String, "").optional("b", Type::list(Type::Number), "");
        assert_eq!(identity("a_b", &schema, &["a", "b"]), Vec::<String>::new());
        for r#type in [
            Type::map(Type::String),
            Type::set(Type::String),
            Type::object([("a", Type::String)]),
            Type::Dynamic,
            Type::list(Type::list(Type::String)),
        ] {
            assert_eq!(identity("a_b", &IdentitySchema::new().required("a", r#type, ""), &["a"]).len(), 1);
        }
        assert_eq!(identity("a_b", &IdentitySchema::new(), &[]).len(), 1);
    }
}
