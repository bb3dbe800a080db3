//! Paths into values, as text (`source.cluster_name`, `hosts[0]`, `labels["team"]`). Knows no values.

use std::fmt;

/// Steps from an object to something inside it; no steps mean the object itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(Vec<Step>);

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// An attribute or a block of an object.
    Attribute(String),
    /// An element of a list, from 0.
    Index(usize),
    /// An element of a map.
    Key(String),
}

impl Path {
    /// The object itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// Reads the text that [`fmt::Display`] writes; none where it is malformed.
    pub fn parse(text: &str) -> Option<Self> {
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let step;
            (step, rest) = match rest.strip_prefix('[') {
                Some(bracket) => bracket_step(bracket)?,
                None => {
                    let name = if steps.is_empty() { rest } else { rest.strip_prefix('.')? };
                    let end = name.find(['.', '[']).unwrap_or(name.len());
                    let (name, rest) = name.split_at(end);
                    (!name.is_empty()).then(|| (Step::Attribute(name.to_owned()), rest))?
                }
            };
            steps.push(step);
        }
        Some(Self(steps))
    }

    /// The steps, from the outside in.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// This path and one step more.
    pub fn with(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// This path and an attribute more.
    pub fn attribute(&self, name: &str) -> Self {
        self.with(Step::Attribute(name.to_owned()))
    }

    /// This path and a list index more.
    pub fn index(&self, index: usize) -> Self {
        self.with(Step::Index(index))
    }

    /// This path and a map key more.
    pub fn key(&self, key: &str) -> Self {
        self.with(Step::Key(key.to_owned()))
    }
}

impl FromIterator<Step> for Path {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        Self(steps.into_iter().collect())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => formatter.write_str(name)?,
                Step::Attribute(name) => write!(formatter, ".{name}")?,
                Step::Index(index) => write!(formatter, "[{index}]")?,
                Step::Key(key) => write!(formatter, "[{key:?}]")?,
            }
        }
        Ok(())
    }
}

/// The step behind an opening bracket and the text after the closing one.
fn bracket_step(text: &str) -> Option<(Step, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        let (key, rest) = quoted.split_once("\"]")?;
        return Some((Step::Key(key.to_owned()), rest));
    }
    let (index, rest) = text.split_once(']')?;
    Some((Step::Index(index.parse().ok()?), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_path_agree() {
        for text in ["", "id", "source.cluster_name", "hosts[0]", "sharding.entries[2].key[\"a.b\"]"] {
            assert_eq!(Path::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn malformed_text_is_refused() {
        for text in [".", "a.", "a..b", "a[", "a[x]", "a[\"b]"] {
            assert_eq!(Path::parse(text), None, "{text}");
        }
    }
}
