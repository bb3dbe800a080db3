//! Turns the partial JSON that a test writes into the full object that Terraform sends, with the checks that its language
//! makes.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::diagnostic::Diagnostic;
use crate::schema::{Behavior, Block, NestedBlock, Nesting};
use crate::value::{Path, UNKNOWN, Value, from_json, problem_text};

/// The object of a block: absent attributes null, absent blocks null (SINGLE) or empty (LIST).
///
/// # Errors
/// What Terraform itself would refuse: missing required arguments and blocks, too many blocks, unknown names, wrong types.
/// An explicit null for a required argument passes, as it does in Terraform.
pub(crate) fn complete(block: &Block, json: &Json) -> Result<Value, Vec<Diagnostic>> {
    let mut completion = Completion { problems: Vec::new() };
    let value = completion.object(block, json, &Path::default());
    if completion.problems.is_empty() { Ok(value) } else { Err(completion.problems) }
}

struct Completion {
    problems: Vec<Diagnostic>,
}

impl Completion {
    fn refuse(&mut self, summary: &str, detail: &str, path: &Path) {
        self.problems.push(Diagnostic::core(summary, detail, path));
    }

    fn object(&mut self, block: &Block, json: &Json, path: &Path) -> Value {
        let Json::Object(given) = json else {
            self.refuse("Unsupported block", "A block is an object, and never unknown as a whole.", path);
            return Value::Null;
        };
        let mut object = self.attributes(block, given, path);
        for nested in &block.blocks {
            let json = given.get(&nested.name).filter(|json| !json.is_null());
            object.insert(nested.name.clone(), self.blocks(nested, json, path));
        }
        for name in given.keys().filter(|name| !object.contains_key(*name)) {
            let detail = format!("The schema has neither an argument nor a block \"{name}\" here.");
            self.refuse("Unsupported argument", &detail, &path.clone().attribute(name));
        }
        Value::Map(object)
    }

    fn attributes(&mut self, block: &Block, given: &Map<String, Json>, path: &Path) -> BTreeMap<String, Value> {
        let mut object = BTreeMap::new();
        for attribute in &block.attributes {
            let name = &attribute.name;
            let json = given.get(name);
            if attribute.behavior == Behavior::Required && json.is_none() {
                let detail = format!("Nothing is written for \"{name}\", which the schema requires.");
                self.refuse("Missing required argument", &detail, path);
            }
            let value = json.map_or(Ok(Value::Null), |json| from_json(json, &attribute.r#type));
            let value = value.unwrap_or_else(|error| {
                let detail = format!("\"{name}\" has a value of another type: {}.", problem_text(&error));
                self.refuse("Incorrect attribute value type", &detail, &path.clone().attribute(name));
                Value::Null
            });
            object.insert(name.clone(), value);
        }
        object
    }

    fn blocks(&mut self, nested: &NestedBlock, json: Option<&Json>, path: &Path) -> Value {
        let (name, at) = (&nested.name, path.clone().attribute(&nested.name));
        let written = match json {
            Some(json) if json == UNKNOWN && nested.nesting == Nesting::List => return Value::Unknown,
            Some(Json::Array(written)) => written.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        let count = written.len() as i64;
        if count < nested.min_items {
            let detail = format!("The schema requires {} blocks \"{name}\" or more.", nested.min_items);
            self.refuse(&format!("Insufficient {name} blocks"), &detail, path);
        }
        if (nested.max_items > 0 || nested.nesting == Nesting::Single) && count > nested.max_items.max(1) {
            let detail = format!("The schema allows fewer blocks \"{name}\".");
            self.refuse(&format!("Too many {name} blocks"), &detail, path);
        }
        let mut objects = Vec::new();
        for (index, json) in written.iter().enumerate() {
            let at = if nested.nesting == Nesting::List { at.clone().index(index) } else { at.clone() };
            objects.push(self.object(&nested.block, json, &at));
        }
        match nested.nesting {
            Nesting::List => Value::List(objects),
            _ => objects.pop().unwrap_or_default(),
        }
    }
}
