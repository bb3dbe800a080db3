//! The schema of a thing: every kind of attribute and block.

use tf_provider::schema::{Attribute, Block, IdentitySchema, NestedBlock};
use tf_provider::{Schema, Type};

pub(crate) const DEFAULT_SIZE: i64 = 1;

pub(crate) fn thing() -> Schema {
    let block = Block::new().description("A thing that lives in memory or in a folder.");
    let block = primitives().into_iter().chain(collections()).chain(secrets()).fold(block, Block::attribute);
    Schema::new(blocks().into_iter().fold(block, Block::block))
}

pub(crate) fn identity() -> IdentitySchema {
    IdentitySchema::new().required("id", Type::String, "The id of the thing.")
}

fn primitives() -> [Attribute; 9] {
    [
        Attribute::string("id").computed().description("The id of the thing."),
        Attribute::string("name").required().requires_replace().description("The name. A change replaces the thing."),
        Attribute::number("size").default(DEFAULT_SIZE).description(format!("The size. Defaults to {DEFAULT_SIZE}.")),
        Attribute::number("ratio").description("A number of any size, kept to the last digit."),
        Attribute::bool("enabled").default(true).description("Whether the thing is on. Defaults to true."),
        Attribute::new("anything", Type::Dynamic).description("A value of any type."),
        Attribute::string("nickname").deprecated("Use `labels` instead.").description("Another name."),
        Attribute::number("wait_seconds").description("How many seconds the creation takes."),
        Attribute::number("revision").computed().description("How often the thing was written."),
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
        Attribute::string("token").sensitive().description("Hidden in output and stored in the state."),
        Attribute::string("secret_wo")
            .write_only()
            .description("Read from the configuration and never stored. Requires Terraform 1.11."),
        Attribute::number("secret_wo_version")
            .description("Increase it when `secret_wo` changes, because Terraform can't detect that."),
        Attribute::number("secret_length").computed().description("The length of `secret_wo` when it was last read."),
    ]
}

fn blocks() -> [NestedBlock; 5] {
    let owner = Block::new()
        .description("The owner.")
        .attribute(Attribute::string("name").required())
        .attribute(Attribute::string("email"));
    let limits = Block::new()
        .description("Limits of the thing.")
        .attribute(Attribute::number("soft"))
        .attribute(Attribute::number("hard"));
    let note = Block::new().description("A remark.").attribute(Attribute::string("text").required());
    let step = Block::new()
        .description("Steps, in order.")
        .attribute(Attribute::string("name").required())
        .attribute(Attribute::new("value", Type::Dynamic))
        .block(NestedBlock::list("note", note));
    let rule = Block::new()
        .description("Allowed traffic.")
        .attribute(Attribute::number("port").required())
        .attribute(Attribute::string("protocol"));
    let mount = Block::new()
        .description("Mounted folders.")
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
