//! Chooses the credentials. The provider block takes precedence over the environment, and the two are never mixed. Within one
//! of them, an access token takes precedence over a service account, and a service account over a key pair.

use atlas_client::Credentials;
use tf_provider::{Attr, Diagnostic, Secret};

use super::environment::{self, Environment, or_list};
use super::schema::Config;
use crate::summary;

/// The kinds of credentials, in order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A bearer token that the provider never renews.
    AccessToken,
    /// OAuth 2.0 client credentials.
    ServiceAccount,
    /// HTTP digest.
    KeyPair,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Block,
    Environment,
}

/// The description of credentials in messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The kind of the credentials.
    pub kind: Kind,
    /// Where they are configured: the attributes or the variables.
    pub origin: String,
    /// "…" and the last 4 characters of the public key or client ID. `None` where it has fewer than 8 characters.
    pub public_id: Option<String>,
}

/// The result of resolving the credentials.
pub(crate) enum Resolved {
    Ready(Credentials, Account),
    /// This attribute is unknown until apply.
    Unknown(&'static str),
    /// The credentials are missing, incomplete or of the wrong kind, and where to correct that.
    Invalid(Diagnostic, Origin),
}

/// One value of the credentials, with the attribute and the environment variables that set it.
#[derive(Clone)]
struct Field {
    attribute: &'static str,
    variables: &'static [&'static str],
    value: Attr<Secret>,
    /// The variable that sets the value.
    variable: Option<&'static str>,
}

/// All values of one origin.
struct Fields {
    origin: Origin,
    public_key: Field,
    private_key: Field,
    client_id: Field,
    client_secret: Field,
    access_token: Field,
}

/// Resolves the credentials, with a warning where more than one kind is configured.
pub(crate) fn resolve(config: &Config, environment: &Environment) -> (Resolved, Option<Diagnostic>) {
    let block = Fields::of_block(config);
    let fields = if block.kinds().is_empty() { Fields::of_environment(environment) } else { block };
    let kinds = fields.kinds();
    let Some(kind) = kinds.first().copied() else {
        return (Resolved::Invalid(missing(), Origin::Environment), None);
    };
    let warning = (kinds.len() > 1).then(|| fields.ambiguous(&kinds));
    (fields.resolve(kind), warning)
}

impl Kind {
    /// The noun for messages, with its article.
    pub fn text(self) -> &'static str {
        match self {
            Self::AccessToken => "the access token",
            Self::ServiceAccount => "the service account",
            Self::KeyPair => "the API key pair",
        }
    }
}

impl Field {
    fn block(attribute: &'static str, variables: &'static [&'static str], value: Attr<Secret>) -> Self {
        // Empty counts as not set: CI systems pass variables that way.
        let value =
            if value.known().is_some_and(|secret| secret.expose().trim().is_empty()) { Attr::Null } else { value };
        Self { attribute, variables, value, variable: None }
    }

    fn environment(attribute: &'static str, variables: &'static [&'static str], environment: &Environment) -> Self {
        let found = environment.first(variables);
        Self {
            attribute,
            variables,
            value: found.map(|(_, value)| Secret::new(value)).into(),
            variable: found.map(|(name, _)| name),
        }
    }

    fn text(&self) -> &str {
        self.value.known().map_or("", Secret::expose).trim()
    }

    fn secret(&self) -> Secret {
        Secret::new(self.text())
    }

    /// The name in messages: the attribute, or the variable.
    fn name(&self, origin: Origin) -> String {
        match origin {
            Origin::Block => format!("`{}`", self.attribute),
            Origin::Environment => self.variable.map_or_else(|| or_list(self.variables), str::to_owned),
        }
    }
}

impl Fields {
    fn of_block(config: &Config) -> Self {
        let public = |value: &Attr<String>| value.clone().map(Secret::new);
        Self {
            origin: Origin::Block,
            public_key: Field::block("public_key", environment::PUBLIC_KEY, public(&config.public_key)),
            private_key: Field::block("private_key", environment::PRIVATE_KEY, config.private_key.clone()),
            client_id: Field::block("client_id", environment::CLIENT_ID, public(&config.client_id)),
            client_secret: Field::block("client_secret", environment::CLIENT_SECRET, config.client_secret.clone()),
            access_token: Field::block("access_token", environment::ACCESS_TOKEN, config.access_token.clone()),
        }
    }

    fn of_environment(environment: &Environment) -> Self {
        let field = |attribute, variables| Field::environment(attribute, variables, environment);
        Self {
            origin: Origin::Environment,
            public_key: field("public_key", environment::PUBLIC_KEY),
            private_key: field("private_key", environment::PRIVATE_KEY),
            client_id: field("client_id", environment::CLIENT_ID),
            client_secret: field("client_secret", environment::CLIENT_SECRET),
            access_token: field("access_token", environment::ACCESS_TOKEN),
        }
    }

    fn of_kind(&self, kind: Kind) -> Vec<&Field> {
        match kind {
            Kind::AccessToken => vec![&self.access_token],
            Kind::ServiceAccount => vec![&self.client_id, &self.client_secret],
            Kind::KeyPair => vec![&self.public_key, &self.private_key],
        }
    }

    /// The kinds with at least one value, in order of precedence.
    fn kinds(&self) -> Vec<Kind> {
        let is_set = |kind: &Kind| self.of_kind(*kind).iter().any(|field| !field.value.is_null());
        [Kind::AccessToken, Kind::ServiceAccount, Kind::KeyPair].into_iter().filter(is_set).collect()
    }

    fn ambiguous(&self, kinds: &[Kind]) -> Diagnostic {
        let ignored: Vec<_> =
            kinds[1..].iter().map(|kind| format!("{} ({})", kind.text(), self.names(*kind))).collect();
        let place = match self.origin {
            Origin::Block => "The provider block",
            Origin::Environment => "The environment",
        };
        Diagnostic::warning(
            summary::more_than_one_kind_of_atlas_credentials(),
            format!(
                "{place} has {} ({}), which is used, and {}, which is ignored. Remove the credentials that you don't need.",
                kinds[0].text(),
                self.names(kinds[0]),
                ignored.join(" and ")
            ),
        )
    }

    fn names(&self, kind: Kind) -> String {
        let value = self.of_kind(kind).into_iter().filter(|field| !field.value.is_null());
        value.map(|field| field.name(self.origin)).collect::<Vec<_>>().join(", ")
    }

    fn resolve(&self, kind: Kind) -> Resolved {
        let fields = self.of_kind(kind);
        if let Some(unknown) = fields.iter().find(|field| field.value.is_unknown()) {
            return Resolved::Unknown(unknown.attribute);
        }
        if let Some(missing) = fields.iter().find(|field| field.value.is_null()) {
            return Resolved::Invalid(self.incomplete(kind, missing), self.origin);
        }
        if let Some(quoted) = fields.iter().find(|field| is_quoted(field.text())) {
            return Resolved::Invalid(self.quoted(quoted), self.origin);
        }
        if let Some(wrong_kind) = self.wrong_kind(kind) {
            return Resolved::Invalid(wrong_kind, self.origin);
        }
        let public = fields[0].text();
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

    fn incomplete(&self, kind: Kind, missing: &Field) -> Diagnostic {
        let (value, absent) = (self.names(kind), missing.name(self.origin));
        let detail = match self.origin {
            Origin::Block => format!(
                "The provider block has {value} of {}, but not {absent}. Set {absent} in the provider block, or remove {value} and \
                 set both in the environment: the two are never mixed. An empty value counts as not set.",
                kind.text()
            ),
            Origin::Environment => format!(
                "The environment has {value} of {}, but not {absent}. Set {absent}. An empty value counts as not set.",
                kind.text()
            ),
        };
        let diagnostic = Diagnostic::error(summary::atlas_credentials_are_incomplete(), detail);
        if self.origin == Origin::Block { diagnostic.at(missing.attribute) } else { diagnostic }
    }

    /// No key, ID or token of Atlas contains quotation marks. They come from a file of variables that no shell has parsed.
    fn quoted(&self, field: &Field) -> Diagnostic {
        let name = field.name(self.origin);
        let detail = format!(
            "The value of {name} begins and ends with a quotation mark. This happens when a file of variables is not parsed by \
             a shell. Remove the quotation marks from the value."
        );
        let diagnostic = Diagnostic::error(summary::atlas_credentials_are_wrapped_in_quotes(), detail);
        if self.origin == Origin::Block { diagnostic.at(field.attribute) } else { diagnostic }
    }

    /// A service account in place of a key pair, or the reverse. The values of service accounts have these prefixes. Public
    /// keys are 8 lowercase letters.
    fn wrong_kind(&self, kind: Kind) -> Option<Diagnostic> {
        let (field, is, belongs) = match kind {
            Kind::KeyPair if self.public_key.text().starts_with("mdb_sa_id_") => {
                (&self.public_key, "the client ID of a service account", &self.client_id)
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
            "The value of {} looks like {is}. Set it as {} instead, and set the other value of the pair too.",
            field.name(self.origin),
            match self.origin {
                Origin::Block => format!("`{}`", belongs.attribute),
                Origin::Environment => or_list(belongs.variables),
            }
        );
        let diagnostic = Diagnostic::error(summary::atlas_credentials_of_another_kind(), detail);
        Some(if self.origin == Origin::Block { diagnostic.at(field.attribute) } else { diagnostic })
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
            "Neither the provider block nor the environment has credentials for Atlas. Set one kind, in the \
             provider block or in environment variables:\n\n  \
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
