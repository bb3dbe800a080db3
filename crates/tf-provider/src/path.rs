//! Attribute paths.

use std::fmt;

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// An attribute or block. Blocks of nesting mode SINGLE and GROUP have no other step.
    Attribute(String),
    /// An element of a list or of LIST blocks, counted from 0. Elements of sets have no address in Terraform.
    Index(i64),
    /// An element of a map or of MAP blocks.
    Key(String),
}

/// The steps from a provider, resource, data source or action block to one of its values. Empty for the block itself.
///
/// ```
/// use tf_provider::Path;
///
/// let path = Path::root("tags").key("env");
/// assert_eq!(path.to_string(), "tags[\"env\"]");
/// assert_eq!(Path::from("source.name"), Path::root("source").attribute("name"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path(Vec<Step>);

impl Path {
    /// The path of a top-level attribute or block.
    pub fn root(name: impl Into<String>) -> Self {
        Self::default().attribute(name)
    }

    /// Appends an attribute or block.
    #[must_use]
    pub fn attribute(self, name: impl Into<String>) -> Self {
        self.step(Step::Attribute(name.into()))
    }

    /// Appends an element of a list.
    #[must_use]
    pub fn index(self, index: usize) -> Self {
        self.step(Step::Index(i64::try_from(index).unwrap_or(i64::MAX)))
    }

    /// Appends an element of a map.
    #[must_use]
    pub fn key(self, key: impl Into<String>) -> Self {
        self.step(Step::Key(key.into()))
    }

    /// Appends a step.
    #[must_use]
    pub fn step(mut self, step: Step) -> Self {
        self.0.push(step);
        self
    }

    /// Prepends a step.
    #[must_use]
    pub fn under(mut self, step: Step) -> Self {
        self.0.insert(0, step);
        self
    }

    /// The steps, outermost first.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Whether this is the path of the block itself.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&str> for Path {
    /// A dotted path of attribute names: `source.cluster_name`.
    fn from(dotted: &str) -> Self {
        dotted.split('.').filter(|name| !name.is_empty()).fold(Self::default(), Self::attribute)
    }
}

impl FromIterator<Step> for Path {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        Self(steps.into_iter().collect())
    }
}

/// As Terraform writes it: `source.cluster_name`, `migration_hosts[0]`, `tags["a"]`.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => f.write_str(name)?,
                Step::Attribute(name) => write!(f, ".{name}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) => write!(f, "[{key:?}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_reads_as_terraform_writes_it() {
        let path = Path::root("sharding").attribute("sharding_entries").index(2).attribute("tags").key("a b");
        assert_eq!(path.to_string(), "sharding.sharding_entries[2].tags[\"a b\"]");
        assert_eq!(Path::from("source.cluster_name"), Path::root("source").attribute("cluster_name"));
        assert_eq!(Path::root("b").under(Step::Attribute("a".into())), Path::from("a.b"));
        assert!(Path::from("").is_empty());
    }
}
