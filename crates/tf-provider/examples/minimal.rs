//! The provider `notes`. Its one resource is a text file.

use std::process::ExitCode;
use std::{fs, io};

use tf_provider::plugin::Options;
use tf_provider::resource::{Applied, CreateRequest, DeleteRequest, ReadRequest, ReadResponse, UpdateRequest};
use tf_provider::schema::{Attribute, Block};
use tf_provider::{Attr, Diagnostic, Diagnostics, Failed, Model, Private, Provider, Resource, Resources, Schema};

#[derive(Clone, Model)]
struct Note {
    path: Attr<String>,
    text: Attr<String>,
}

struct NoteResource;

impl NoteResource {
    fn write(note: Note, diagnostics: &mut Diagnostics) -> Result<Applied<Note, ()>, Failed> {
        let (path, text) = (note.path.as_str().unwrap_or_default(), note.text.as_str().unwrap_or_default());
        fs::write(path, text).map_err(|error| failed("written", &error, diagnostics))?;
        Ok(Applied { state: note, private: Private::default(), identity: None })
    }
}

fn failed(what: &str, error: &io::Error, diagnostics: &mut Diagnostics) -> Failed {
    diagnostics.fail(Diagnostic::error(format!("Note can't be {what}"), format!("{error}.")).at("path"))
}

impl Resource for NoteResource {
    type Model = Note;
    type Identity = ();

    fn type_name(&self) -> &'static str {
        "notes_note"
    }

    fn schema(&self) -> Schema {
        let path = Attribute::string("path").required().requires_replace().description("The path of the file.");
        let text = Attribute::string("text").default("").description("The content. Defaults to no text.");
        Schema::new(Block::new().attribute(path).attribute(text))
    }

    async fn read(
        &self,
        request: ReadRequest<Note, ()>,
        diagnostics: &mut Diagnostics,
    ) -> Result<ReadResponse<Note, ()>, Failed> {
        let state = match fs::read_to_string(request.state.path.as_str().unwrap_or_default()) {
            Ok(text) => Some(Note { text: Attr::Known(text), ..request.state }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed("read", &error, diagnostics)),
        };
        Ok(ReadResponse { state, private: request.private, identity: None })
    }

    async fn create(
        &self,
        request: CreateRequest<Note, ()>,
        diagnostics: &mut Diagnostics,
    ) -> Result<Applied<Note, ()>, Failed> {
        Self::write(request.planned, diagnostics)
    }

    async fn update(
        &self,
        request: UpdateRequest<Note, ()>,
        diagnostics: &mut Diagnostics,
    ) -> Result<Applied<Note, ()>, Failed> {
        Self::write(request.planned, diagnostics)
    }

    async fn delete(&self, request: DeleteRequest<Note, ()>, diagnostics: &mut Diagnostics) -> Result<(), Failed> {
        let path = request.prior.path.as_str().unwrap_or_default();
        fs::remove_file(path).map_err(|error| failed("deleted", &error, diagnostics))
    }
}

struct Notes;

impl Provider for Notes {
    type Config = ();

    fn schema(&self) -> Schema {
        Schema::new(Block::new())
    }

    fn resources(&self) -> Resources {
        Resources::new().with(NoteResource)
    }
}

fn main() -> ExitCode {
    let address = "registry.terraform.io/example/notes";
    tf_provider::serve(Notes, Options { address, name: "terraform-provider-notes", version: "0.1.0" })
}
