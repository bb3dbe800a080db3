//! Which credentials are meant. The provider block wins over the environment and the two are never mixed; within
//! one, an access token wins over a service account,
//! and that over a key pair.

use atlas_client::{Credentials, SecretString};
use tf_provider::{Attr, Diagnostic, Secret};

use super::environment::{self, Environment, or_list};
use super::schema::Config;
use crate::summary;

/// The kinds of credentials, the one that wins first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A ready bearer token.
    AccessToken,
    /// A service account.
    ServiceAccount,
    /// An API key pair.
    KeyPair,
}

/// Where credentials came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The provider block.
    Block,
    /// Environment variables.
    Environment,
}

/// What a message may say of credentials: their kind, where they came from, and the end of their public id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Their kind.
    pub kind: Kind,
    /// Where they came from: the attributes or the variables.
    pub origin: String,
    /// «…» and the last 4 characters of the public key or client id, where it is long enough to hide the rest.
    pub public_id: Option<String>,
}

/// What the configuration and the environment say of credentials.
pub(crate) enum Resolved {
    /// They are complete.
    Ready(Credentials, Account),
    /// An attribute that belongs to them is unknown until apply.
    Unknown(&'static str),
    /// There are none, or they are incomplete or mistaken; whether the provider block is where to mend that.
    Unusable(Diagnostic, Origin),
}

/// One half of a pair: the attribute, the variables, and what is given.
#[derive(Clone)]
struct Part {
    attribute: &'static str,
    variables: &'static [&'static str],
    given: Attr<Secret>,
    /// The variable that gave it.
    variable: Option<&'static str>,
}

/// All parts of one origin.
struct Parts {
    origin: Origin,
    public_key: Part,
    private_key: Part,
    client_id: Part,
    client_secret: Part,
    access_token: Part,
}

/// Resolves the credentials, with a warning where more than one kind is there.
pub(crate) fn resolve(config: &Config, environment: &Environment) -> (Resolved, Option<Diagnostic>) {
    let block = Parts::of_block(config);
    let parts = if block.kinds().is_empty() { Parts::of_environment(environment) } else { block };
    let kinds = parts.kinds();
    let Some(kind) = kinds.first().copied() else {
        return (Resolved::Unusable(missing(), Origin::Environment), None);
    };
    let warning = (kinds.len() > 1).then(|| parts.several(&kinds));
    (parts.resolve(kind), warning)
}

impl Kind {
    /// For a message, with its article.
    pub fn text(self) -> &'static str {
        match self {
            Self::AccessToken => "the access token",
            Self::ServiceAccount => "the service account",
            Self::KeyPair => "the API key pair",
        }
    }
}

impl Part {
    fn block(attribute: &'static str, variables: &'static [&'static str], given: Attr<Secret>) -> Self {
        // Empty counts as not set: CI systems pass variables that way.
        let given =
            if given.known().is_some_and(|secret| secret.expose().trim().is_empty()) { Attr::Null } else { given };
        Self { attribute, variables, given, variable: None }
    }

    fn environment(attribute: &'static str, variables: &'static [&'static str], environment: &Environment) -> Self {
        let found = environment.first(variables);
        Self {
            attribute,
            variables,
            given: found.map(|(_, value)| Secret::new(value)).into(),
            variable: found.map(|(name, _)| name),
        }
    }

    fn text(&self) -> &str {
        self.given.known().map_or("", Secret::expose).trim()
    }

    fn secret(&self) -> SecretString {
        SecretString::from(self.text().to_owned())
    }

    /// How the user knows it: the attribute, or the variable.
    fn name(&self, origin: Origin) -> String {
        match origin {
            Origin::Block => format!("`{}`", self.attribute),
            Origin::Environment => self.variable.map_or_else(|| or_list(self.variables), str::to_owned),
        }
    }
}

impl Parts {
    fn of_block(config: &Config) -> Self {
        let public = |given: &Attr<String>| given.clone().map(Secret::new);
        Self {
            origin: Origin::Block,
            public_key: Part::block("public_key", environment::PUBLIC_KEY, public(&config.public_key)),
            private_key: Part::block("private_key", environment::PRIVATE_KEY, config.private_key.clone()),
            client_id: Part::block("client_id", environment::CLIENT_ID, public(&config.client_id)),
            client_secret: Part::block("client_secret", environment::CLIENT_SECRET, config.client_secret.clone()),
            access_token: Part::block("access_token", environment::ACCESS_TOKEN, config.access_token.clone()),
        }
    }

    fn of_environment(environment: &Environment) -> Self {
        let part = |attribute, variables| Part::environment(attribute, variables, environment);
        Self {
            origin: Origin::Environment,
            public_key: part("public_key", environment::PUBLIC_KEY),
            private_key: part("private_key", environment::PRIVATE_KEY),
            client_id: part("client_id", environment::CLIENT_ID),
            client_secret: part("client_secret", environment::CLIENT_SECRET),
            access_token: part("access_token", environment::ACCESS_TOKEN),
        }
    }

    fn of_kind(&self, kind: Kind) -> Vec<&Part> {
        match kind {
            Kind::AccessToken => vec![&self.access_token],
            Kind::ServiceAccount => vec![&self.client_id, &self.client_secret],
            Kind::KeyPair => vec![&self.public_key, &self.private_key],
        }
    }

    /// The kinds of which any part is there, the one that wins first.
    fn kinds(&self) -> Vec<Kind> {
        let given = |kind: &Kind| self.of_kind(*kind).iter().any(|part| !part.given.is_null());
        [Kind::AccessToken, Kind::ServiceAccount, Kind::KeyPair].into_iter().filter(given).collect()
    }

    fn several(&self, kinds: &[Kind]) -> Diagnostic {
        let ignored: Vec<_> =
            kinds[1..].iter().map(|kind| format!("{} ({})", kind.text(), self.names(*kind))).collect();
        let place = match self.origin {
            Origin::Block => "The provider block",
            Origin::Environment => "The environment",
        };
        Diagnostic::warning(
            summary::more_than_one_kind_of_atlas_credentials(),
            format!(
                "{place} has {} ({}), which is used, and {}, which is not. Remove what is not meant.",
                kinds[0].text(),
                self.names(kinds[0]),
                ignored.join(" and ")
            ),
        )
    }

    fn names(&self, kind: Kind) -> String {
        let given = self.of_kind(kind).into_iter().filter(|part| !part.given.is_null());
        given.map(|part| part.name(self.origin)).collect::<Vec<_>>().join(", ")
    }

    fn resolve(&self, kind: Kind) -> Resolved {
        let parts = self.of_kind(kind);
        if let Some(unknown) = parts.iter().find(|part| part.given.is_unknown()) {
            return Resolved::Unknown(unknown.attribute);
        }
        if let Some(missing) = parts.iter().find(|part| part.given.is_null()) {
            return Resolved::Unusable(self.incomplete(kind, missing), self.origin);
        }
        if let Some(quoted) = parts.iter().find(|part| is_quoted(part.text())) {
            return Resolved::Unusable(self.quoted(quoted), self.origin);
        }
        if let Some(mistaken) = self.mistaken(kind) {
            return Resolved::Unusable(mistaken, self.origin);
        }
        let public = parts[0].text();
        let account = Account { kind, origin: self.origin_text(kind), public_id: public_id(kind, public) };
        let credentials = match kind {
            Kind::AccessToken => Credentials::AccessToken(self.access_token.secret()),
            Kind::ServiceAccount => {
                Credentials::ServiceAccount { client_id: public.to_owned(), client_secret: self.client_secret.secret() }
            }
            Kind::KeyPair => {
                Credentials::KeyPair { public_key: public.to_owned(), private_key: self.private_key.secret() }
            }
        };
        Resolved::Ready(credentials, account)
    }

    fn origin_text(&self, kind: Kind) -> String {
        let names = self.names(kind);
        match self.origin {
            Origin::Block => format!("{names} of the provider block"),
            Origin::Environment => format!("the environment ({names})"),
        }
    }

    fn incomplete(&self, kind: Kind, missing: &Part) -> Diagnostic {
        let (given, absent) = (self.names(kind), missing.name(self.origin));
        let detail = match self.origin {
            Origin::Block => format!(
                "Of {} the provider block has {given} but not {absent}. Set {absent} in the provider block (empty \
                 counts as not set; the block and the environment are never mixed), or remove {given} and \
                 take both from the environment.",
                kind.text()
            ),
            Origin::Environment => format!(
                "Of {} the environment has {given} but not {absent}. Set {absent}; empty counts as not set.",
                kind.text()
            ),
        };
        let diagnostic = Diagnostic::error(summary::atlas_credentials_are_incomplete(), detail);
        if self.origin == Origin::Block { diagnostic.at(missing.attribute) } else { diagnostic }
    }

    /// No key, ID or token of Atlas has quotation marks; they come from a file of variables that a shell did not read.
    fn quoted(&self, part: &Part) -> Diagnostic {
        let name = part.name(self.origin);
        let detail = format!(
            "The value of {name} begins and ends with a quotation mark, as happens where a file of variables is not read \
             by a shell. Remove the quotation marks from the value."
        );
        let diagnostic = Diagnostic::error(summary::atlas_credentials_are_wrapped_in_quotes(), detail);
        if self.origin == Origin::Block { diagnostic.at(part.attribute) } else { diagnostic }
    }

    /// A service account where a key pair is asked for, or the reverse. Atlas's service accounts carry these
    /// prefixes; public keys are 8 lower-case letters.
    fn mistaken(&self, kind: Kind) -> Option<Diagnostic> {
        let (part, is, belongs) = match kind {
            Kind::KeyPair if self.public_key.text().starts_with("mdb_sa_id_") => {
                (&self.public_key, "the client id of a service account", &self.client_id)
            }
            Kind::KeyPair if self.private_key.text().starts_with("mdb_sa_sk_") => {
                (&self.private_key, "the client secret of a service account", &self.client_secret)
            }
            Kind::ServiceAccount if is_public_key(self.client_id.text()) => {
                (&self.client_id, "the public key of an API key pair", &self.public_key)
            }
            Kind::KeyPair | Kind::ServiceAccount | Kind::AccessToken => return None,
        };
        let detail = format!(
            "The value of {} looks like {is}. Give it as {}, with its other half beside it.",
            part.name(self.origin),
            match self.origin {
                Origin::Block => format!("`{}`", belongs.attribute),
                Origin::Environment => or_list(belongs.variables),
            }
        );
        let diagnostic = Diagnostic::error(summary::atlas_credentials_of_another_kind(), detail);
        Some(if self.origin == Origin::Block { diagnostic.at(part.attribute) } else { diagnostic })
    }
}

fn is_quoted(text: &str) -> bool {
    ['"', '\''].iter().any(|quote| text.len() > 1 && text.starts_with(*quote) && text.ends_with(*quote))
}

fn is_public_key(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn public_id(kind: Kind, public: &str) -> Option<String> {
    let characters: Vec<char> = public.chars().collect();
    let shown = (kind != Kind::AccessToken && characters.len() >= 8).then(|| &characters[characters.len() - 4..])?;
    Some(format!("…{}", shown.iter().collect::<String>()))
}

fn missing() -> Diagnostic {
    Diagnostic::error(
        summary::atlas_credentials_are_missing(),
        format!(
            "Neither the provider block nor the environment has credentials for Atlas. Give one kind, in the \
             provider block or in variables:\n\n  \
             - API key pair: public_key and private_key, or\n    {} and\n    {}\n  - service account: client_id and \
             client_secret, or\n    {} and\n    {}\n  - access token: access_token, or\n    {}",
            environment::PUBLIC_KEY[0],
            environment::PRIVATE_KEY[0],
            environment::CLIENT_ID[0],
            environment::CLIENT_SECRET[0],
            environment::ACCESS_TOKEN[0],
        ),
    )
}

#[cfg(test)]
mod tests;
