//! Response headers that announce the end of an API version.
//!
//! It doesn't decide how they are shown. Each is returned once.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use reqwest::header::HeaderMap;

use crate::mask::Mask;
use crate::operation::Action;

/// The longest header value, in characters.
const MAX_VALUE: usize = 200;

/// The most distinct notices, so that a server that sends a new value each time can't exhaust memory.
const MAX_NOTICES: usize = 32;

/// An announcement in a response header.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Notice {
    /// The header: `Sunset` (RFC 8594, with the date of the end) or `Deprecation` (RFC 9745).
    pub header: &'static str,
    /// The name of the operation, such as `create`.
    pub operation: &'static str,
    /// The value of the header, without secrets.
    pub value: String,
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the response to {} has the header {}: {}", self.operation, self.header, self.value)
    }
}

/// The notices that a client has received.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    seen: BTreeSet<Notice>,
    new: Vec<Notice>,
}

impl Notices {
    pub(crate) fn note(&self, action: Action, headers: &HeaderMap, mask: &Mask) {
        for header in ["Sunset", "Deprecation"] {
            let Some(value) = headers.get(header) else { continue };
            let value = mask.printable(&String::from_utf8_lossy(value.as_bytes()), MAX_VALUE);
            let notice = Notice { header, operation: action.as_str(), value };
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.seen.len() < MAX_NOTICES && kept.seen.insert(notice.clone()) {
                kept.new.push(notice);
            }
        }
    }

    pub(crate) fn take(&self) -> Vec<Notice> {
        std::mem::take(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner).new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn returns_each_notice_once() {
        let notices = Notices::default();
        let headers = |date: &str| HeaderMap::from_iter([("sunset".parse().unwrap(), date.parse().unwrap())]);
        notices.note(Action::Create, &headers("Thu, 01 Jul 2027 00:00:00 GMT"), &Mask::default());
        notices.note(Action::Create, &headers("Thu, 01 Jul 2027 00:00:00 GMT"), &Mask::default());
        let taken = notices.take();
        assert_eq!(taken.len(), 1);
        assert_eq!(taken[0].to_string(), "the response to create has the header Sunset: Thu, 01 Jul 2027 00:00:00 GMT");
        notices.note(Action::Create, &headers("Thu, 01 Jul 2027 00:00:00 GMT"), &Mask::default());
        assert!(notices.take().is_empty());
        notices.note(Action::Read, &headers("Thu, 01 Jul 2027 00:00:00 GMT"), &Mask::default());
        assert_eq!(notices.take().len(), 1);
    }

    #[test]
    fn number_of_notices_is_bounded() {
        let notices = Notices::default();
        for number in 0..1000 {
            let headers = HeaderMap::from_iter([("sunset".parse().unwrap(), number.to_string().parse().unwrap())]);
            notices.note(Action::Read, &headers, &Mask::default());
        }
        assert_eq!(notices.take().len(), MAX_NOTICES);
    }
}
