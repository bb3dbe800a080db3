//! A schema as the Terraform registry shows it: required, optional and read-only, then each nested block on its own.
//!
//! It must not know which schema it is.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use tf_provider::Type;
use tf_provider::schema::{Attribute, Behavior, Block, IdentitySchema, NestedBlock, Nesting, Schema};

const WRITE_ONLY: &str =
    "[Write-only](https://developer.hashicorp.com/terraform/language/resources/ephemeral#write-only-arguments)";

/// The page part of a schema.
pub(crate) fn page(schema: &Schema) -> String {
    let mut out = String::from("\n## Schema\n");
    groups(&mut out, &schema.block, "", "###");
    nested(&mut out, &schema.block, "");
    for attribute in &schema.block.attributes {
        if let Some(attributes) = object(&attribute.r#type) {
            objects(&mut out, &attribute.name, attributes);
        }
    }
    out.push('\n');
    out
}

/// The part about the identity, which stands inside of "Import".
pub(crate) fn identity(schema: &IdentitySchema) -> String {
    let mut out = String::from("\n### Identity Schema\n");
    for (title, required) in [("Required", true), ("Optional", false)] {
        let wanted: Vec<_> = schema.attributes.iter().filter(|a| a.required_for_import == required).collect();
        if !wanted.is_empty() {
            let _ = write!(out, "\n{title}:\n\n");
        }
        for attribute in wanted {
            let kind = type_text(&attribute.r#type);
            let _ = writeln!(out, "- `{}` ({kind}) {}", attribute.name, attribute.description);
        }
    }
    out.push('\n');
    out
}

/// The three groups of a block. A whole schema has them as headings, a nested block as plain lines.
fn groups(out: &mut String, block: &Block, path: &str, heading: &str) {
    type Wanted = fn(Behavior) -> bool;
    let of: [(&str, Wanted); 3] = [
        ("Required", |behavior| behavior == Behavior::Required),
        ("Optional", |behavior| matches!(behavior, Behavior::Optional | Behavior::OptionalComputed)),
        ("Read-Only", |behavior| behavior == Behavior::Computed),
    ];
    for (title, wanted) in of {
        let mut lines: Vec<_> = block
            .attributes
            .iter()
            .filter(|attribute| wanted(attribute.behavior))
            .map(|attribute| (attribute.name.as_str(), attribute_line(attribute)))
            .collect();
        let behavior =
            |nested: &NestedBlock| if nested.min_items > 0 { Behavior::Required } else { Behavior::Optional };
        let blocks = block.blocks.iter().filter(|nested| wanted(behavior(nested)));
        lines.extend(blocks.map(|nested| (nested.name.as_str(), block_line(nested, path))));
        if lines.is_empty() {
            continue;
        }
        lines.sort_by_key(|(name, _)| *name);
        let _ = if heading.is_empty() { write!(out, "\n{title}:\n\n") } else { write!(out, "\n{heading} {title}\n\n") };
        for (_, line) in lines {
            let _ = writeln!(out, "- {line}");
        }
    }
}

fn nested(out: &mut String, block: &Block, path: &str) {
    let mut blocks: Vec<_> = block.blocks.iter().collect();
    blocks.sort_by_key(|nested| &nested.name);
    for block in blocks {
        let (anchor, shown) = (anchor(path, block), dotted(path, block));
        let _ = write!(out, "\n<a id=\"{anchor}\"></a>\n### Nested Schema for `{shown}`\n");
        groups(out, &block.block, &shown, "");
        nested(out, &block.block, &shown);
    }
}

fn attribute_line(attribute: &Attribute) -> String {
    let mut notes = vec![type_text(&attribute.r#type)];
    if attribute.sensitive {
        notes.push("Sensitive".to_owned());
    }
    if attribute.write_only {
        notes.push(WRITE_ONLY.to_owned());
    }
    if attribute.deprecated.is_some() {
        notes.push("Deprecated".to_owned());
    }
    let deprecated = attribute.deprecated.as_ref().map(|why| format!(" Deprecated: {why}")).unwrap_or_default();
    let below = if object(&attribute.r#type).is_some() {
        format!(" (see [below for nested schema](#nestedatt--{}))", attribute.name)
    } else {
        String::new()
    };
    format!("`{}` ({}) {}{deprecated}{below}", attribute.name, notes.join(", "), attribute.description)
}

/// The attributes of the objects that a value has, below lists, sets and maps.
fn object(r#type: &Type) -> Option<&BTreeMap<String, Type>> {
    match r#type {
        Type::Object(attributes) => Some(attributes),
        Type::List(element) | Type::Set(element) | Type::Map(element) => object(element),
        _ => None,
    }
}

/// A section for the objects of a computed attribute, and for those inside of them. Protocol 5 has no descriptions there.
fn objects(out: &mut String, path: &str, attributes: &BTreeMap<String, Type>) {
    let (anchor, shown) = (path.replace('.', "--"), path);
    let _ = write!(out, "\n<a id=\"nestedatt--{anchor}\"></a>\n### Nested Schema for `{shown}`\n\nRead-Only:\n\n");
    for (name, r#type) in attributes {
        let below = object(r#type).map(|_| format!(" (see [below for nested schema](#nestedatt--{anchor}--{name}))"));
        let _ = writeln!(out, "- `{name}` ({}){}", type_text(r#type), below.unwrap_or_default());
    }
    for (name, r#type) in attributes {
        if let Some(inner) = object(r#type) {
            objects(out, &format!("{path}.{name}"), inner);
        }
    }
}

fn block_line(nested: &NestedBlock, path: &str) -> String {
    let nesting = match nested.nesting {
        Nesting::Single | Nesting::Group => "Block",
        Nesting::List => "Block List",
        Nesting::Set => "Block Set",
        Nesting::Map => "Block Map",
    };
    let description = &nested.block.description;
    let anchor = anchor(path, nested);
    format!("`{}` ({nesting}) {description} (see [below for nested schema](#{anchor}))", nested.name)
}

fn dotted(path: &str, nested: &NestedBlock) -> String {
    if path.is_empty() { nested.name.clone() } else { format!("{path}.{}", nested.name) }
}

fn anchor(path: &str, nested: &NestedBlock) -> String {
    format!("nestedblock--{}", dotted(path, nested).replace('.', "--"))
}

fn type_text(r#type: &Type) -> String {
    match r#type {
        Type::Bool => "Boolean".to_owned(),
        Type::Number => "Number".to_owned(),
        Type::String => "String".to_owned(),
        Type::Dynamic => "Dynamic".to_owned(),
        Type::List(element) => format!("List of {}", type_text(element)),
        Type::Set(element) => format!("Set of {}", type_text(element)),
        Type::Map(element) => format!("Map of {}", type_text(element)),
        Type::Object(_) => "Object".to_owned(),
        Type::Tuple(_) => "Tuple".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_have_sections_of_their_own() {
        let inner = Type::list(Type::object([("name", Type::String)]));
        let outer = Type::list(Type::object([("clusters", inner), ("id", Type::String)]));
        let block = Block::new().attribute(Attribute::new("projects", outer).computed().description("All."));
        let page = page(&Schema::new(block));
        assert!(
            page.contains("- `projects` (List of Object) All. (see [below for nested schema](#nestedatt--projects))\n")
        );
        assert!(page.contains("- `clusters` (List of Object) (see [below for nested schema](#nestedatt--projects--clusters))\n- `id` (String)\n"));
        assert!(page.contains("<a id=\"nestedatt--projects--clusters\"></a>\n### Nested Schema for `projects.clusters`\n\nRead-Only:\n\n- `name` (String)\n"));
    }

    #[test]
    fn groups_are_sorted_and_nested_blocks_are_linked() {
        let inner = Block::new().attribute(Attribute::string("key").required().description("A key."));
        let block = Block::new()
            .attribute(Attribute::string("b").description("Second."))
            .attribute(Attribute::string("a").sensitive().write_only().description("First."))
            .attribute(Attribute::new("id", Type::list(Type::map(Type::String))).computed().description("Told."))
            .block(
                NestedBlock::single(
                    "outer",
                    Block::new().description("Outer.").block(NestedBlock::list("inner", inner)),
                )
                .required(),
            );
        let expected = format!(
            "
## Schema

### Required

- `outer` (Block) Outer. (see [below for nested schema](#nestedblock--outer))

### Optional

- `a` (String, Sensitive, {WRITE_ONLY}) First.
- `b` (String) Second.

### Read-Only

- `id` (List of Map of String) Told.

<a id=\"nestedblock--outer\"></a>
### Nested Schema for `outer`

Optional:

- `inner` (Block List)  (see [below for nested schema](#nestedblock--outer--inner))

<a id=\"nestedblock--outer--inner\"></a>
### Nested Schema for `outer.inner`

Required:

- `key` (String) A key.

"
        );
        assert_eq!(page(&Schema::new(block)), expected);
    }
}
