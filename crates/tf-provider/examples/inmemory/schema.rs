//! What a thing is for Terraform: every kind of attribute and block.

use tf_provider::schema::{Attribute, Block, IdentitySchema, NestedBlock};
use tf_provider::{Schema, Type};

/// The size of a thing that names none.
pub(crate) const DEFAULT_SIZE: i64 = 1;

/// The schema of a thing.
pub(crate) fn thing() -> Schema {
    let block = Block::new().description("A thing that lives in memory or in a folder.");
    let block = primitives().into_iter().chain(collections()).chain(secrets()).fold(block, Block::attribute);
    Schema::new(blocks().into_iter().fold(block, Block::block))
}

/// What names a thing.
pub(crate) fn identity() -> IdentitySchema {
    IdentitySchema::new().required("id", Type::String, "The id of the thing.")
}

fn primitives() -> [Attribute; 9] {
    [
        Attribute::string("id").computed().description("The id of the thing."),
        Attribute::string("name")
            .required()
            .requires_replace()
            .description("The name. Another name makes another thing."),
        Attribute::number("size")
            .default(DEFAULT_SIZE)
            .description(format!("How big it is. The default is {DEFAULT_SIZE}.")),
        Attribute::number("ratio").description("A number of any size, kept to the last digit."),
        Attribute::bool("enabled").default(true).description("Whether it is on. The default is true."),
        Attribute::new("anything", Type::Dynamic).description("A value of any type."),
        Attribute::string("nickname").deprecated("Use `labels` instead.").description("Another name."),
        Attribute::number("wait_seconds").description("How long creating it takes."),
        Attribute::number("revision").computed().description("How often it was written."),
    ]
}

fn collections() -> [Attribute; 6] {
    [
        Attribute::new("hosts", Type::list(Type::String)).description("Names in order."),
        Attribute::new("zones", Type::set(Type::String)).description("Names without order."),
        Attribute::new("labels", Type::map(Type::String)).description("Values by key."),
        Attribute::new("shape", Type::object([("width", Type::Number), ("height", Type::Number)]))
            .description("Width and height."),
        Attribute::new("pair", Type::Tuple(vec![Type::String, Type::Number])).description("A word and a number."),
        Attribute::new("matrix", Type::list(Type::map(Type::set(Type::Number))))
            .description("Collections in collections."),
    ]
}

fn secrets() -> [Attribute; 4] {
    [
        Attribute::string("token").sensitive().description("Hidden in output, kept in the state."),
        Attribute::string("secret_wo")
            .write_only()
            .description("Read from the configuration and kept nowhere. Needs Terraform 1.11."),
        Attribute::number("secret_wo_version")
            .description("Raise it when `secret_wo` changes: Terraform cannot tell by itself."),
        Attribute::number("secret_length").computed().description("How long `secret_wo` was when it was last read."),
    ]
}

fn blocks() -> [NestedBlock; 5] {
    let owner = Block::new()
        .description("Whose it is.")
        .attribute(Attribute::string("name").required())
        .attribute(Attribute::string("email"));
    let limits = Block::new()
        .description("How far it may go.")
        .attribute(Attribute::number("soft"))
        .attribute(Attribute::number("hard"));
    let note = Block::new().description("A remark.").attribute(Attribute::string("text").required());
    let step = Block::new()
        .description("What it does, in order.")
        .attribute(Attribute::string("name").required())
        .attribute(Attribute::new("value", Type::Dynamic))
        .block(NestedBlock::list("note", note));
    let rule = Block::new()
        .description("What it lets through.")
        .attribute(Attribute::number("port").required())
        .attribute(Attribute::string("protocol"));
    let mount = Block::new()
        .description("What it sees.")
        .attribute(Attribute::string("path").required())
        .attribute(Attribute::bool("read_only"));
    [
        NestedBlock::single("owner", owner),
        NestedBlock::group("limits", limits),
        NestedBlock::list("step", step).items(0, 10),
        NestedBlock::set("rule", rule),
        NestedBlock::map("mount", mount),
    ]
}
