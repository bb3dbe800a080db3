//! A typed value of an attribute or block: known, null or unknown.

/// A value of an attribute or block. In a configuration, null is an argument that isn't set, and unknown is "known
/// after apply".
///
/// ```
/// use tf_provider::Attr;
///
/// let size: Attr<i64> = Attr::Null;
/// assert_eq!(size.or(1).map(|size| size * 2), Attr::Known(2));
/// assert_eq!(Attr::<i64>::Unknown.known(), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attr<T> {
    /// Not set.
    #[default]
    Null,
    /// Not known before apply.
    Unknown,
    /// Set and known.
    Known(T),
}

impl<T> Attr<T> {
    /// Whether it is not set.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether it is not known before apply.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// Whether it is set and known.
    pub fn is_known(&self) -> bool {
        matches!(self, Self::Known(_))
    }

    /// Borrows the value.
    pub fn as_ref(&self) -> Attr<&T> {
        match self {
            Self::Null => Attr::Null,
            Self::Unknown => Attr::Unknown,
            Self::Known(value) => Attr::Known(value),
        }
    }

    /// The value if it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Null | Self::Unknown => None,
        }
    }

    /// The value if it is known.
    pub fn into_known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Null | Self::Unknown => None,
        }
    }

    /// Maps a known value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Attr<U> {
        match self {
            Self::Null => Attr::Null,
            Self::Unknown => Attr::Unknown,
            Self::Known(value) => Attr::Known(f(value)),
        }
    }

    /// Maps a known value to another `Attr`.
    pub fn and_then<U>(self, f: impl FnOnce(T) -> Attr<U>) -> Attr<U> {
        match self {
            Self::Null => Attr::Null,
            Self::Unknown => Attr::Unknown,
            Self::Known(value) => f(value),
        }
    }

    /// Replaces null with a default. Unknown stays unknown.
    #[must_use]
    pub fn or(self, default: T) -> Self {
        match self {
            Self::Null => Self::Known(default),
            other => other,
        }
    }
}

impl<T: Clone> Attr<&T> {
    /// Clones the value.
    pub fn cloned(self) -> Attr<T> {
        self.map(Clone::clone)
    }
}

impl Attr<String> {
    /// The string if it is known.
    pub fn as_str(&self) -> Option<&str> {
        self.known().map(String::as_str)
    }
}

impl<T> From<T> for Attr<T> {
    fn from(value: T) -> Self {
        Self::Known(value)
    }
}

/// `None` becomes null.
impl<T> From<Option<T>> for Attr<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_fills_null_and_not_unknown() {
        assert_eq!(Attr::Null.or(1), Attr::Known(1));
        assert_eq!(Attr::Unknown.or(1), Attr::Unknown);
        assert_eq!(Attr::Known(2).or(1), Attr::Known(2));
        assert_eq!(Attr::Known(2).and_then(|_| Attr::<u8>::Unknown), Attr::Unknown);
    }
}
